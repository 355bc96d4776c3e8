/** What the log says that a page must put in front: what is missing, why it was decided so. */
import type { CaseEvent } from '@/api/types'

export interface Missing {
  material_id?: string
  text: string
}

/** What the one correction notice named; empty when there was none. */
export function missingOf(events: readonly CaseEvent[]): Missing[] {
  const notice = latest(events, 'case.correction_requested')
  const missing = notice?.data.missing
  return Array.isArray(missing) ? (missing as Missing[]) : []
}

export interface Grounds {
  title: string
  reason: string
  remedies: string
}

const TITLES: Record<string, string> = {
  'case.refused': '决定不予的理由',
  'case.rejected': '没有受理的理由',
  'case.returned': '退件的理由',
  'case.voided': '作废的理由',
}

/** Why the case did not end as asked, with the remedies that the decision names. */
export function groundsOf(events: readonly CaseEvent[]): Grounds | null {
  const found = latest(events, ...Object.keys(TITLES))
  if (!found) return null
  const text = (name: string): string => {
    const value = found.data[name]
    return typeof value === 'string' ? value : ''
  }
  const where = text('where_to')
  return {
    title: TITLES[found.type] ?? '理由',
    reason: text('reason') + (where ? `请向${where}申请。` : ''),
    remedies: text('remedies'),
  }
}

/** Whether a person's correction of their data waits for a decision. */
export function correctionWaits(events: readonly CaseEvent[]): boolean {
  const asked = latest(events, 'case.data_correction_requested')
  if (!asked) return false
  // Contact data is corrected at once and leaves a request where it is; a decision names it.
  return !events.some((event) => DECIDED.includes(event.type) && event.data.request === asked.seq)
}

const DECIDED = ['case.data_corrected', 'case.data_correction_refused']

/** Whether something was said that opens a case of its own: an objection, or a bad rating. */
export function complained(events: readonly CaseEvent[]): boolean {
  return events.some(
    ({ type, data }) =>
      type === 'case.objected' || (type === 'case.rated' && isBadRating(Number(data.grade))),
  )
}

/** GB/T 39046: 1 very satisfied … 5 very dissatisfied. */
const BAD_FROM = 4

export const isBadRating = (grade: number): boolean => grade >= BAD_FROM

function latest(events: readonly CaseEvent[], ...types: string[]): CaseEvent | undefined {
  return [...events].reverse().find((event) => types.includes(event.type))
}
