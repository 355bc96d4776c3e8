/** The network's people, its pilots and its coverage; and why somebody may or may not act. */
import { get, request } from './http'
import type { Page } from './types'

export interface Transfer {
  effective_on: string
  reason: string
  to_point: string | null
  exception: string
  decision: 'pending' | 'consented' | 'refused' | 'lapsed'
  comment: string
}

export interface Posting {
  id: string
  account: string
  organisation: string
  point: string
  work: string[]
  since: string
  tenure_until: string
  active: boolean
  worker: string
  business_by: string
  conduct_by: string
  qualification: { certificate_no: string; certificate_until: string | null }
  shortcomings: string[]
  transfer: Transfer | null
  substitutes: { account: string; since: string; until: string; reason: string }[]
  version: number
}

export interface Chiefs {
  signer: string | null
  appointments: { id: string; account: string; since: string; until: string | null }[]
  gaps: { since: string; until: string }[]
}

export interface Figures {
  points: number
  received: number
  closed: number
  on_time_rate: number | null
  days_per_case: number | null
  used_to_promised: number | null
  good_rate: number | null
}

export interface PilotReport {
  since: string
  until: string
  pilot: Figures
  rest: Figures
  difference: Record<string, number | null>
}

export interface Pilot {
  subject: string
  code: string
  title: string
  stage: 'pilot' | 'widened' | 'stopped'
  since: string
  points: string[] | null
  version: number
}

export interface CoverageLine {
  subdistrict: string
  subdistrict_name: string
  numerator: number
  denominator: number
  rate: number | null
  households_missed: number
  missing: { key: string; name: string; households: number }[]
}

export interface Explanation {
  account: string
  title: string
  roles: string[]
  allowed: boolean
  reason: string
  rows: {
    role_name: string
    holds: boolean
    scope_name: string
    within: boolean
    conditions: { text: string; met: boolean }[]
    allows: boolean
  }[]
}

export interface Act {
  act: string
  title: string
}

export const readPostings = (organisation: string, cursor?: string): Promise<Page<Posting>> =>
  get('/v1/postings', { organisation, cursor })

export const readChiefs = (organisation: string): Promise<Chiefs> =>
  get(`/v1/organisations/${encodeURIComponent(organisation)}/chief-representatives`)

export async function decideTransfer(
  posting: string,
  consent: boolean,
  comment: string,
  key: string,
): Promise<void> {
  const path = `/v1/postings/${encodeURIComponent(posting)}/transfer/decision`
  await request('POST', path, { body: { consent, comment }, key })
}

export const readPilots = async (): Promise<Pilot[]> => (await get<Page<Pilot>>('/v1/pilots')).items

const pilotAt = (pilot: Pilot): string =>
  `/v1/pilots/${encodeURIComponent(pilot.subject)}/${encodeURIComponent(pilot.code)}`

export const readReport = (pilot: Pilot): Promise<PilotReport> => get(`${pilotAt(pilot)}/report`)

/** On at all points, on today's report, which is kept with it. */
export async function widen(pilot: Pilot, key: string): Promise<void> {
  await request('POST', `${pilotAt(pilot)}/widening`, { body: {}, key })
}

export const readCoverage = (): Promise<{ district: CoverageLine; subdistricts: CoverageLine[] }> =>
  get('/v1/coverage')

export const readActs = async (): Promise<Act[]> =>
  (await get<{ items: Act[] }>('/v1/access')).items

export const explain = (act: string, caseNo: string, account: string): Promise<Explanation> =>
  get('/v1/access/explanation', { act, case_no: caseNo, account })
