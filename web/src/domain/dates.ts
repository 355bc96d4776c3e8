/** Dates and times as people in Asia/Shanghai read them, whatever zone the device is set to. */

const SHANGHAI = 8 * 3_600_000
const WEEKDAYS = ['日', '一', '二', '三', '四', '五', '六']

/** The parts of an instant in Shanghai. UTC getters on a shifted date: there is no summer time. */
function shifted(instant: string): Date | null {
  const time = Date.parse(instant)
  return Number.isNaN(time) ? null : new Date(time + SHANGHAI)
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `2月10日 20:30`, with the year when it is not `now`'s. */
export function instantText(instant: string | null | undefined, now: Date = new Date()): string {
  const at = instant ? shifted(instant) : null
  if (!at) return ''
  const thisYear = new Date(now.getTime() + SHANGHAI).getUTCFullYear()
  const year = at.getUTCFullYear() === thisYear ? '' : `${at.getUTCFullYear()}年`
  const day = `${year}${at.getUTCMonth() + 1}月${at.getUTCDate()}日`
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`
}

/** `2026年2月25日 星期三` of a date or an instant. */
export function dayText(date: string | null | undefined): string {
  const parts = datePart(date)
  if (!parts) return ''
  const [year, month, day] = parts
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay()
  return `${year}年${month}月${day}日 星期${WEEKDAYS[weekday]}`
}

/** `2026年2月25日`: on certificates. */
export function dateText(date: string | null | undefined): string {
  const parts = datePart(date)
  return parts ? `${parts[0]}年${parts[1]}月${parts[2]}日` : ''
}

/** `2月25日(三)`: for tables. */
export function shortDayText(date: string | null | undefined): string {
  const parts = datePart(date)
  if (!parts) return ''
  const [year, month, day] = parts
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay()
  return `${month}月${day}日(${WEEKDAYS[weekday]})`
}

/** Year, month, day of `YYYY-MM-DD` or of an instant in Shanghai. 9999 stands for "none". */
function datePart(text: string | null | undefined): [number, number, number] | null {
  if (!text) return null
  if (text.length > 10) {
    const at = shifted(text)
    return at ? [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()] : null
  }
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match || match[1] === '9999') return null
  return [Number(match[1]), Number(match[2]), Number(match[3])]
}

/** Today in Shanghai as `YYYY-MM-DD`. */
export function today(now: Date = new Date()): string {
  return new Date(now.getTime() + SHANGHAI).toISOString().slice(0, 10)
}

/** `12.3 KB`, `1.4 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
