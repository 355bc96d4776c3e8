/** Numbers of the figures in words: a rate never stands without what it was counted from. */
import type { Count } from '@/api/figures'

/** `96.3%`; nothing to divide by is no rate. */
export function rateText(rate: number | null): string {
  return rate === null ? '—' : `${Math.round(rate * 10_000) / 100}%`
}

/** `26 ÷ 27`, or the plain count. */
export function partsText({ numerator, denominator }: Count): string {
  return denominator === null ? String(numerator) : `${numerator} ÷ ${denominator}`
}

/** The number that a reader looks at first: the rate, or the count where there is none. */
export function headText(count: Count): string {
  return count.denominator === null ? String(count.numerator) : rateText(count.rate)
}
