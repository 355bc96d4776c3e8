/** The desk of questions between departments, and its pages. */
import type { RouteRecordRaw } from 'vue-router'
import type { Desk } from '../desks'
import { DEPARTMENT } from '../roles'

export const ASKERS = DEPARTMENT

export const EXCHANGE_DESKS: readonly Desk[] = [
  { to: '/inquiries', text: '信息征询', roles: ASKERS },
]

export const EXCHANGE_ROUTES: RouteRecordRaw[] = [
  {
    path: '/inquiries',
    component: () => import('./InquiriesPage.vue'),
    meta: { title: '信息征询' },
  },
  {
    path: '/inquiries/new',
    component: () => import('./AskPage.vue'),
    props: (route) => ({ caseNo: String(route.query.case ?? '') }),
    meta: { title: '发起征询' },
  },
  {
    path: '/inquiries/:id',
    component: () => import('./InquiryPage.vue'),
    props: true,
    meta: { title: '信息征询' },
  },
]
