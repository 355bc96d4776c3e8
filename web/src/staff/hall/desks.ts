/** The desks and the pages of the hall: visitors at the window, questions to answer. */
import type { RouteRecordRaw } from 'vue-router'
import type { Desk } from '../desks'
import { CLERKS, DEPARTMENT } from '../roles'

export const HALL_DESKS: readonly Desk[] = [
  { to: '/visits', text: '叫号接待', roles: CLERKS },
  { to: '/consultations', text: '咨询答复', roles: [...CLERKS, ...DEPARTMENT] },
  { to: '/mandates', text: '委托登记', roles: CLERKS },
]

export const HALL_ROUTES: RouteRecordRaw[] = [
  { path: '/visits', component: () => import('./VisitsPage.vue'), meta: { title: '叫号接待' } },
  {
    path: '/consultations',
    component: () => import('./ConsultationsPage.vue'),
    meta: { title: '咨询答复' },
  },
  { path: '/mandates', component: () => import('./MandatePage.vue'), meta: { title: '委托登记' } },
]
