import { createRouter, createWebHistory } from 'vue-router'
import { onSessionRefused, session } from '@/session'
import { announcePages } from '@/ui/focus'
import { myDesks } from './desks'
import { EXCHANGE_ROUTES } from './exchange/desks'
import { HALL_ROUTES } from './hall/desks'
import { WATCHING_ROUTES } from './watching/desks'
import { KEEPING_ROUTES } from './keeping/desks'
import { NETWORK_ROUTES } from './network/desks'

export const router = createRouter({
  history: createWebHistory('/staff'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', redirect: () => myDesks()[0]?.to ?? '/login' },
    {
      path: '/login',
      component: () => import('./pages/LoginPage.vue'),
      meta: { title: '登录', open: true },
    },
    {
      path: '/intake',
      component: () => import('./pages/IntakePage.vue'),
      meta: { title: '收件登记' },
    },
    {
      path: '/queues/:queue(acceptance|review|special|sign-off|delivery)',
      component: () => import('./pages/QueuePage.vue'),
      props: true,
      meta: { title: '待办' },
    },
    {
      path: '/cases/:no',
      component: () => import('./pages/CasePage.vue'),
      props: true,
      meta: { title: '办件' },
    },
    {
      // The number has signs of its own, so it is no part of the path.
      path: '/cases/:no/document',
      component: () => import('./pages/DocumentPage.vue'),
      props: (route) => ({ no: route.params.no, number: String(route.query.number ?? '') }),
      meta: { title: '文书' },
    },
    {
      path: '/cases/:no/print',
      component: () => import('./pages/PrintPage.vue'),
      props: true,
      meta: { title: '打印证照' },
    },
    ...EXCHANGE_ROUTES,
    ...WATCHING_ROUTES,
    ...KEEPING_ROUTES,
    ...NETWORK_ROUTES,
    ...HALL_ROUTES,
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

const isStaff = (): boolean =>
  session.value !== null && session.value.roles.some((role) => role !== 'citizen')

router.beforeEach((to) =>
  to.meta.open || isStaff() ? true : { path: '/login', query: { next: to.fullPath } },
)

onSessionRefused(() => {
  void router.replace({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
})

announcePages(router, '一窗工作台')
