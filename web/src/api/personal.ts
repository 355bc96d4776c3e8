/** What the platform holds of a person: theirs to take away and to correct. */
import { get, request } from './http'
import type { Page } from './types'

export interface Submitted {
  case_no: string
  submitted: Record<string, unknown>
}

export interface Correction {
  case_no: string
  field: 'name' | 'phone' | 'address'
  value: string
  reason: string
}

/** All of it, page by page. */
export async function readMyData(): Promise<Submitted[]> {
  const all: Submitted[] = []
  let cursor: string | undefined
  do {
    const page = await get<Page<Submitted>>('/v1/me/personal-data', { limit: 100, cursor })
    all.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return all
}

export async function correctData(
  key: string,
  correction: Correction,
): Promise<{ applied: boolean; pending: boolean }> {
  const path = '/v1/me/corrections'
  return (
    await request<{ applied: boolean; pending: boolean }>('POST', path, {
      body: correction,
      key,
    })
  ).body
}
