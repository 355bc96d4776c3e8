import { createApp } from 'vue'
import '../styles/base.css'
import WallApp from './WallApp.vue'

createApp(WallApp).mount('#app')
