/** How an appraisal's scores are put together, and what its figures are called. */
export type Scheme = Record<string, number | string>

export const DEFAULT_SCHEME: Scheme = {
  person_on_time: 50,
  person_rated_good: 20,
  person_right_first: 30,
  body_on_time: 40,
  body_within_promise: 20,
  body_rated_good: 20,
  body_answers_cards: 20,
  lost_by_warning: 1,
  lost_by_yellow: 3,
  lost_by_red: 10,
  lost_by_unreal_delegation: 10,
  excellent_from: 85,
  competent_from: 60,
  weight_percent: '6',
}

export const SCHEME_GROUPS: readonly { title: string; fields: Record<string, string> }[] = [
  {
    title: '个人各项占比(合计 100)',
    fields: {
      person_on_time: '按时办结',
      person_rated_good: '好评',
      person_right_first: '一次办对',
    },
  },
  {
    title: '单位各项占比(合计 100)',
    fields: {
      body_on_time: '按时办结',
      body_within_promise: '比承诺快',
      body_rated_good: '好评',
      body_answers_cards: '按期答复预警',
    },
  },
  {
    title: '扣分',
    fields: {
      lost_by_warning: '每条属实的预警',
      lost_by_yellow: '每条属实的黄牌',
      lost_by_red: '每条属实的红牌',
      lost_by_unreal_delegation: '授权不到位(每段)',
    },
  },
  {
    title: '等次与权重',
    fields: {
      excellent_from: '优秀不低于(分)',
      competent_from: '称职不低于(分)',
      weight_percent: '占全区总分的权重(%,5–7)',
    },
  },
]

export const PART_NAMES: Record<string, string> = {
  on_time: '按时办结',
  within_promise: '比承诺快',
  rated_good: '好评',
  right_first: '一次办对',
  answers_cards: '按期答复预警',
  answered_in_time: '按期答复预警',
}

export const GRADE_NAMES: Record<string, string> = {
  excellent: '优秀',
  competent: '称职',
  incompetent: '不称职',
  not_appraised: '不评等次',
}

export const FIGURE_NAMES: Record<string, string> = {
  cases: '办结的办件',
  timed: '计时限的',
  on_time: '按时的',
  days_promised: '承诺工作日',
  days_used: '实际工作日',
  rated: '有评价的',
  rated_good: '好评的',
  received: '收件',
  accepted: '受理',
  corrections: '要求补正',
  reviewed: '审查',
  signed: '签批',
  delivered: '送达',
  sent_back: '被退回',
  cards: '黄牌红牌',
  answered_in_time: '按期答复的',
  confirmed_warning: '属实的预警',
  confirmed_yellow: '属实的黄牌',
  confirmed_red: '属实的红牌',
}

/** Figures whose lists are alarms, not cases. */
export const OF_ALARMS = /^(cards|answered_in_time|confirmed_)/

export function reasonText(reason: string): string {
  return FIGURE_NAMES[reason] ?? reason.replace(/^objection (\d+):/, '异议 $1:')
}
