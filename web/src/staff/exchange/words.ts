/** What an inquiry's standing is called, and how it is coloured. */
import type { Inquiry } from '@/api/inquiries'
import { dateText } from '@/domain/dates'

const RUNGS: Record<string, string> = { warning: '快到期', yellow: '黄牌', red: '红牌' }

export function standingText(found: Inquiry): string {
  if (found.state === 'answered') return '已答复'
  if (found.state === 'withdrawn') return '已撤回'
  const rung = found.raised.at(-1)
  return rung ? `待答复(${RUNGS[rung] ?? rung})` : '待答复'
}

export const isLate = (found: Inquiry): boolean =>
  found.state === 'open' && found.raised.some((rung) => rung !== 'warning')

export const dueText = (found: Inquiry): string => `${dateText(found.due_on)}前`
