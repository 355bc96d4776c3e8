/** The appraisal of a period: drafted, shown for objections, final; each figure opens its cases. */
import { get, request } from './http'

export type Stage = 'drafting' | 'draft' | 'shown' | 'final'

export const STAGE_NAMES: Record<Stage, string> = {
  drafting: '正在计算',
  draft: '初稿',
  shown: '公示中',
  final: '已定稿',
}

export interface Part {
  name: string
  numerator: number
  denominator: number
  share: number
}

export interface Deduction {
  reason: string
  points: number
  under: string[]
}

export interface Result {
  subject: string
  organisation: string
  account: string
  point: string
  cases: number
  parts: Part[]
  deductions: Deduction[]
  /** Decimal texts; null where there is nothing to go by. */
  score: string | null
  grade: string | null
  recommended: boolean
  weighted: string | null
}

export interface Objection {
  id: string
  subject: string
  organisation: string
  text: string
  by: string
  at: string
  state: string
  points: number | null
  reason: string | null
}

export interface AppraisalHead {
  period: string
  stage: Stage
  scheme: Record<string, number | string>
  drafted_at: string
  headcount: number
  quota: number
  shown_at: string | null
  objections_until: string | null
  open_objections: number
  final_at: string | null
  digest: string
  signature: string
  key_id: string
}

export interface Appraisal extends AppraisalHead {
  people: Result[]
  bodies: Result[]
  recommended: string[]
  excellent: number
  objections: Objection[]
}

/** The figures of one result and the cases (or alarms) under each. */
export interface Under {
  subject: string
  figures: Record<string, number>
  under: Record<string, string[]>
}

const at = (period: string): string => `/v1/appraisals/${encodeURIComponent(period)}`

export const readAppraisal = (period: string): Promise<Appraisal> => get<Appraisal>(at(period))

export const readUnder = (period: string, subject: string): Promise<Under> =>
  get<Under>(`${at(period)}/cases/${encodeURIComponent(subject)}`)

async function post<T>(path: string, body: unknown, key: string): Promise<T> {
  return (await request<T>('POST', path, { body, key })).body
}

export const draftAppraisal = (
  period: string,
  scheme: Record<string, number | string>,
  key: string,
): Promise<AppraisalHead> => post<AppraisalHead>(at(period), { scheme }, key)

export const showAppraisal = (period: string, key: string): Promise<AppraisalHead> =>
  post<AppraisalHead>(`${at(period)}/showing`, {}, key)

export const finaliseAppraisal = (period: string, key: string): Promise<AppraisalHead> =>
  post<AppraisalHead>(`${at(period)}/finality`, {}, key)

export const objectTo = (
  period: string,
  body: { subject: string; text: string },
  key: string,
): Promise<Objection> => post<Objection>(`${at(period)}/objections`, body, key)

export const answerObjection = (
  period: string,
  id: string,
  body: { points: number; reason: string },
  key: string,
): Promise<Objection> =>
  post<Objection>(`${at(period)}/objections/${encodeURIComponent(id)}/answer`, body, key)
