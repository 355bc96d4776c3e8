/** The public catalogue. Kept in memory for the life of the page: it holds nothing personal. */
import { type IndexDocument, SearchIndex } from '@/search'
import { get } from './http'
import type { ItemGuide } from './types'

let index: Promise<SearchIndex> | null = null
const guides = new Map<string, Promise<ItemGuide>>()

/** Every item in force, with what it takes to find one by plain words. */
export function catalogue(): Promise<SearchIndex> {
  index ??= get<IndexDocument>('/v1/catalogue/index')
    .then((document) => new SearchIndex(document))
    .catch((error: unknown) => {
      index = null
      throw error
    })
  return index
}

export function guideOf(code: string): Promise<ItemGuide> {
  const known = guides.get(code)
  if (known) return known
  const fetched = get<ItemGuide>(`/v1/items/${encodeURIComponent(code)}`)
  guides.set(code, fetched)
  fetched.catch(() => guides.delete(code))
  return fetched
}
