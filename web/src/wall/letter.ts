/** The wall's letter: a part of its width, so that it is readable from as far on any screen. */
import { onScopeDispose, ref, type Ref } from 'vue'

/** Follows the root's font size, in pixels; charts know no rem. */
export function useLetter(): Ref<number> {
  const read = (): number => parseFloat(getComputedStyle(document.documentElement).fontSize)
  const letter = ref(read())
  const follow = (): void => {
    letter.value = read()
  }
  addEventListener('resize', follow)
  onScopeDispose(() => removeEventListener('resize', follow))
  return letter
}
