/** The figures of supervision: indicators, what they were counted from, the monthly report. */
import { get } from './http'

/** A number with what it is made of; a plain count has no denominator. */
export interface Count {
  numerator: number
  denominator: number | null
  rate: number | null
}

export interface Figure extends Count {
  key: string
  name: string
  formula: string
}

/** One of the six rates that shall be 100 %, with what is missing from it. */
export interface SixRate extends Figure {
  denominator: number
  target: number
  target_date: string
  missing: string[]
}

export interface Indicators {
  items: SixRate[]
  counted_at: string | null
  month: string
  monthly: Figure[]
}

export type Dimension = 'body' | 'point' | 'item'

/** A month, narrowed to a body, a point, an item. */
export interface FigureFilter extends Record<string, string | undefined> {
  month?: string
  body?: string
  point?: string
  item?: string
}

export interface Breakdown {
  key: string
  name: string
  formula: string
  rows: (Count & { name: string })[]
}

/** A case, an alarm, a visit or a proof under a number: what it carries depends on which. */
export type Card = Record<string, unknown>

export interface Cards {
  items: Card[]
  next_cursor: string | null
}

/** A body, a point, an item or a month with its numbers by indicator. */
export interface Row {
  name: string
  [key: string]: Count | string
}

export interface MonthlyReport {
  month: string
  made_at: string
  six_rates: SixRate[]
  counted_at: string | null
  indicators: Figure[]
  trend: { month: string; [key: string]: Count | string }[]
  bodies: Row[]
  points: Row[]
  items: Row[]
  outcomes: Record<string, number>
  alarms_by_rule: { code: string; name: string; number: number }[]
  alarms_by_level: Record<string, number>
  settled: Record<string, number>
  late_replies: number
  accountable: number
  unseen: Record<string, string>
}

export const readIndicators = (filter: FigureFilter = {}): Promise<Indicators> =>
  get<Indicators>('/v1/indicators', filter)

export const readBreakdown = (
  key: string,
  by: Dimension,
  filter: FigureFilter = {},
): Promise<Breakdown> =>
  get<Breakdown>(`/v1/indicators/${encodeURIComponent(key)}`, { ...filter, by })

export interface CardFilter extends FigureFilter {
  timeliness?: string
  /** `2026-11-23`: what was received, closed or raised on that day. */
  day?: string
  cursor?: string
}

export const readCards = (key: string, filter: CardFilter = {}): Promise<Cards> =>
  get<Cards>(`/v1/indicators/${encodeURIComponent(key)}/cases`, filter)

export const readReport = (month: string): Promise<MonthlyReport> =>
  get<MonthlyReport>(`/v1/reports/${encodeURIComponent(month)}`)

/** An address that downloads the report as .xlsx for some minutes. */
export const readSpreadsheet = (month: string): Promise<{ url: string }> =>
  get<{ url: string }>(`/v1/reports/${encodeURIComponent(month)}/spreadsheet`)
