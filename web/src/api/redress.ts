/** Bad ratings and objections, each on its way: verified, put right, answered, called back. */
import { get, request } from './http'
import type { AlarmEntry, Page } from './types'

export type RedressState = 'verify' | 'rectify' | 'answer' | 'call_back' | 'closed'

export interface Redress {
  id: string
  /** What it is about, the one or the other; what the person wrote stands there. */
  case_no: string | null
  visit: string | null
  kind: 'rating' | 'objection'
  opened_at: string
  organisation: string
  due_at: string
  point: string
  item_name: string
  grade: number | null
  state: RedressState
  founded: boolean | null
  satisfied: boolean | null
  rounds: number
  history: AlarmEntry[]
}

export interface RedressFilter extends Record<string, string | undefined> {
  organisation?: string
  state?: string
  cursor?: string
}

export const readRedress = (filter: RedressFilter = {}): Promise<Page<Redress>> =>
  get<Page<Redress>>('/v1/redress', filter)

const STEPS: Record<Exclude<RedressState, 'closed'>, string> = {
  verify: 'verification',
  rectify: 'rectification',
  answer: 'answer',
  call_back: 'call-back',
}

export interface RedressWord {
  text: string
  founded?: boolean
  satisfied?: boolean
}

/** The present step's word, which brings the next step. */
export async function advance(
  id: string,
  step: Exclude<RedressState, 'closed'>,
  body: RedressWord,
  key: string,
): Promise<Redress> {
  const path = `/v1/redress/${encodeURIComponent(id)}/${STEPS[step]}`
  return (await request<Redress>('POST', path, { body, key })).body
}

/** What became of one's own: what was answered, and nothing of what offices wrote each other. */
export interface OwnRedress {
  id: string
  case_no: string | null
  visit: string | null
  kind: Redress['kind']
  grade: number | null
  opened_at: string
  state: RedressState
  state_name: string
  /** When the present step must be done; null once closed. */
  due_at: string | null
  founded: boolean | null
  answers: { at: string; text: string }[]
  closed_at: string | null
}

/** Of one case or of one visit. */
export async function ownRedress(
  about: { case_no: string } | { visit: string },
): Promise<OwnRedress[]> {
  return (await get<Page<OwnRedress>>('/v1/me/redress', about)).items
}
