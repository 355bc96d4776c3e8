/** Drafts that the server keeps for a person, one an item, for thirty days. */
import { get, newKey, Problem, request } from './http'
import type { Page } from './types'

export interface DraftListed {
  item_code: string
  item_name: string
  saved_at: string
  expires_at: string
}

const at = (itemCode: string): string => `/v1/me/drafts/${encodeURIComponent(itemCode)}`

export async function myDrafts(): Promise<DraftListed[]> {
  return (await get<Page<DraftListed>>('/v1/me/drafts')).items
}

/** What was filled in, or null where nothing is kept. */
export async function readDraft<T>(itemCode: string): Promise<T | null> {
  try {
    return (await get<{ content: T }>(at(itemCode))).content
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null
    throw error
  }
}

/** `leaving`: the page may be gone before the answer comes. */
export async function saveDraft(itemCode: string, content: object, leaving = false): Promise<void> {
  const options = { body: { content }, key: newKey(), keepalive: leaving }
  await request('PUT', at(itemCode), options)
}

export async function dropDraft(itemCode: string): Promise<void> {
  await request('DELETE', at(itemCode), { key: newKey() })
}
