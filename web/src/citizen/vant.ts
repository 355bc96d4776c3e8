/**
 * The few Vant components of the citizen pages, each with its own styles.
 *
 * Its per-component style entries also pull in the icon font, 45 kB as a `data:` address that a
 * strict CSP refuses; none of these components shows an icon here.
 */
import 'vant/es/style/base.css'
import 'vant/es/loading/index.css'
import 'vant/es/button/index.css'
import 'vant/es/switch/index.css'

export { Button as VanButton } from 'vant/es/button'
export { Switch as VanSwitch } from 'vant/es/switch'
