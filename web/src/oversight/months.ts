/** Months as the figures name them (`2026-11`), in Asia/Shanghai. */
import { today } from '@/domain/dates'

export const thisMonth = (): string => today().slice(0, 7)

/** The last months, newest first. */
export function recentMonths(number: number, from: string = thisMonth()): string[] {
  const [year = 0, month = 1] = from.split('-').map(Number)
  const last = year * 12 + month - 1
  return Array.from({ length: number }, (_, back) => {
    const at = last - back
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`
  })
}

/** `2026年11月`, `2026年`. */
export function monthText(month: string): string {
  const [year, number] = month.split('-')
  return number ? `${year}年${Number(number)}月` : `${year}年`
}
