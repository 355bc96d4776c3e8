/** The desks of supervision, and the pages behind them. */
import type { RouteRecordRaw } from 'vue-router'
import type { Desk } from '../desks'
import { CLERKS, DEPARTMENT, WATCHERS } from '../roles'

export const WATCHING_DESKS: readonly Desk[] = [
  {
    to: '/alarms',
    text: '监察预警',
    roles: [...CLERKS, ...DEPARTMENT, ...WATCHERS],
    alarms: true,
  },
  { to: '/redress', text: '差评与异议', roles: [...CLERKS, ...DEPARTMENT, ...WATCHERS] },
  { to: '/violations', text: '违规举报', roles: ['supervisor'] },
  { to: '/rules', text: '监察规则', roles: WATCHERS },
  { to: '/indicators', text: '运行指标', roles: [...DEPARTMENT, ...WATCHERS] },
  { to: '/report', text: '监察月报', roles: WATCHERS },
  { to: '/appraisal', text: '效能考核', roles: ['chief_representative', ...WATCHERS] },
  { to: '/report-violation', text: '举报违规', roles: [...CLERKS, ...DEPARTMENT] },
]

export const WATCHING_ROUTES: readonly RouteRecordRaw[] = [
  {
    path: '/alarms',
    component: () => import('../pages/AlarmsPage.vue'),
    meta: { title: '监察预警' },
  },
  {
    path: '/redress',
    component: () => import('../pages/RedressPage.vue'),
    meta: { title: '差评与异议' },
  },
  {
    path: '/violations',
    component: () => import('../pages/ViolationsPage.vue'),
    meta: { title: '违规举报' },
  },
  {
    path: '/rules',
    component: () => import('../pages/RulesPage.vue'),
    meta: { title: '监察规则' },
  },
  {
    path: '/indicators',
    component: () => import('../pages/IndicatorsPage.vue'),
    meta: { title: '运行指标' },
  },
  {
    path: '/report',
    component: () => import('../pages/ReportPage.vue'),
    meta: { title: '监察月报' },
  },
  {
    path: '/appraisal',
    component: () => import('../pages/AppraisalPage.vue'),
    meta: { title: '效能考核' },
  },
  {
    path: '/report-violation',
    component: () => import('../pages/ReportViolationPage.vue'),
    meta: { title: '举报违规' },
  },
]
