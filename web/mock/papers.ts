/** What people keep and ask for beside their cases: drafts, materials to look at, corrections. */
import { instantOf } from './calendar'
import { type Cases, Refused } from './cases'
import { guideFor } from './catalogue'
import type { Person } from './people'
import type { Call, Route } from './server'

interface Correction {
  seq: number
  field: 'name'
  before: string
  value: string
  reason: string
  at: string
}

interface Draft {
  item_code: string
  item_name: string
  saved_at: string
  expires_at: string
  content: unknown
}

export interface Papers {
  routes: Route[]
  /** A name is no contact data: it waits for who has seen the document. */
  ask: (no: string, who: Person, value: string, reason: string) => void
}

const MONTH_MS = 30 * 86_400_000
const CLERKS = ['station_clerk', 'window_clerk']
const DEPARTMENT = ['acceptor', 'reviewer', 'chief_representative']

function signedIn(call: Call): Person {
  if (!call.who) throw new Refused(401, 'unauthenticated', '请先登录')
  return call.who
}

export function createPapers(cases: Cases, types: (sha256: string) => string): Papers {
  const drafts = new Map<string, Map<string, Draft>>()
  const corrections = new Map<string, Correction>()

  const of = (who: Person): Map<string, Draft> => {
    const found = drafts.get(who.account) ?? new Map<string, Draft>()
    drafts.set(who.account, found)
    return found
  }
  const listed = ({ content: _, ...rest }: Draft): Omit<Draft, 'content'> => rest

  function mayDecide(no: string, who: Person): boolean {
    const found = cases.find(no)
    const clerk =
      who.roles.some((role) => CLERKS.includes(role)) && who.point === found.origin.point
    const department = who.roles.some((role) => DEPARTMENT.includes(role))
    return clerk || (department && who.organisation === found.item.body)
  }

  function waiting(no: string, who: Person): Correction {
    if (!mayDecide(no, who)) throw new Refused(403, 'forbidden', '无权办理', '只能办理本单位的办件')
    const found = corrections.get(no)
    if (!found) throw new Refused(409, 'out-of-turn', '现在不能办理', '本件没有待审核的更正申请。')
    return found
  }

  function ask(no: string, who: Person, value: string, reason: string): void {
    const found = cases.find(no)
    const [before, at] = [found.applicant.name, instantOf(cases.now())]
    cases.note(found, who, 'case.data_correction_requested', '申请更正个人信息', '', cases.now(), {
      fields: ['name'],
    })
    corrections.set(no, { seq: found.version, field: 'name', before, value, reason, at })
  }

  const routes: Route[] = [
    [
      'GET',
      /^\/v1\/me\/drafts$/,
      (call) => {
        const own = [...of(signedIn(call)).values()].map(listed)
        own.sort((a, b) => b.saved_at.localeCompare(a.saved_at))
        return { body: { items: own, next_cursor: null } }
      },
    ],
    [
      'GET',
      /^\/v1\/me\/drafts\/([^/]+)$/,
      (call, code = '') => {
        const found = of(signedIn(call)).get(code)
        if (!found) throw new Refused(404, 'not-found', '没有找到', '没有这个事项的草稿。')
        return { body: found }
      },
    ],
    [
      'PUT',
      /^\/v1\/me\/drafts\/([^/]+)$/,
      (call, code = '') => {
        const item = guideFor(code)
        if (!item) throw new Refused(404, 'not-found', '没有找到', '没有这个事项。')
        const draft: Draft = {
          item_code: code,
          item_name: item.name,
          saved_at: instantOf(cases.now()),
          expires_at: instantOf(new Date(cases.now().getTime() + MONTH_MS)),
          content: call.body.content,
        }
        of(signedIn(call)).set(code, draft)
        return { body: listed(draft) }
      },
    ],
    [
      'DELETE',
      /^\/v1\/me\/drafts\/([^/]+)$/,
      (call, code = '') => {
        of(signedIn(call)).delete(code)
        return { body: { item_code: code } }
      },
    ],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/materials\/([0-9a-f]{64})$/,
      (call, no = '', sha256 = '') => {
        const who = signedIn(call)
        const found = cases.find(no)
        if (!cases.mayRead(found, who)) {
          throw new Refused(403, 'forbidden', '无权办理', '只能办理本单位的办件')
        }
        const material = found.materials.find((each) => each.sha256 === sha256)
        if (!material) throw new Refused(404, 'not-found', '没有找到', '本件没有这份材料。')
        const own = who.holder_id_number === found.holder
        if (!own && found.stage === 'closed') {
          throw new Refused(403, 'forbidden', '无权办理', '办件已经办结,请注明事由调阅卷宗。')
        }
        const url = `/mock-store/materials/${sha256}`
        const { size } = material
        return { body: { url, expires_in: 300, content_type: types(sha256), size: size ?? 0 } }
      },
    ],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/correction$/,
      (call, no = '') => {
        const { seq: _, ...shown } = waiting(no, signedIn(call))
        return { body: { case_no: no, ...shown } }
      },
    ],
    [
      'POST',
      /^\/v1\/cases\/([^/]+)\/correction\/decision$/,
      (call, no = '') => {
        const who = signedIn(call)
        const { seq, value } = waiting(no, who)
        const { correct, reason } = call.body as { correct: boolean; reason: string }
        const found = cases.find(no)
        if (!correct && !reason.trim()) {
          const errors = [{ pointer: '/reason', message: '请写明不予更正的理由。' }]
          throw new Refused(422, 'invalid-input', '填写内容有误', '', errors)
        }
        if (correct) found.applicant.name = value
        corrections.delete(no)
        const [type, title] = correct
          ? ['case.data_corrected', '个人信息已更正']
          : ['case.data_correction_refused', '不予更正个人信息']
        cases.note(found, who, type, title, correct ? '' : reason, cases.now(), { request: seq })
        return { body: { case_no: no, applied: correct, pending: false, version: found.version } }
      },
    ],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/access$/,
      (call, no = '') => {
        const who = signedIn(call)
        if (!cases.mayRead(cases.find(no), who)) {
          throw new Refused(403, 'forbidden', '无权办理', '只能查看本单位、本网点或本人的办件。')
        }
        const allowed = mayDecide(no, who)
        const items = [
          { act: 'case.sign', title: '签批', allowed: false, reason: '当前角色不能办理此操作' },
          { act: 'person.decide_correction', title: '审核信息更正', allowed, reason: '' },
        ]
        return { body: { items, next_cursor: null } }
      },
    ],
  ]
  return { routes, ask }
}
