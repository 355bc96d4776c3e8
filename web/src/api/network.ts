/** What organisations and points are called. Public or staff-wide; kept for the life of the page. */
import { get } from './http'
import type { Page } from './types'

interface Named {
  key: string
  name: string
}

/** Where a case begins that no window took in. */
const ONLINE: Named = { key: 'online', name: '网上申请' }

let known: Promise<Map<string, string>> | null = null

/** Names by key. An unknown key is shown as it is, so a failure here hides nothing. */
export function placeNames(): Promise<Map<string, string>> {
  known ??= Promise.all([readAll('/v1/organisations'), readAll('/v1/points')])
    .then((lists) => new Map([...lists.flat(), ONLINE].map(({ key, name }) => [key, name])))
    .catch(() => {
      known = null
      return new Map<string, string>()
    })
  return known
}

export interface Point extends Named {
  tier: string
  /** Degrees, WGS 84. */
  location: { longitude: number | null; latitude: number | null }
}

/** The departments, by name. */
export const bodies = (): Promise<Named[]> => readAll('/v1/organisations')

/** Every service point, open or not, with where it is. */
export const readPoints = (): Promise<Point[]> => readAll<Point>('/v1/points')

async function readAll<T extends Named>(path: string): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const page = await get<Page<T>>(path, { limit: 100, cursor })
    all.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return all
}
