/** After each change of page, tell screen readers and keyboards where they are now. */
import { nextTick } from 'vue'
import type { Router } from 'vue-router'

export function announcePages(router: Router, siteName: string): void {
  router.afterEach((to, from) => {
    const title = typeof to.meta.title === 'string' ? `${to.meta.title} · ` : ''
    document.title = `${title}${siteName}`
    // The first page is announced by the browser; a changed query is not another page.
    if (from.matched.length === 0 || to.path === from.path) return
    void nextTick(() => document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true }))
  })
}
