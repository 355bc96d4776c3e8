/** Reading again every so often, only while somebody can see the page. */
import { onScopeDispose } from 'vue'

export function usePolling(read: () => Promise<unknown>, everyMs: number): void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void read()
  }, everyMs)
  const onReturn = (): void => {
    if (document.visibilityState === 'visible') void read()
  }
  document.addEventListener('visibilitychange', onReturn)
  onScopeDispose(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', onReturn)
  })
}
