/**
 * The shapes that travel between the pages and the API: one place to change when the contract does.
 *
 * Times are RFC 3339 with offset; dates are `YYYY-MM-DD` in Asia/Shanghai.
 */

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export type LimitUnit = 'working_day' | 'calendar_day' | 'month'

export interface Limit {
  value: number
  unit: LimitUnit
}

/** 事项 as a list shows it, read from the search index. */
export interface ItemSummary {
  code: string
  name: string
  domain: string
  bodyName: string
  /** 办件类型: 1 即办件, 2 承诺件, 9 其他 (GB/T 39046). */
  projectType: string
  promise: Limit
  /** Taken in by subdistrict and community points too. */
  sunk: boolean
  charged: boolean
}

export interface Sample {
  title: string
  lines: string[]
}

export interface Material {
  id: string
  name: string
  required: boolean
  form: string
  source: string
  legal_basis: string
  holder_role: string
  /** The 21-character type of the certificate that satisfies it, if one does. */
  certificate_type: string | null
  /** Materials of one group are any-of: one is enough. */
  alternative_group: string | null
  tolerable_missing: boolean
  sample: Sample | null
}

export interface FeeItem {
  name: string
  standard: string
  basis: string
  amount_fen: number | null
}

/** The guide of an item in force. */
export interface ItemGuide {
  code: string
  version: number
  name: string
  domain: string
  body: string
  body_name: string
  project_type: string
  promise: Limit
  statutory: Limit & { basis: string; origin_text: string }
  statutory_text: string
  conditions: string[]
  steps: string[]
  materials: Material[]
  result: { certificate_type: string; name: string; validity_months: number | null } | null
  fee: { charged: boolean; items: FeeItem[] }
  sunk: boolean
  service_objects: string[]
  handle_forms: string[]
  handle_area: string
  on_site_visits: number
  express_delivery: boolean
  /** What an application online asks of the login. */
  assurance: 'plain' | 'real-name'
  available_365: boolean
  agent_service: string
  note: string
  illustrative: boolean
  /** The eleven fields of clause 11, keyed by their Chinese names. */
  disclosure: Record<string, string>
}

export type IdType = '111' | '001'

export interface Person {
  /** 111 公民身份号码, 001 统一社会信用代码. */
  id_type: IdType
  id_number: string
  name: string
  phone: string
}

export type DeliveryChannel = 'origin_window' | 'window' | 'courier' | 'electronic'

export interface MaterialInput {
  material_id: string
  document?: string
  certificate?: string
}

/** A material that need not be handed in: the certificate of the store that stands in for it. */
export interface Offered {
  material_id: string
  material_name: string
  alternative_group: string | null
  /** What the application attaches. */
  certificate: string
  name: string
  /** The certificate's own number, masked. */
  number: string
  issuer_name: string
  issued_on: string
  valid_from: string
  valid_to: string | null
  grade: string
  grade_label: string
}

export interface Prefill {
  items: Offered[]
  /** The client's name is not the one on the certificates of that number. */
  name_differs: boolean
}

/** Citizens say who they are under `applicant`, staff for whom they act under `on_behalf_of`. */
export interface Submission {
  item_code: string
  applicant?: Person
  on_behalf_of?: Person
  /** Under which somebody applies for another, whom it knows. */
  mandate?: string
  phone?: string
  form: Record<string, string>
  materials: MaterialInput[]
  delivery: { channel: DeliveryChannel; address?: string }
}

export interface Receipt {
  case_no: string
  received_at: string
  item_name: string
  point: string | null
  documents: {
    material_id: string
    sha256: string | null
    size: number | null
    certificate: string | null
  }[]
  /** Ids of the materials that may come later. */
  owed: string[]
  clocks: ClockView[]
}

export interface UploadSlot {
  upload_id: string
  url: string
  method: string
  headers: Record<string, string>
  expires_at: string
}

export interface UploadedDocument {
  document: string
  sha256: string
  size: number
  content_type: string
  name: string
}

export interface ClockView {
  clock: string
  name: string
  started_on: string | null
  /** Null while an open procedure holds the clock up. */
  due_on: string | null
  ended_on: string | null
  state: string
  colour: string
  provisional: boolean
  /** Negative when overdue; null when the clock does not run. */
  remaining_working_days: number | null
}

export interface CaseMaterial {
  material_id: string
  name: string
  /** The uploaded file's own name. */
  file: string | null
  sha256: string | null
  size: number | null
  certificate: string | null
  /** What the certificate was when it was attached. */
  certificate_source?: {
    name: string
    issuer: string
    issued_on: string
    valid_to: string | null
    grade: string
  } | null
  source: string
}

export interface Holder {
  role: string
  role_name: string
  organisation?: string | null
  organisation_name?: string | null
  point?: string | null
  point_name?: string | null
  since: string
}

export interface CaseView {
  case_no: string
  version: number
  item: { code: string; name: string; version: number; body: string; body_name: string }
  stage: string
  stage_name: string
  outcome: string | null
  outcome_name: string | null
  received_at: string
  accepted_on: string | null
  decided_on: string | null
  closed_on: string | null
  applicant: { id_type: string; name: string; id_number: string; phone: string }
  origin: { point: string | null; name: string }
  /** Null when the case is closed. */
  holder_now: Holder | null
  colour: string
  clocks: ClockView[]
  materials: CaseMaterial[]
  /** Names of the materials that were tolerated as missing. */
  owed: string[]
  procedures: { id: string; kind: string; started_on: string; expected_on: string | null }[]
  recommendation: string | null
  certificate: { identifier: string; name: string } | null
  delivery: { channel: string; point: string | null }
  rated: number | null
  /** Who handed it in for the applicant; absent where he did so himself. */
  agent?: Agent | null
  /** Names of the acts that this caller may do now. */
  acts: string[]
}

/** Who acted for the applicant, under which mandate. */
export interface Agent {
  mandate: string
  name: string | null
  kind_name: string
  relation_name: string
}

export interface CaseEvent {
  seq: number
  type: string
  title: string
  at: string
  actor: {
    role: string
    role_name: string
    organisation_name?: string | null
    point_name?: string | null
  }
  agent?: Agent | null
  summary: string
  data: Record<string, unknown>
}

export interface ExplainedDay {
  date: string
  counted: boolean
  reason: string
  text: string
  number: number | null
  provisional: boolean
}

export interface ExplainedClock extends ClockView {
  days: ExplainedDay[]
}

export type QueueName = 'acceptance' | 'review' | 'special' | 'sign-off' | 'delivery'

export interface QueueEntry {
  case_no: string
  item_name: string
  /** Masked. */
  applicant: string
  due_on: string | null
  colour: string
  received_at: string
  origin_name: string
}

/** A case in a citizen's own list. */
export interface MyCase {
  case_no: string
  item_name: string
  stage: string
  stage_name: string
  colour: string
  received_at: string
  holder_now: Holder | null
}

export interface AlarmEntry {
  at: string
  act: string
  account: string
  organisation: string | null
  text: string
}

export interface Alarm {
  id: string
  case_no: string
  item_name: string
  organisation: string
  point: string
  clock: string
  level: string
  rule: string
  rule_name: string
  dimension: string
  raised_at: string
  reply_due_at: string | null
  state: string
  outcome: string | null
  escalation: number
  accountable: boolean
  facts: Record<string, unknown>
  history: AlarmEntry[]
}

/** A certificate without anything of its holder. */
export interface CertificateSummary {
  identifier: string
  type_code: string
  name: string
  issuer_name: string
  issued_on: string
  valid_from: string
  valid_to: string | null
  status: string
  status_label: string
  case_no: string | null
}

/** What a window prints for the case that it delivers. */
export interface CertificatePrint {
  summary: CertificateSummary
  items: { name: string; label: string; value: string }[]
  qr: string
}

/** The exchange format: GB/T 36903 metadata, and items that are shown or withheld. */
export interface CertificateFile {
  meta: Record<string, string>
  claims: Record<string, { value?: string }>
  /** For whom and why this copy was made, and the status then. */
  annotation?: { made_for: string; purpose: string; status: string }
}

export interface CertificateType {
  code: string
  name: string
  fields: { name: string; label: string; personal: boolean }[]
}

/** A code that shows a certificate once, within five minutes. */
export interface Presentation {
  code: string
  payload: string
  expires_at: string
  fields: string[]
}

export interface Verification {
  match: boolean
  status: string
  status_label: string
  name: string
  issuer_name: string
  valid_from: string
  valid_to: string | null
  /** What a holder's code shows; null for a plain comparison. */
  certificate: CertificateFile | null
}

/** One reading of a certificate, as its holder sees it. */
export interface ReadLine {
  at: string
  act: string
  outcome: string
  reader_name: string
  purpose: string
  case_no: string | null
  identifiers: string[]
  fields: string[]
  reason: string
}

export interface Account {
  account: string
  name: string
  roles: string[]
  organisation: string | null
  point: string | null
}

/** A body or a point on the wall: `name` is its key, `light` the gravest open alarm. */
export interface WallUnit {
  name: string
  open: number
  warning: number
  yellow: number
  red: number
  light: string
}

/** Where the district stands at this moment. */
export interface Wall {
  at: string
  open: number
  received_today: number
  closed_today: number
  /** Open alarms by level. */
  alarms: Record<string, number>
  /** This month's indicators by key. */
  month: Record<string, { numerator: number; denominator: number | null; rate: number | null }>
  bodies: WallUnit[]
  points: WallUnit[]
  /** The last hours, the present one last; `hour` is `2026-11-23T10`. */
  hours: { hour: string; received: number; closed: number }[]
  oldest: WallCase[]
  gravest: WallAlarm[]
}

export interface WallCase {
  case_no: string
  item_name: string
  received_at: string
  organisation: string
}

export interface WallAlarm {
  id: string
  case_no: string | null
  level: string
  rule: string
  rule_name: string
  organisation: string
  item_name: string
  raised_at: string
  state: string
}

/** 文书: a document that the law asks for, in the list of its case. */
export interface DocumentRow {
  number: string
  kind: string
  title: string
  on: string
  seq: number
  addressee: string
}

export interface CaseDocument extends DocumentRow {
  organisation: string
  paragraphs: string[]
  seal_note: string
}

export interface DossierEntry {
  name: string
  kind: string
  title: string
  at: string
  size: number
  sha256: string
}

/** 卷宗: everything of a case in order, each hashed over the one before. */
export interface Dossier {
  case_no: string
  final: boolean
  entries: DossierEntry[]
  head: string
}

/** One act on a case, and why the caller may or may not do it. */
export interface ActReason {
  act: string
  title: string
  allowed: boolean
  reason: string
}
