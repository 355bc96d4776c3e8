/** Cases: submitting, following, and the acts that move them. */
import { type Answer, get, request } from './http'
import type {
  CaseEvent,
  CaseView,
  ExplainedClock,
  MyCase,
  Page,
  QueueEntry,
  QueueName,
  Receipt,
  Submission,
} from './types'

/** The commands of `POST /v1/cases/{no}/<command>`, with what each carries. */
export interface Commands {
  acceptance: Record<string, never>
  'correction-notice': { missing: { material_id?: string; text: string }[] }
  rejection: { kind: 'not_required' | 'not_competent'; reason: string; where_to?: string }
  review: { opinion: string; recommendation: 'grant' | 'refuse' }
  'sign-off':
    | { decision: 'grant'; opinion: string }
    | { decision: 'refuse'; reason: string; remedies: string }
    | { decision: 'send_back'; reason: string }
  delivery:
    | { step: 'print' }
    | { step: 'dispatch'; courier: string; tracking: string }
    | { step: 'deliver'; received_by: 'applicant' | 'agent' | 'courier'; mandate?: string }
  supplements: { materials: { material_id: string; document: string }[] }
  withdrawal: { reason: string }
  rating: { grade: number; comment?: string }
  objection: { text: string }
  'special-procedures': { kind: string; reason: string; notice?: string; expected_days?: number }
  extension: { value: number; reason: string }
}

export type Command = keyof Commands

const at = (no: string): string => `/v1/cases/${encodeURIComponent(no)}`

export async function submitCase(submission: Submission, key: string): Promise<Receipt> {
  return (await request<Receipt>('POST', '/v1/cases', { body: submission, key })).body
}

export function readCase(no: string): Promise<Answer<CaseView>> {
  return request<CaseView>('GET', at(no))
}

export async function readEvents(no: string): Promise<CaseEvent[]> {
  const events: CaseEvent[] = []
  let cursor: string | undefined
  do {
    const page = await get<Page<CaseEvent>>(`${at(no)}/events`, { cursor, limit: 100 })
    events.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return events
}

export async function explainClocks(no: string): Promise<ExplainedClock[]> {
  return (await get<{ clocks: ExplainedClock[] }>(`${at(no)}/deadline`)).clocks
}

export function command<C extends Command>(
  no: string,
  name: C,
  body: Commands[C],
  key: string,
  ifMatch: string | null,
): Promise<Answer<CaseView>> {
  return request<CaseView>('POST', `${at(no)}/${name}`, { body, key, ifMatch })
}

/** The result of a special procedure goes to the chief representative with the review. */
export function finishProcedure(
  no: string,
  procedure: string,
  body: { result: string; staff: string[] },
  key: string,
  ifMatch: string | null,
): Promise<Answer<CaseView>> {
  const path = `${at(no)}/special-procedures/${encodeURIComponent(procedure)}/result`
  return request<CaseView>('POST', path, { body, key, ifMatch })
}

export function readQueue(queue: QueueName, cursor?: string): Promise<Page<QueueEntry>> {
  return get<Page<QueueEntry>>(`/v1/queues/${queue}`, { cursor, limit: 50 })
}

export function myCases(cursor?: string): Promise<Page<MyCase>> {
  return get<Page<MyCase>>('/v1/me/cases', { cursor })
}
