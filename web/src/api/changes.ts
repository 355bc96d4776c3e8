/** The catalogue for those who keep it: changes, lists, proof checks, the units that differ. */
import { get, newKey, request } from './http'
import type { Page } from './types'

export type ChangeAction = 'create' | 'amend' | 'suspend' | 'resume' | 'cancel'

export interface ChangeSummary {
  id: string
  stage: string
  stage_text: string
  action: ChangeAction
  item_code: string
  item_name: string
  organisation: string
  summary: string
  proposed_at: string
  due_on: string | null
  waits_for: string[]
  effective_at: string | null
}

export interface Difference {
  field: string
  title: string
  before: string
  after: string
  sentence: string
}

/** What reviewers decide by; computed once, when the change was proposed. */
export interface Checks {
  summary: string
  differences: Difference[]
  effect_on_open_cases: { kind: string; statement: string; open_cases: number | null }
  seen_by: string[]
  stationing: string
  following_units: string[]
}

export interface Review {
  list: string
  list_title: string
  owner: string
  approved: boolean | null
  opinion: string
  decided_at: string | null
}

export interface ChangeEvent {
  id: string
  type: string
  at: string
  actor: { role: string; organisation: string | null }
  data: Record<string, unknown>
}

export interface Change extends ChangeSummary {
  version: number
  item_version: number
  base_version: number
  reason: string
  legal_basis: string
  checks: Checks
  reviews: Review[]
  wished_on: string | null
  closing_reason: string
  alerts: string[]
  events: ChangeEvent[]
}

/** An item as the catalogue document writes it; fields that no form shows travel along. */
export interface ItemDocument extends Record<string, unknown> {
  id: string
  item_name: string
  task_code: string
  catalog_code: string
  promise_limit: { value: number; unit: string }
  acceptance_conditions: string[]
  handling_steps: string[]
  materials: MaterialDocument[]
  fee: { charged: boolean; items: FeeDocument[] }
  supervision_channel: string
}

export interface MaterialDocument extends Record<string, unknown> {
  material_name: string
  required: boolean
  legal_basis: string
  source: string
  form: string
}

export interface FeeDocument extends Record<string, unknown> {
  name: string
  standard: string
  basis: string
  amount_cny: number | null
}

export interface Proposal {
  action: ChangeAction
  item_code?: string
  item?: ItemDocument
  reason: string
  legal_basis: string
  effective_on?: string
}

export interface Preview {
  item_name: string
  item_version: number
  reviewers: { list: string; owner: string }[]
  checks: Checks
}

export interface ListedItem {
  code: string
  name: string
  version: number
}

const CHANGES = '/v1/item-changes'
const at = (id: string): string => `${CHANGES}/${encodeURIComponent(id)}`

export function readChanges(queue?: 'review' | 'approval', cursor?: string) {
  return get<Page<ChangeSummary>>(CHANGES, { queue, cursor })
}

export const readChange = (id: string) => request<Change>('GET', at(id))

export async function preview(proposal: Proposal): Promise<Preview> {
  const answer = await request<Preview>('POST', `${CHANGES}/preview`, {
    body: proposal,
    key: newKey(),
  })
  return answer.body
}

export async function propose(proposal: Proposal, key: string): Promise<Change> {
  return (await request<Change>('POST', CHANGES, { body: proposal, key })).body
}

export type ChangeAct = 'review' | 'publication' | 'withdrawal'

export async function decide(
  id: string,
  name: ChangeAct,
  body: Record<string, unknown>,
  key: string,
  ifMatch: string | null,
): Promise<Change> {
  return (await request<Change>('POST', `${at(id)}/${name}`, { body, key, ifMatch })).body
}

/** Every item of a body that stands in the catalogue. */
export async function itemsOf(organisation: string): Promise<ListedItem[]> {
  const items: ListedItem[] = []
  let cursor: string | undefined
  do {
    const page: Page<ListedItem> = await get('/v1/items', { organisation, cursor, limit: 100 })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

export const documentOf = (code: string): Promise<ItemDocument> =>
  get<ItemDocument>(`/v1/items/${encodeURIComponent(code)}/document`)

export interface Finding {
  kind: string
  title: string
  alarm: boolean
  message: string
  path: string[]
  remedy: string
}

export interface ProofReport {
  items: number
  materials: number
  clean: boolean
  findings: Finding[]
}

/** Checks the catalogue in force, or somebody else's, given as the text of its JSON file. */
export async function checkProofs(posted?: unknown): Promise<ProofReport> {
  const body = posted ?? {}
  return (await request<ProofReport>('POST', '/v1/catalogue/check', { body, key: newKey() })).body
}

export interface Deviation {
  base_code: string
  code: string
  body_name: string
  standard_code: string
  differences: Difference[]
}

export async function readDeviations(): Promise<Deviation[]> {
  return (await get<{ items: Deviation[] }>('/v1/catalogue/deviations')).items
}

export interface Listing {
  list: string
  title: string
  owner: string | null
  source: string
}

export interface Entry {
  kind: string
  ref: string
  name: string
  basis: string
  since: string
  standard: string
}

export async function readLists(): Promise<Listing[]> {
  return (await get<{ items: Listing[] }>('/v1/lists')).items
}

export const readList = (list: string, cursor?: string) =>
  get<Page<Entry> & Listing>(`/v1/lists/${encodeURIComponent(list)}`, { cursor })

/** Strikes a line off a list; the codes of the items that it closes. */
export async function strike(list: string, ref: string, reason: string): Promise<string[]> {
  const line = `/v1/lists/${encodeURIComponent(list)}/${encodeURIComponent(ref)}`
  const path = `${line}?reason=${encodeURIComponent(reason)}`
  return (await request<{ items: string[] }>('DELETE', path)).body.items
}

export interface Stationing {
  item_code: string
  item_name: string
  body: string
  status: 'stationed' | 'exempted' | 'expired' | 'undelegated'
  status_text: string
  owner: string
  reason: string
  places: { point: string; name: string; tier: string; functions: string[] }[]
}

export const readStationing = (organisation?: string, cursor?: string) =>
  get<Page<Stationing>>('/v1/stationing', { organisation, cursor })

export const readGaps = () => get<Page<Stationing>>('/v1/stationing/gaps')

export async function exempt(
  code: string,
  body: { owner: string; reason: string; until?: string },
): Promise<void> {
  await request('PUT', `/v1/stationing/${encodeURIComponent(code)}/exemption`, { body })
}

export async function bringIn(code: string): Promise<void> {
  await request('DELETE', `/v1/stationing/${encodeURIComponent(code)}/exemption`)
}
