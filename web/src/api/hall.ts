/** The hall: mandates, appointments, visits, consultations. */
import { get, request } from './http'
import type { Page, Person } from './types'

export interface PartyShown {
  id_type: string
  /** Masked for a person. */
  name: string
  id_number: string
  phone: string
}

export interface Mandate {
  id: string
  kind: 'family' | 'agent' | 'station'
  kind_name: string
  relation_name: string
  /** Item codes; none means every item. */
  items: string[]
  acts: string[]
  act_names: string[]
  first_day: string
  last_day: string
  standing: 'drafted' | 'coming' | 'in_force' | 'expired' | 'revoked'
  standing_name: string
  principal: PartyShown
  agent: PartyShown | null
  station: string | null
  station_name: string | null
  drafted_by: 'principal' | 'agent' | 'window'
  mine: 'principal' | 'agent' | null
}

export interface MandateRules {
  relations: { key: string; name: string }[]
  acts: { key: string; name: string }[]
  longest_days: Record<string, number>
}

export interface MandateDraft {
  kind: Mandate['kind']
  relation: string
  principal: Person
  agent?: Person
  station?: string
  items: string[]
  acts: string[]
  first_day: string
  last_day: string
  /** At a window: both are there, and the paper that both signed is uploaded. */
  both_present?: boolean
  paper?: string
}

export type Form = 'window' | 'home'

export interface Slot {
  start: string
  minutes: number
  capacity: number
  left: number
}

export interface Appointment {
  id: string
  state: 'booked' | 'kept' | 'cancelled' | 'missed'
  state_name: string
  point: string
  point_name: string
  point_address: string
  day: string
  start: string
  minutes: number
  form: Form
  item_code: string | null
}

export interface Visit {
  id: string
  state: 'waiting' | 'called' | 'serving' | 'ended' | 'absent' | 'lapsed' | 'refused'
  state_name: string
  point: string
  point_name: string
  day: string
  number: number
  arrived_at: string
  regime_name: string
  appointment: string | null
  item_code: string | null
  window: string | null
  case_no: string | null
  consultation: string | null
  answered: boolean
  grade: number | null
  objected: boolean
  /** For the visitor alone. */
  ahead: number | null
  rating_code: string | null
  /** For the clerk who has the visitor before him: a masked name. */
  visitor: string | null
  named: string | null
}

export interface Consultation {
  id: string
  state: 'open' | 'answered'
  desk_name: string
  organisation: string | null
  item_code: string | null
  asked_on: string
  due_on: string
  answered_at: string | null
  published: boolean
  raised: string[]
}

export interface ConsultationOpened extends Consultation {
  text: string | null
  answer: string | null
}

export interface PublishedAnswer {
  id: string
  question: string
  answer: string
  organisation_name: string
  published_at: string
}

async function post<T>(path: string, body: unknown, key: string): Promise<T> {
  return (await request<T>('POST', path, body === undefined ? { key } : { body, key })).body
}

const part = encodeURIComponent

// --- mandates --------------------------------------------------------------------------------------

export const mandateRules = (): Promise<MandateRules> => get('/v1/mandate-rules')

export const mandates = (side: 'given' | 'held', cursor?: string): Promise<Page<Mandate>> =>
  get('/v1/mandates', { side, cursor })

/** Those under which one may hand in an application for another today. */
export async function mandatesToApply(itemCode: string): Promise<Mandate[]> {
  const { items } = await get<Page<Mandate>>('/v1/mandates', { side: 'held', limit: 100 })
  return items.filter(
    (each) =>
      each.standing === 'in_force' &&
      each.acts.includes('submit') &&
      (each.items.length === 0 || each.items.includes(itemCode)),
  )
}

export const draftMandate = (draft: MandateDraft, key: string): Promise<Mandate> =>
  post('/v1/mandates', draft, key)

export const confirmMandate = (id: string, key: string): Promise<Mandate> =>
  post(`/v1/mandates/${part(id)}/confirmation`, undefined, key)

export const revokeMandate = (id: string, key: string): Promise<Mandate> =>
  post(`/v1/mandates/${part(id)}/revocation`, undefined, key)

// --- appointments ----------------------------------------------------------------------------------

export const slots = (point: string, day: string, form: Form): Promise<Page<Slot>> =>
  get('/v1/appointment-slots', { point, day, form })

export const appointments = (cursor?: string): Promise<Page<Appointment>> =>
  get('/v1/appointments', { cursor })

export const book = (
  asked: { point: string; day: string; start: string; form: Form; phone: string; address: string },
  key: string,
): Promise<Appointment> => post('/v1/appointments', asked, key)

export const cancelAppointment = (id: string, key: string): Promise<Appointment> =>
  post(`/v1/appointments/${part(id)}/cancellation`, undefined, key)

// --- visits ----------------------------------------------------------------------------------------

export const takeNumber = (
  asked: { point?: string; appointment?: string; on_behalf_of?: Omit<Person, 'phone'> },
  key: string,
): Promise<Visit> => post('/v1/visits', asked, key)

export const visits = (
  query: { state?: Visit['state']; cursor?: string } = {},
): Promise<Page<Visit>> => get('/v1/visits', query)

/** With the visitor's own words, for the visitor and for who watches. */
export interface VisitOpened extends Visit {
  comment: string | null
  objection: string | null
  refusal: string | null
}

export const visit = (id: string): Promise<VisitOpened> => get(`/v1/visits/${part(id)}`)

export const rateVisit = (id: string, rating: Rating, key: string): Promise<Visit> =>
  post(`/v1/visits/${part(id)}/rating`, rating, key)

export const objectToVisit = (id: string, text: string, key: string): Promise<Visit> =>
  post(`/v1/visits/${part(id)}/objection`, { text }, key)

export interface Rating {
  grade: number
  comment: string
}

/** By the code on a slip, without signing in. */
export const rateByCode = (code: string, rating: Rating, key: string): Promise<unknown> =>
  post('/v1/visit-ratings', { code, ...rating }, key)

export async function windowSession(): Promise<Visit | null> {
  return (await get<{ visit: Visit | null }>('/v1/window-session')).visit
}

export const callNext = (window: string, key: string): Promise<Visit> =>
  post('/v1/visit-calls', { window }, key)

/** What a clerk does with the visitor before him, with what each act carries. */
export interface VisitActs {
  service: { case_no?: string; consultation?: string; answer?: string }
  handover: { to: string; reason: string }
  refusal: { reason: string }
  end: undefined
  absence: undefined
}

export const actOnVisit = <A extends keyof VisitActs>(
  id: string,
  act: A,
  body: VisitActs[A],
  key: string,
): Promise<Visit> => post(`/v1/visits/${part(id)}/${act}`, body, key)

// --- consultations ---------------------------------------------------------------------------------

export const ask = (
  question: { text: string; item_code?: string; visit?: string },
  key: string,
): Promise<Consultation> => post('/v1/consultations', question, key)

export const consultations = (
  query: { box: 'own' | 'desk'; state?: Consultation['state']; cursor?: string } = { box: 'own' },
): Promise<Page<Consultation>> => get('/v1/consultations', query)

export const consultation = (id: string): Promise<ConsultationOpened> =>
  get(`/v1/consultations/${part(id)}`)

export const publishedAnswers = (cursor?: string): Promise<Page<PublishedAnswer>> =>
  get('/v1/consultation-answers', { cursor })

export const answerConsultation = (id: string, text: string, key: string): Promise<Consultation> =>
  post(`/v1/consultations/${part(id)}/answer`, { text }, key)

export const handConsultationOn = (
  id: string,
  asked: { organisation: string; reason: string },
  key: string,
): Promise<Consultation> => post(`/v1/consultations/${part(id)}/transfer`, asked, key)

export const publishConsultation = (
  id: string,
  words: { question: string; answer: string },
  key: string,
): Promise<Consultation> => post(`/v1/consultations/${part(id)}/publication`, words, key)
