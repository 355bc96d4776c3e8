/** 关怀版: large type. A preference of the device, not of the person; it holds nothing personal. */
import { ref, watchEffect } from 'vue'

const STORE = 'yichuang.care'

function kept(): boolean {
  try {
    return localStorage.getItem(STORE) === '1'
  } catch {
    return false
  }
}

export const care = ref(kept())

watchEffect(() => {
  document.documentElement.classList.toggle('care', care.value)
  try {
    localStorage.setItem(STORE, care.value ? '1' : '0')
  } catch {
    // A browser without storage still gets large type for this visit.
  }
})
