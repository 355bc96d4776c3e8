/** Questions between departments 信息征询: asked in a case, answered in time. */
import { get, request } from './http'
import type { Page } from './types'

export interface Inquiry {
  id: string
  state: 'open' | 'answered' | 'withdrawn'
  asking: string
  asking_name: string
  asked: string
  asked_name: string
  case_no: string
  topic: string
  asked_on: string
  due_on: string
  answered_at: string | null
  /** The rungs that were raised: `warning`, `yellow`, `red`. */
  raised: string[]
  /** What it means for the case's own clock. */
  case_clock: string
}

export interface OpenedInquiry extends Inquiry {
  text: string | null
  answer: string | null
  evidence: { name: string; url: string }[]
}

export interface Question {
  asked: string
  case_no: string
  topic: string
  text: string
  reply_class: string
}

export interface ReplyClass {
  key: string
  label: string
  working_days: number
  source: string
}

export type Box = 'asked' | 'asking'

const at = (id: string): string => `/v1/inquiries/${encodeURIComponent(id)}`

export const inquiries = (box: Box, cursor?: string): Promise<Page<Inquiry>> =>
  get<Page<Inquiry>>('/v1/inquiries', { box, cursor })

export const inquiry = (id: string): Promise<OpenedInquiry> => get<OpenedInquiry>(at(id))

export const replyClasses = async (): Promise<ReplyClass[]> =>
  (await get<Page<ReplyClass>>('/v1/inquiry-classes')).items

export async function ask(question: Question, key: string): Promise<Inquiry> {
  return (await request<Inquiry>('POST', '/v1/inquiries', { body: question, key })).body
}

export async function answer(
  id: string,
  said: { text: string; evidence: string[] },
  key: string,
): Promise<Inquiry> {
  return (await request<Inquiry>('POST', `${at(id)}/answer`, { body: said, key })).body
}

export async function withdraw(id: string, reason: string, key: string): Promise<Inquiry> {
  return (await request<Inquiry>('POST', `${at(id)}/withdrawal`, { body: { reason }, key })).body
}
