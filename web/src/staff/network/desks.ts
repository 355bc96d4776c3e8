/** The desks and the pages of the network, its people and its access table. */
import type { RouteRecordRaw } from 'vue-router'
import type { Desk } from '../desks'
import { WATCHERS } from '../roles'

export const NETWORK_DESKS: readonly Desk[] = [
  { to: '/postings', text: '派驻人员', roles: [...WATCHERS, 'chief_representative'] },
  { to: '/pilots', text: '试点', roles: WATCHERS },
  { to: '/coverage', text: '网点覆盖', roles: WATCHERS },
  { to: '/access', text: '权限说明', roles: WATCHERS },
]

export const NETWORK_ROUTES: RouteRecordRaw[] = [
  {
    path: '/postings',
    component: () => import('./PostingsPage.vue'),
    meta: { title: '派驻人员' },
  },
  { path: '/pilots', component: () => import('./PilotsPage.vue'), meta: { title: '试点' } },
  { path: '/coverage', component: () => import('./CoveragePage.vue'), meta: { title: '网点覆盖' } },
  { path: '/access', component: () => import('./AccessPage.vue'), meta: { title: '权限说明' } },
]
