/** From a number on the wall to the cases and alarms that it was counted from. */
import { type CardFilter, readCards } from '@/api/figures'
import { readAlarms } from '@/api/supervision'
import type { Alarm } from '@/api/types'

/** What was touched: a count of cases, open alarms of a level, or a body or point with both. */
export interface Drill {
  title: string
  cards?: { key: string; filter: CardFilter }
  alarms?: { level?: string; organisation?: string }
}

export interface DrillCase {
  no: string
  item: string
  organisation: string
  at: string
}

export interface Found {
  alarms: Alarm[]
  cases: DrillCase[]
  /** Where the list of cases goes on; null at its end. */
  cursor: string | null
}

/** In the order of what is asked of whom: to be assigned, to be answered, to be checked. */
const OPEN_STATES = ['raised', 'assigned', 'answered']

export async function readDrill(drill: Drill, cursor?: string): Promise<Found> {
  const [alarms, cards] = await Promise.all([
    cursor || !drill.alarms ? [] : openAlarms(drill.alarms),
    drill.cards
      ? readCards(drill.cards.key, { ...drill.cards.filter, ...(cursor ? { cursor } : {}) })
      : null,
  ])
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const cases = (cards?.items ?? []).map((card) => ({
    no: text(card.case_no),
    item: text(card.item_name),
    organisation: text(card.organisation),
    at: text(card.closed_at) || text(card.received_at),
  }))
  return { alarms, cases, cursor: cards?.next_cursor ?? null }
}

async function openAlarms(filter: NonNullable<Drill['alarms']>): Promise<Alarm[]> {
  const pages = await Promise.all(OPEN_STATES.map((state) => readAlarms({ ...filter, state })))
  return pages.flatMap(({ items }) => items)
}
