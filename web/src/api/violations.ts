/** What the system cannot see, reported by people; nothing here tells who reported. */
import { get, request } from './http'
import type { AlarmEntry, Page } from './types'

export interface Unseen {
  /** By the code of the rule that misses it. */
  unseen: Record<string, string>
  kinds: Record<string, string>
}

export interface ReportInput {
  kind: string
  text: string
  organisation?: string
  point?: string
  case_no?: string
  happened_on?: string
}

/** The number, and the code that asks how the report stands: shown this once. */
export interface ReportTaken {
  number: string
  code: string
  received_at: string
}

export type ReportState = 'received' | 'upheld' | 'dismissed'

export interface FollowUp {
  number: string
  state: ReportState
  received_at: string
  result: string
}

export interface ViolationReport {
  number: string
  kind: string
  text: string
  received_at: string
  organisation: string
  point: string
  case_no: string
  happened_on: string | null
  state: ReportState
  result: string
  alarm: string
  history: AlarmEntry[]
}

export const REPORT_STATES: Record<ReportState, string> = {
  received: '正在核查',
  upheld: '查证属实',
  dismissed: '查无此事',
}

const BASE = '/v1/violation-reports'

export const readUnseen = (): Promise<Unseen> => get<Unseen>(`${BASE}/kinds`)

export async function reportViolation(body: ReportInput, key: string): Promise<ReportTaken> {
  return (await request<ReportTaken>('POST', BASE, { body, key })).body
}

export async function followUp(number: string, code: string): Promise<FollowUp> {
  return (await request<FollowUp>('POST', `${BASE}/follow-up`, { body: { number, code } })).body
}

export const readReports = (
  filter: { state?: string; cursor?: string } = {},
): Promise<Page<ViolationReport>> => get<Page<ViolationReport>>(BASE, filter)

const at = (number: string): string => `${BASE}/${encodeURIComponent(number)}`

export async function decideReport(
  number: string,
  body: { upheld: boolean; result: string; level?: string },
  key: string,
): Promise<ViolationReport> {
  return (await request<ViolationReport>('POST', `${at(number)}/decision`, { body, key })).body
}

/** Opens the seal. The reason stands on the report's record before the answer comes. */
export async function revealReporter(number: string, reason: string, key: string): Promise<string> {
  const path = `${at(number)}/reporter`
  return (await request<{ account: string }>('POST', path, { body: { reason }, key })).body.account
}
