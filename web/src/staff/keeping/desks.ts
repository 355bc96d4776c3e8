/** The desks and the pages of those who keep the catalogue and its charges. */
import type { RouteRecordRaw } from 'vue-router'
import type { Desk } from '../desks'
import { WATCHERS } from '../roles'

const KEEPERS = ['item_editor', 'list_owner', 'office']

export const KEEPING_DESKS: readonly Desk[] = [
  { to: '/changes', text: '事项变更', roles: [...KEEPERS, 'supervisor'] },
  { to: '/proofs', text: '证明检查', roles: [...KEEPERS, 'supervisor'] },
  { to: '/lists', text: '清单', roles: [...KEEPERS, 'supervisor'] },
  { to: '/stationing', text: '进驻情况', roles: [...WATCHERS, 'item_editor', 'list_owner'] },
  { to: '/charging', text: '收费对账', roles: ['list_owner'] },
]

export const KEEPING_ROUTES: RouteRecordRaw[] = [
  {
    path: '/changes',
    component: () => import('./ChangesPage.vue'),
    meta: { title: '事项变更' },
  },
  {
    path: '/changes/new',
    component: () => import('./ProposePage.vue'),
    meta: { title: '提出事项变更' },
  },
  {
    path: '/changes/:id',
    component: () => import('./ChangePage.vue'),
    props: true,
    meta: { title: '事项变更' },
  },
  { path: '/proofs', component: () => import('./ProofsPage.vue'), meta: { title: '证明检查' } },
  { path: '/lists', component: () => import('./ListsPage.vue'), meta: { title: '清单' } },
  {
    path: '/stationing',
    component: () => import('./StationingPage.vue'),
    meta: { title: '进驻情况' },
  },
  {
    path: '/charging',
    component: () => import('./ChargingPage.vue'),
    meta: { title: '收费对账' },
  },
]
