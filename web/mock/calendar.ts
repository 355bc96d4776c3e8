/** Working days of the demo calendar: enough arithmetic for a mock, none of the law's. */
import demo from '../../data/demo_catalogue.json'

const OFF = new Set(demo.workday_calendar.days_off)
const MADE_UP = new Set(demo.workday_calendar.makeup_working_days)
const YEAR = String(demo.workday_calendar.year)
const SHANGHAI = 8 * 3_600_000
const DAY = 24 * 3_600_000

export const dayOf = (instant: Date): string =>
  new Date(instant.getTime() + SHANGHAI).toISOString().slice(0, 10)

export const instantOf = (instant: Date): string =>
  `${new Date(instant.getTime() + SHANGHAI).toISOString().slice(0, -1)}+08:00`

const next = (day: string, days = 1): string =>
  new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)

const weekend = (day: string): boolean => [0, 6].includes(new Date(day).getUTCDay())

export function isWorking(day: string): boolean {
  if (MADE_UP.has(day)) return true
  return !OFF.has(day) && !weekend(day)
}

export interface Day {
  date: string
  counted: boolean
  reason: string
  text: string
  number: number | null
}

/** The days from the one after `start` to the due date of `value` days, each explained. */
export function count(start: string, value: number, unit: string): Day[] {
  const days: Day[] = [
    { date: start, counted: false, reason: 'start', text: '起算当日不计入', number: null },
  ]
  let number = 0
  for (let day = next(start); number < value; day = next(day)) {
    const counted = unit !== 'working_day' || isWorking(day)
    if (counted) number += 1
    days.push({ date: day, counted, ...reasonFor(day, counted), number: counted ? number : null })
  }
  return days
}

function reasonFor(day: string, counted: boolean): { reason: string; text: string } {
  if (counted && MADE_UP.has(day)) return { reason: 'makeup', text: '调休上班' }
  if (counted) return { reason: 'working_day', text: '计入' }
  if (OFF.has(day)) return { reason: 'holiday', text: '法定节假日' }
  return { reason: 'weekend', text: '周末' }
}

export function workingDaysBetween(from: string, to: string): number {
  const sign = from <= to ? 1 : -1
  const [early, late] = sign > 0 ? [from, to] : [to, from]
  let total = 0
  for (let day = next(early); day <= late; day = next(day)) if (isWorking(day)) total += 1
  return sign * total
}

/** Whether a date lies beyond the published calendar. */
export const isProvisional = (day: string): boolean => !day.startsWith(YEAR)

export const shift = next
