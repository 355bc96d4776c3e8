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

function latest(events: readonly CaseEvent[], ...types: string[]): CaseEvent | undefined {
  return [...events].reverse().find((event) => types.includes(event.type))
}
