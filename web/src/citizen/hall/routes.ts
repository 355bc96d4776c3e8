/** The pages of the service regimes: acting for others, appointments, visits, consultations. */
import type { RouteRecordRaw } from 'vue-router'

export const HALL_ROUTES: RouteRecordRaw[] = [
  {
    path: '/me/mandates',
    component: () => import('./MandatesPage.vue'),
    meta: { title: '委托代办', tab: 'me', personal: true },
  },
  {
    path: '/me/mandates/new',
    component: () => import('./MandateFormPage.vue'),
    meta: { title: '填写委托', tab: 'me', personal: true },
  },
  {
    path: '/me/appointments',
    component: () => import('./AppointmentsPage.vue'),
    meta: { title: '我的预约', tab: 'me', personal: true },
  },
  {
    path: '/me/appointments/new',
    component: () => import('./BookingPage.vue'),
    meta: { title: '预约时间', tab: 'me', personal: true },
  },
  {
    path: '/me/visits',
    component: () => import('./VisitsPage.vue'),
    meta: { title: '取号和来访', tab: 'me', personal: true },
  },
  {
    path: '/rate',
    component: () => import('./RatePage.vue'),
    props: (route) => ({ code: String(route.query.code ?? '') }),
    meta: { title: '评价', tab: 'me', bare: true },
  },
  {
    path: '/consultations',
    component: () => import('./ConsultationsPage.vue'),
    meta: { title: '咨询', tab: 'me' },
  },
]
