import type { ChangeAction } from '@/api/changes'
import type { Light } from '@/domain/words'

export const ACTIONS: Record<ChangeAction, string> = {
  amend: '修改',
  create: '新设',
  suspend: '暂停',
  resume: '恢复',
  cancel: '取消',
}

export const STAGE_LIGHTS: Record<string, Light> = {
  under_review: { text: '审核中', tone: 'soon' },
  reviewed: { text: '待审定', tone: 'soon' },
  approved: { text: '待生效', tone: 'ok' },
  in_force: { text: '已生效', tone: 'ok' },
  rejected: { text: '已退回', tone: 'grave' },
  withdrawn: { text: '已撤回', tone: 'over' },
}

export const EVENTS: Record<string, string> = {
  'item_change.proposed': '提出变更,检查通过',
  'item_change.reviewed': '清单主管单位审核',
  'item_change.approved': '审定',
  'item_change.in_force': '生效',
  'item_change.rejected': '退回',
  'item_change.withdrawn': '撤回',
  'item_change.alert_raised': '时限提醒',
}

export const RUNGS: Record<string, string> = { warning: '临期提醒', yellow: '黄牌', red: '红牌' }
