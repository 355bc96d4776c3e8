/** The field's terms for what the API names by key. Unknown keys are shown as they come. */
import type { DeliveryChannel, Holder, Limit } from '@/api/types'

export interface Light {
  /** Said in words, because colour alone tells nothing to many people. */
  text: string
  tone: 'ok' | 'soon' | 'late' | 'grave' | 'over'
}

const LIGHTS: Record<string, Light> = {
  green: { text: '正常', tone: 'ok' },
  warning: { text: '临期', tone: 'soon' },
  blue: { text: '临期', tone: 'soon' },
  yellow: { text: '黄牌', tone: 'late' },
  red: { text: '红牌', tone: 'grave' },
  grey: { text: '已结', tone: 'over' },
  closed: { text: '已结', tone: 'over' },
}

export function light(colour: string): Light {
  return LIGHTS[colour] ?? { text: colour || '未计时', tone: 'over' }
}

/** The same light for somebody who waits for a result: no cards, only on time or not. */
export function citizenLight(colour: string, stage: string): Light {
  const { text, tone } = light(colour)
  // Colours freeze when a case ends.
  if (stage === 'closed')
    return { text: tone === 'late' || tone === 'grave' ? '超时办完' : '已办完', tone: 'over' }
  if (tone === 'late' || tone === 'grave') return { text: '已超时,正在督办', tone }
  if (tone === 'soon') return { text: '快到期', tone }
  return { text: tone === 'ok' ? '按时办理中' : text, tone }
}

/** Gravest first: for sorting where due dates are equal. */
export function gravity(colour: string): number {
  return ['grave', 'late', 'soon', 'ok', 'over'].indexOf(light(colour).tone)
}

export const ALARM_LEVELS: Record<string, Light> = {
  warning: { text: '预警', tone: 'soon' },
  yellow: { text: '黄牌', tone: 'late' },
  red: { text: '红牌', tone: 'grave' },
}

export const ALARM_STATES: Record<string, string> = {
  raised: '待派单',
  assigned: '待答复',
  answered: '待核查',
  closed: '已办结',
}

export const STAGES: Record<string, string> = {
  acceptance: '待受理',
  correction: '待补正',
  review: '审查中',
  sign_off: '待签批',
  certificate: '制证中',
  delivery: '待送达',
  closed: '已办结',
}

export const CLOCKS: Record<string, string> = {
  acceptance: '受理时限',
  promise: '承诺时限',
  statutory: '法定时限',
  delivery: '送达时限',
}

export const ROLES: Record<string, string> = {
  citizen: '群众',
  station_clerk: '便民服务站',
  window_clerk: '综合窗口',
  acceptor: '受理人员',
  reviewer: '审查人员',
  chief_representative: '首席代表',
  supervisor: '监察窗口',
  office: '政务服务办',
  item_editor: '事项维护',
  list_owner: '清单主管',
  department_system: '部门系统',
  system: '系统',
}

/** `区公安分局 · 审查人`. */
export function holderText(holder: Holder): string {
  const place = holder.organisation_name ?? holder.point_name ?? ''
  return [place, holder.role_name || ROLES[holder.role] || holder.role].filter(Boolean).join(' · ')
}

export const CHANNELS: Record<DeliveryChannel, string> = {
  origin_window: '原窗口领取',
  window: '政务服务中心窗口领取',
  courier: '快递送达',
  electronic: '电子证照(不用跑)',
}

export const PROJECT_TYPES: Record<string, string> = {
  '1': '即办件',
  '2': '承诺件',
  '9': '其他',
}

const UNITS: Record<Limit['unit'], string> = {
  working_day: '个工作日',
  calendar_day: '天(自然日)',
  month: '个月',
}

/** `当场办结`, `5 个工作日`. */
export function limitText(limit: Limit): string {
  return limit.value === 0 ? '当场办结' : `${limit.value} ${UNITS[limit.unit]}`
}

const AUDIENCES: Record<string, string> = {
  '1': '个人',
  '2': '企业',
  '3': '事业单位',
  '4': '社会组织',
  '5': '行政机关',
  '6': '其他组织',
}

export function audienceText(codes: readonly string[]): string {
  return codes.map((code) => AUDIENCES[code] ?? code).join('、')
}

const FORMS: Record<string, string> = {
  '1': '窗口办理',
  '2': '电脑网上办理',
  '3': '手机办理',
  '4': '快递申请',
}

export function formsText(codes: readonly string[]): string {
  return codes.map((code) => FORMS[code] ?? code).join('、')
}

/** Special procedures 特别程序. Only the kinds of art. 45 行政许可法 stop the clocks. */
export const PROCEDURES: readonly { kind: string; name: string; stops: boolean }[] = [
  { kind: 'hearing', name: '听证', stops: true },
  { kind: 'tender', name: '招标', stops: true },
  { kind: 'auction', name: '拍卖', stops: true },
  { kind: 'inspection', name: '检验', stops: true },
  { kind: 'test', name: '检测', stops: true },
  { kind: 'quarantine', name: '检疫', stops: true },
  { kind: 'appraisal', name: '鉴定', stops: true },
  { kind: 'expert_review', name: '专家评审', stops: true },
  { kind: 'site_visit', name: '现场勘验', stops: false },
  { kind: 'public_notice', name: '公示', stops: false },
  { kind: 'household_survey', name: '入户调查', stops: false },
  { kind: 'collective_study', name: '集体研究', stops: false },
  { kind: 'argumentation', name: '组织论证', stops: false },
  { kind: 'assessment', name: '组织评估', stops: false },
]

export const procedureName = (kind: string): string =>
  PROCEDURES.find((each) => each.kind === kind)?.name ?? kind
