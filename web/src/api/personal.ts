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

/** A correction that waits for a decision, in full. Whoever reads it stands in the read log. */
export interface CorrectionAsked {
  field: Correction['field']
  before: string
  value: string
  reason: string
  at: string
}

const correctionOf = (no: string): string => `/v1/cases/${encodeURIComponent(no)}/correction`

export const readCorrection = (no: string): Promise<CorrectionAsked> =>
  get<CorrectionAsked>(correctionOf(no))

export async function decideCorrection(
  key: string,
  no: string,
  decision: { correct: boolean; reason: string },
): Promise<void> {
  await request('POST', `${correctionOf(no)}/decision`, { body: decision, key })
}
