import { createRouter, createWebHistory, type RouteLocationRaw } from 'vue-router'
import { onSessionRefused, signedIn } from '@/session'
import { announcePages } from '@/ui/focus'
import { HALL_ROUTES } from './hall/routes'
import HomePage from './pages/HomePage.vue'
import ItemsPage from './pages/ItemsPage.vue'

export const router = createRouter({
  history: createWebHistory('/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', component: HomePage, meta: { title: '首页', tab: 'home' } },
    { path: '/items', component: ItemsPage, meta: { title: '办事', tab: 'items' } },
    {
      path: '/items/:code',
      component: () => import('./pages/GuidePage.vue'),
      props: true,
      meta: { title: '办事指南', tab: 'items' },
    },
    {
      path: '/items/:code/apply',
      component: () => import('./pages/ApplyPage.vue'),
      props: true,
      // No way out by a slip of the thumb while a form is being filled in.
      meta: { title: '网上申请', tab: 'items', personal: true, bare: true },
    },
    {
      path: '/me/cases',
      component: () => import('./pages/MyCasesPage.vue'),
      meta: { title: '我的办件', tab: 'cases', personal: true },
    },
    {
      path: '/cases/:no',
      component: () => import('./pages/CasePage.vue'),
      props: true,
      meta: { title: '办件进度', tab: 'cases', personal: true },
    },
    {
      path: '/me/data',
      component: () => import('./pages/MyDataPage.vue'),
      meta: { title: '我的信息', tab: 'me', personal: true },
    },
    {
      path: '/me/certificates',
      component: () => import('./pages/MyCertificatesPage.vue'),
      meta: { title: '我的证照', tab: 'me', personal: true },
    },
    {
      // The number has signs of its own, so it is no part of the path.
      path: '/cases/:no/document',
      component: () => import('./pages/DocumentPage.vue'),
      props: (route) => ({ no: route.params.no, number: String(route.query.number ?? '') }),
      meta: { title: '文书', tab: 'cases', personal: true },
    },
    {
      // The identifier is full of dots, which a file server reads as the name of a file.
      path: '/me/certificate',
      component: () => import('./pages/CertificatePage.vue'),
      props: (route) => ({ identifier: String(route.query.identifier ?? '') }),
      meta: { title: '电子证照', tab: 'me', personal: true },
    },
    {
      path: '/me/certificate-reads',
      component: () => import('./pages/ReadsPage.vue'),
      meta: { title: '谁查过我的证照', tab: 'me', personal: true },
    },
    {
      path: '/me',
      component: () => import('./pages/MePage.vue'),
      meta: { title: '我的', tab: 'me' },
    },
    {
      path: '/login',
      component: () => import('./pages/LoginPage.vue'),
      meta: { title: '登录', tab: 'me' },
    },
    {
      path: '/verify',
      component: () => import('./pages/VerifyPage.vue'),
      meta: { title: '证照核验', tab: 'me' },
    },
    {
      path: '/indicators',
      component: () => import('./pages/IndicatorsPage.vue'),
      meta: { title: '公开指标', tab: 'home' },
    },
    {
      path: '/report-violation',
      component: () => import('./pages/ReportViolationPage.vue'),
      meta: { title: '举报违规', tab: 'me' },
    },
    ...HALL_ROUTES,
    {
      path: '/:rest(.*)*',
      component: () => import('./pages/MissingPage.vue'),
      meta: { title: '没有这个页面' },
    },
  ],
})

/** The login page, which then goes on to where the person wanted to be. */
export function loginFirst(next: string): RouteLocationRaw {
  return { path: '/login', query: { next } }
}

router.beforeEach((to) => (to.meta.personal && !signedIn.value ? loginFirst(to.fullPath) : true))

onSessionRefused(() => {
  const here = router.currentRoute.value
  if (here.meta.personal) void router.replace(loginFirst(here.fullPath))
})

announcePages(router, '一窗')
