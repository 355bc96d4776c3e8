/** Cases in memory: submitted, moved through their stages, read back in the API's shapes. */
import type {
  CaseEvent,
  CaseMaterial,
  CaseView,
  ClockView,
  ExplainedClock,
  ItemGuide,
  MyCase,
  Person as Applicant,
  QueueEntry,
  Receipt,
  Submission,
} from '../src/api/types'
import { ROLES, STAGES } from '../src/domain/words'
import { validCitizenNumber, validCreditCode } from '../src/domain/identity'
import { blocking, missing } from '../src/domain/materials'
import { count, dayOf, instantOf, isProvisional, workingDaysBetween } from './calendar'
import { guideFor, usccOf } from './catalogue'
import { sourceOf } from './holdings'
import { type Person, placeName } from './people'

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly slug: string,
    readonly title: string,
    detail = '',
    readonly errors: { pointer: string; message: string }[] = [],
  ) {
    super(detail || title)
  }
}

export interface Document {
  document: string
  name: string
  size: number
  sha256: string
  content_type: string
}

interface Case {
  no: string
  item: ItemGuide
  stage: string
  version: number
  applicant: Applicant
  holder: string
  origin: { point: string | null; name: string }
  received: Date
  accepted?: Date
  decided?: Date
  closed?: Date
  since: Date
  materials: CaseMaterial[]
  delivery: { channel: string; address?: string }
  acceptor?: string
  reviewer?: string
  outcome?: string
  noticed: boolean
  certificate?: { identifier: string; name: string }
  rated: boolean
  events: CaseEvent[]
}

const OUTCOMES: Record<string, string> = {
  granted: '准予',
  refused: '不予',
  not_required: '不受理(无需办理)',
  not_competent: '不予受理(不属本机关职权)',
  withdrawn: '申请人撤回',
}

const ACT_OF: Record<string, string> = {
  acceptance: 'case.accept',
  'correction-notice': 'case.notify_correction',
  rejection: 'case.reject',
  review: 'case.review',
  'sign-off': 'case.sign',
  delivery: 'case.deliver',
  supplements: 'case.supplement',
  withdrawal: 'case.withdraw',
  rating: 'case.rate',
  objection: 'case.object',
}

const DEPARTMENT = ['acceptor', 'reviewer', 'chief_representative']

const maskName = (name: string): string =>
  name.slice(0, 1) + '*'.repeat(Math.max(1, name.length - 1))
const maskNumber = (number: string): string => `${number.slice(0, 6)}********${number.slice(-4)}`
const maskPhone = (phone: string): string => `${phone.slice(0, 3)}****${phone.slice(-4)}`

export class Cases {
  private readonly cases = new Map<string, Case>()
  private serial = 0

  constructor(
    private readonly documents: Map<string, Document>,
    readonly now: () => Date = () => new Date(),
  ) {}

  all(): Case[] {
    return [...this.cases.values()]
  }

  find(no: string): Case {
    const found = this.cases.get(no)
    if (!found) throw new Refused(404, 'not-found', '没有找到', '没有这个编号的办件。')
    return found
  }

  submit(submission: Submission, who: Person, at: Date = this.now()): Receipt {
    const item = guideFor(submission.item_code)
    if (!item) throw new Refused(404, 'not-found', '没有找到', '没有这个事项。')
    const byStaff = !who.roles.includes('citizen')
    const person = byStaff ? submission.on_behalf_of : submission.applicant
    if (!person) throw new Refused(422, 'invalid-input', '填写内容有误', '请填写申请人信息。')
    this.check(submission, item, person, byStaff)
    const given = new Set(submission.materials.map((material) => material.material_id))
    const documents = submission.materials.map((given) => ({
      id: given.material_id,
      document: this.documents.get(given.document ?? ''),
      certificate: given.certificate ?? null,
    }))
    this.serial += 1
    const made: Case = {
      no: `410102${dayOf(at).replaceAll('-', '')}${String(this.serial).padStart(5, '0')}K`,
      item,
      stage: 'acceptance',
      version: 0,
      applicant: { ...person },
      holder: person.id_number,
      origin: byStaff
        ? { point: who.point, name: placeName(who.point) ?? '' }
        : { point: null, name: '网上申请' },
      received: at,
      since: at,
      materials: documents.map(({ id, document, certificate }) => ({
        material_id: id,
        name: item.materials.find((each) => each.id === id)?.name ?? id,
        file: document?.name ?? null,
        sha256: document?.sha256 ?? null,
        size: document?.size ?? null,
        certificate,
        certificate_source: sourceOf(certificate),
        source: certificate ? 'certificate' : 'upload',
      })),
      delivery: submission.delivery,
      noticed: false,
      rated: false,
      events: [],
    }
    this.cases.set(made.no, made)
    this.note(
      made,
      who,
      'case.received',
      '收到申请',
      `${made.origin.name}收件,${documents.length}份材料`,
      at,
    )
    return {
      case_no: made.no,
      received_at: instantOf(at),
      item_name: item.name,
      point: who.point,
      documents: documents.map(({ id, document, certificate }) => ({
        material_id: id,
        sha256: document?.sha256 ?? null,
        size: document?.size ?? null,
        certificate,
      })),
      owed: missing(item.materials, given).map((each) => each.id),
      clocks: this.clocks(made),
    }
  }

  private check(
    submission: Submission,
    item: ItemGuide,
    person: Applicant,
    byStaff: boolean,
  ): void {
    const root = byStaff ? '/on_behalf_of' : '/applicant'
    const errors: { pointer: string; message: string }[] = []
    if (!person.name.trim())
      errors.push({ pointer: `${root}/name`, message: '请填写申请人姓名或名称。' })
    const valid = person.id_type === '111' ? validCitizenNumber : validCreditCode
    if (!valid(person.id_number)) {
      errors.push({
        pointer: `${root}/id_number`,
        message: '身份证号码不正确,请对照证件核对 18 位号码。',
      })
    }
    const given = new Set(submission.materials.map((material) => material.material_id))
    for (const material of blocking(item.materials, given)) {
      errors.push({ pointer: `/materials/${material.id}`, message: `缺少材料:${material.name}。` })
    }
    if (submission.delivery.channel === 'origin_window' && !byStaff) {
      errors.push({
        pointer: '/delivery/channel',
        message: '网上申请请选择窗口领取、快递或电子送达。',
      })
    }
    if (errors.length > 0) {
      throw new Refused(
        422,
        'invalid-input',
        '填写内容有误',
        '申请内容不完整或有误,请一次改好后再提交。',
        errors,
      )
    }
  }

  act(
    no: string,
    command: string,
    body: Record<string, unknown>,
    who: Person,
    ifMatch?: string,
  ): Case {
    const found = this.find(no)
    if (ifMatch && ifMatch !== this.etag(found)) {
      throw new Refused(412, 'stale-version', '内容已被他人更新,请刷新后重试')
    }
    if (!this.acts(found, who).includes(ACT_OF[command] ?? '')) {
      throw new Refused(
        403,
        'forbidden',
        '无权办理',
        `办件现在${STAGES[found.stage]},您不能办理此操作。`,
      )
    }
    const words = (name: string, what: string): string => {
      const value = body[name]
      if (typeof value === 'string' && value.trim()) return value
      throw new Refused(422, 'invalid-input', '填写内容有误', '', [
        { pointer: `/${name}`, message: `请填写${what}。` },
      ])
    }
    const at = this.now()
    switch (command) {
      case 'acceptance':
        Object.assign(found, { stage: 'review', accepted: at, acceptor: who.account })
        this.note(found, who, 'case.accepted', '已受理', '材料齐全,符合法定形式', at)
        break
      case 'correction-notice':
        Object.assign(found, { stage: 'correction', noticed: true })
        this.note(found, who, 'case.correction_requested', '一次性补正告知', '', at, {
          missing: body.missing,
        })
        break
      case 'supplements':
        found.stage = 'acceptance'
        this.note(found, who, 'case.supplemented', '已补交材料', '申请人补交了告知书列明的材料', at)
        break
      case 'rejection':
        words('reason', '不受理的理由')
        Object.assign(found, { stage: 'closed', closed: at, outcome: body.kind })
        this.note(found, who, 'case.rejected', '不受理', String(body.reason), at, body)
        break
      case 'review':
        words('opinion', '审查意见')
        Object.assign(found, { stage: 'sign_off', reviewer: who.account })
        this.note(found, who, 'case.reviewed', '审查', '', at, body)
        break
      case 'sign-off':
        this.sign(found, body, who, at)
        break
      case 'delivery':
        if (body.step === 'print') {
          this.note(found, who, 'case.printed', '打印结果', '', at)
          break
        }
        Object.assign(found, { stage: 'closed', closed: at })
        this.note(found, who, 'case.delivered', '已送达,办结', '结果已交到申请人手中', at)
        break
      case 'withdrawal':
        Object.assign(found, { stage: 'closed', closed: at, outcome: 'withdrawn' })
        this.note(found, who, 'case.withdrawn', '申请人撤回', '', at)
        break
      case 'objection':
        this.note(found, who, 'case.objected', '提出异议', '', at)
        break
      case 'rating':
        found.rated = true
        this.note(found, who, 'case.rated', '已评价', '', at, { grade: body.grade })
        break
      default:
        throw new Refused(404, 'not-found', '没有找到')
    }
    return found
  }

  private sign(found: Case, body: Record<string, unknown>, who: Person, at: Date): void {
    const granted = body.decision === 'grant'
    if (!granted && !String(body.reason ?? '').trim()) {
      throw new Refused(422, 'invalid-input', '填写内容有误', '', [
        { pointer: '/reason', message: '请填写不予的理由。' },
      ])
    }
    if (body.decision === 'send_back') {
      found.stage = 'review'
      this.note(found, who, 'case.sent_back', '退回复审', String(body.reason), at, body)
      return
    }
    found.decided = at
    found.outcome = granted ? 'granted' : 'refused'
    this.note(
      found,
      who,
      `case.${found.outcome}`,
      granted ? '签批:准予' : '签批:不予',
      '',
      at,
      body,
    )
    if (granted) {
      const issuer = usccOf(found.item.body)
      const name = found.item.result?.name ?? found.item.name
      found.certificate = {
        identifier: `1.2.156.3005.2.${found.item.result?.certificate_type ?? ''}.${issuer}.${found.no.slice(-9)}.001.7`,
        name,
      }
      this.note(found, null, 'case.certificate_stored', '证照已生成入库', name, at)
    }
    found.stage = 'delivery'
    if (found.delivery.channel === 'electronic') {
      Object.assign(found, { stage: 'closed', closed: at })
      this.note(found, null, 'case.delivered', '已电子送达,办结', '', at)
    }
  }

  note(
    found: Case,
    who: Person | null,
    type: string,
    title: string,
    summary: string,
    at: Date,
    data: Record<string, unknown> = {},
  ): void {
    found.version += 1
    found.since = at
    const role = who?.roles[0] ?? 'system'
    found.events.push({
      seq: found.version,
      type,
      title,
      at: instantOf(at),
      actor: {
        role,
        role_name: ROLES[role] ?? role,
        organisation_name: placeName(who?.organisation ?? null),
        point_name: placeName(who?.point ?? null),
      },
      summary,
      data,
    })
  }

  acts(found: Case, who: Person): string[] {
    const has = (role: string): boolean => who.roles.includes(role)
    const own = found.holder === who.holder_id_number
    const ours = who.organisation === found.item.body
    const here = who.point !== null && who.point === found.origin.point
    const clerk = has('window_clerk') || has('station_clerk')
    const acts: string[] = []
    const before = ['acceptance', 'correction', 'review', 'sign_off'].includes(found.stage)
    if (
      found.stage === 'acceptance' &&
      ((has('acceptor') && ours) || (has('window_clerk') && !found.item.sunk))
    ) {
      acts.push('case.accept', 'case.reject')
      if (!found.noticed) acts.push('case.notify_correction')
    }
    if (found.stage === 'review' && has('reviewer') && ours) acts.push('case.review')
    if (found.stage === 'sign_off' && has('chief_representative') && ours) acts.push('case.sign')
    if (found.stage === 'delivery' && clerk && (here || found.origin.point === null))
      acts.push('case.deliver')
    if (found.stage === 'correction' && (own || (clerk && here))) acts.push('case.supplement')
    if (own && before) acts.push('case.withdraw')
    if (own && found.stage === 'closed') acts.push('case.rate', 'case.object')
    return acts
  }

  mayRead(found: Case, who: Person): boolean {
    if (who.roles.includes('citizen')) return found.holder === who.holder_id_number
    const point =
      who.point === found.origin.point || (who.roles.includes('window_clerk') && !found.item.sunk)
    return (
      point ||
      (who.roles.some((role) => DEPARTMENT.includes(role)) &&
        who.organisation === found.item.body) ||
      who.roles.some((role) => ['supervisor', 'office'].includes(role))
    )
  }

  etag(found: Case): string {
    return `"${found.version}"`
  }

  private limits(
    found: Case,
  ): { clock: string; name: string; start: string; value: number; unit: string }[] {
    const { item } = found
    const received = dayOf(found.received)
    const limits = [
      { clock: 'acceptance', name: '受理时限', start: received, value: 5, unit: 'working_day' },
    ]
    const start = item.sunk ? received : found.accepted && dayOf(found.accepted)
    if (start) limits.push({ clock: 'promise', name: '承诺时限', start, ...item.promise })
    if (found.accepted) {
      const { value, unit } = item.statutory
      limits.push({
        clock: 'statutory',
        name: '法定时限',
        start: dayOf(found.accepted),
        value,
        unit,
      })
    }
    if (found.decided) {
      limits.push({
        clock: 'delivery',
        name: '送达时限',
        start: dayOf(found.decided),
        value: 10,
        unit: 'working_day',
      })
    }
    return limits
  }

  explain(found: Case): ExplainedClock[] {
    const today = dayOf(this.now())
    const ended: Record<string, Date | undefined> = {
      acceptance: found.accepted,
      promise: found.decided,
      statutory: found.decided,
      delivery: found.closed,
    }
    return this.limits(found).map(({ clock, name, start, value, unit }) => {
      const days = count(start, value, unit)
      const due = days[days.length - 1]?.date ?? start
      const end = ended[clock] ?? found.closed
      const left = end ? null : workingDaysBetween(today, due)
      return {
        clock,
        name,
        started_on: start,
        due_on: due,
        ended_on: end ? dayOf(end) : null,
        state: end ? 'ended' : 'running',
        colour: left === null || left > 1 ? 'green' : left < 0 ? 'yellow' : 'warning',
        provisional: isProvisional(due),
        remaining_working_days: left,
        days: days.map((day) => ({ ...day, provisional: isProvisional(day.date) })),
      }
    })
  }

  clocks(found: Case): ClockView[] {
    return this.explain(found).map(({ days: _, ...clock }) => clock)
  }

  colour(found: Case): string {
    if (found.stage === 'closed') return 'green'
    const left = this.clocks(found)
      .filter((clock) => clock.state === 'running')
      .map((clock) => [clock.clock, clock.remaining_working_days ?? 0] as const)
    if (left.some(([clock, days]) => clock === 'statutory' && days < 0)) return 'red'
    if (left.some(([, days]) => days < 0)) return 'yellow'
    return left.some(([, days]) => days <= 1) ? 'warning' : 'green'
  }

  private holderNow(found: Case): CaseView['holder_now'] {
    const since = instantOf(found.since)
    const body = { organisation: found.item.body, organisation_name: found.item.body_name, since }
    switch (found.stage) {
      case 'closed':
        return null
      case 'correction':
        return { role: 'citizen', role_name: '申请人', since }
      case 'review':
        return { ...body, role: 'reviewer', role_name: '审查人' }
      case 'sign_off':
        return { ...body, role: 'chief_representative', role_name: '首席代表' }
      case 'delivery': {
        const point = found.origin.point ?? 'centre'
        return {
          point,
          point_name: placeName(point),
          role: 'window_clerk',
          role_name: '综合窗口',
          since,
        }
      }
      default:
        return { ...body, role: 'acceptor', role_name: '受理人' }
    }
  }

  view(found: Case, who: Person): CaseView {
    const day = (at?: Date): string | null => (at ? dayOf(at) : null)
    const { item, applicant } = found
    const own = who.holder_id_number === found.holder
    return {
      case_no: found.no,
      version: found.version,
      item: {
        code: item.code,
        name: item.name,
        version: item.version,
        body: item.body,
        body_name: item.body_name,
      },
      stage: found.stage,
      stage_name: this.stageName(found),
      outcome: found.outcome ?? null,
      outcome_name: found.outcome ? (OUTCOMES[found.outcome] ?? null) : null,
      received_at: instantOf(found.received),
      accepted_on: day(found.accepted),
      decided_on: day(found.decided),
      closed_on: day(found.closed),
      applicant: {
        id_type: applicant.id_type,
        name: own ? applicant.name : maskName(applicant.name),
        id_number: maskNumber(applicant.id_number),
        phone: applicant.phone ? maskPhone(applicant.phone) : '',
      },
      origin: found.origin,
      holder_now: this.holderNow(found),
      colour: this.colour(found),
      clocks: this.clocks(found),
      materials: found.materials,
      owed: [],
      procedures: [],
      recommendation: null,
      certificate: found.certificate ?? null,
      delivery: { channel: found.delivery.channel, point: found.origin.point },
      rated: found.rated ? 1 : null,
      acts: this.acts(found, who),
    }
  }

  stageName(found: Case): string {
    const name = STAGES[found.stage] ?? found.stage
    return found.outcome && found.stage === 'closed' ? `${name}(${OUTCOMES[found.outcome]})` : name
  }

  mine(who: Person): MyCase[] {
    return this.all()
      .filter((each) => this.mayRead(each, who))
      .reverse()
      .map((each) => ({
        case_no: each.no,
        item_name: each.item.name,
        stage: each.stage,
        stage_name: this.stageName(each),
        received_at: instantOf(each.received),
        colour: this.colour(each),
        holder_now: this.holderNow(each),
      }))
  }

  queue(name: string, who: Person): QueueEntry[] {
    const stage = name === 'sign-off' ? 'sign_off' : name
    const entries = this.all().filter(
      (each) => each.stage === stage && this.mayRead(each, who) && this.waitsFor(each, stage, who),
    )
    return entries
      .map((each) => this.entry(each))
      .sort((a, b) => (a.due_on ?? '').localeCompare(b.due_on ?? ''))
  }

  private waitsFor(found: Case, stage: string, who: Person): boolean {
    return stage === 'delivery' || who.organisation === found.item.body || !found.item.sunk
  }

  entry(found: Case): QueueEntry {
    const running = this.clocks(found).filter((clock) => clock.state === 'running')
    return {
      case_no: found.no,
      item_name: found.item.name,
      applicant: maskName(found.applicant.name),
      due_on: running.flatMap((clock) => clock.due_on ?? []).sort()[0] ?? null,
      colour: this.colour(found),
      received_at: instantOf(found.received),
      origin_name: found.origin.name,
    }
  }
}

export type { Case }
