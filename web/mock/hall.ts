/** The hall in memory: mandates, appointments, visits and consultations, as the pages see them. */
import { randomUUID } from 'node:crypto'
import { dayOf, instantOf, shift } from './calendar'
import { Refused } from './cases'
import { PEOPLE, type Person, placeName } from './people'
import type { Call, Reply, Route } from './server'

type Json = Record<string, unknown>
interface Party {
  id_type: string
  id_number: string
  name: string
  phone?: string
}

const RELATIONS = [
  { key: 'child', name: '子女' },
  { key: 'parent', name: '父母' },
  { key: 'spouse', name: '配偶' },
]
const ACTS = [
  { key: 'submit', name: '提交申请' },
  { key: 'supplement', name: '补正材料' },
  { key: 'withdraw', name: '撤回申请' },
  { key: 'collect', name: '领取结果' },
  { key: 'read', name: '查看进度' },
]
const KINDS: Record<string, string> = {
  family: '亲属代办',
  agent: '委托代办',
  station: '网点免费代办',
}
const STANDINGS: Record<string, string> = {
  drafted: '待本人确认',
  in_force: '有效',
  revoked: '已撤销',
}
const VISIT_STATES: Record<string, string> = {
  waiting: '等候中',
  called: '已叫号',
  serving: '办理中',
  ended: '已结束',
  absent: '过号',
  lapsed: '当日未办',
  refused: '被拒绝接待',
}

const page = (items: unknown[]): Reply => ({ body: { items, next_cursor: null } })
const refuse = (status: number, title: string, words: string, at?: string): never => {
  throw new Refused(
    status,
    'refused',
    title,
    words,
    at ? [{ pointer: at, message: words }] : undefined,
  )
}
const need = (call: Call): Person => call.who ?? refuse(401, '请先登录', '请先登录')
const citizen = (who: Person): boolean => who.roles.includes('citizen')
const masked = (name: string): string =>
  name.length < 3
    ? `${name[0]}*`
    : `${name[0]}${'*'.repeat(name.length - 2)}${name[name.length - 1]}`
const shown = (party: Party): Json => ({
  id_type: party.id_type,
  name: masked(party.name),
  id_number: `${party.id_number.slice(0, 6)}********${party.id_number.slice(-4)}`,
  phone: '',
})

interface Mandate {
  id: string
  kind: string
  relation: string
  acts: string[]
  items: string[]
  first_day: string
  last_day: string
  standing: string
  principal: Party
  agent: Party | null
  station: string | null
  drafted_by: string
}
interface Visit {
  id: string
  state: string
  point: string
  number: number
  holder: string
  name: string
  at: string
  appointment: string | null
  window: string | null
  server: string | null
  case_no: string | null
  consultation: string | null
  answered: boolean
  grade: number | null
  comment: string | null
  objection: string | null
}

/** What a visitor had against his visit: a case of redress is opened for each. */
export interface VisitComplaint {
  visit: string
  point: string
  holder: string
  kind: 'rating' | 'objection'
  grade: number | null
}

export interface Hall {
  routes: Route[]
  complaints: () => VisitComplaint[]
  /** Whom a mandate lets this person apply for. */
  applicant: (mandate: string, who: Person) => Party | null
  /** Whom a mandate in force is for; null without one. */
  principalOf: (mandate: string) => Party | null
  agentOf: (mandate: string) => Json
}

export function createHall(): Hall {
  const mandates: Mandate[] = []
  const bookings: (Json & { id: string; person: string; state: string; slot: string })[] = []
  const visits: Visit[] = []
  const questions: (Json & { id: string; person: string; desk: string; state: string })[] = []
  const answers: Json[] = [
    {
      id: 'a1',
      question: '居住证可以让家人代领吗?',
      answer: '可以。代办人凭有效的委托和本人身份证到窗口领取。',
      organisation_name: placeName('ga'),
      published_at: instantOf(new Date()),
    },
  ]

  const mandateView = (each: Mandate, who: Person): Json => ({
    ...each,
    kind_name: KINDS[each.kind],
    relation_name: RELATIONS.find(({ key }) => key === each.relation)?.name ?? '',
    act_names: ACTS.filter(({ key }) => each.acts.includes(key)).map(({ name }) => name),
    standing_name: STANDINGS[each.standing],
    principal: shown(each.principal),
    agent: each.agent ? shown(each.agent) : null,
    station_name: each.station ? placeName(each.station) : null,
    mine:
      each.principal.id_number === who.holder_id_number
        ? 'principal'
        : each.agent?.id_number === who.holder_id_number
          ? 'agent'
          : null,
  })

  const mandateOf = (id: string | undefined): Mandate =>
    mandates.find((each) => each.id === id) ?? refuse(404, '没有找到', '没有这份委托')

  function draft(call: Call): Reply {
    const who = need(call)
    const asked = call.body as unknown as Mandate & { paper?: string; both_present?: boolean }
    const number = asked.agent?.id_number
    if (asked.kind === 'family' && !asked.relation) {
      refuse(422, '填写内容有误', '请选择代办人与您的亲属关系。', '/relation')
    }
    if (number !== undefined && !PEOPLE.some((each) => each.holder_id_number === number)) {
      refuse(422, '填写内容有误', '身份证号码不正确,请对照证件核对 18 位号码。', '/agent/id_number')
    }
    if (!citizen(who) && !asked.both_present) {
      refuse(422, '填写内容有误', '窗口登记委托须双方到场,并核对证件。', '/both_present')
    }
    const mine = asked.principal.id_number === who.holder_id_number
    const made: Mandate = {
      id: randomUUID().replaceAll('-', '').slice(0, 20),
      kind: asked.kind,
      relation: asked.relation,
      acts: asked.acts,
      items: asked.items,
      first_day: asked.first_day,
      last_day: asked.last_day,
      standing: citizen(who) ? 'drafted' : 'in_force',
      principal: asked.principal,
      agent: asked.agent ?? null,
      station: asked.station ?? null,
      drafted_by: citizen(who) ? (mine ? 'principal' : 'agent') : 'window',
    }
    mandates.unshift(made)
    return { status: 201, body: mandateView(made, who) }
  }

  function move(call: Call, id: string | undefined, standing: string): Reply {
    const [who, found] = [need(call), mandateOf(id)]
    if (standing === 'in_force' && found.principal.id_number !== who.holder_id_number) {
      refuse(403, '无权办理', '只能办理本人的事项')
    }
    found.standing = standing
    return { body: mandateView(found, who) }
  }

  // --- visits ---------------------------------------------------------------------------------------

  const visitView = (each: Visit, who: Person): Json => ({
    ...each,
    holder: undefined,
    name: undefined,
    state_name: VISIT_STATES[each.state],
    point_name: placeName(each.point),
    day: each.at.slice(0, 10),
    arrived_at: each.at,
    regime_name: '正常时段',
    item_code: null,
    objected: each.objection !== null,
    named: null,
    ahead: visits.filter(
      (other) =>
        other.point === each.point && other.state === 'waiting' && other.number < each.number,
    ).length,
    rating_code: `slip.${each.id}`,
    visitor:
      each.server === who.account && !over(each)
        ? each.name
          ? masked(each.name)
          : '未登记姓名'
        : null,
  })
  const over = (each: Visit): boolean =>
    ['ended', 'absent', 'lapsed', 'refused'].includes(each.state)
  const visitOf = (id: string | undefined): Visit =>
    visits.find((each) => each.id === id) ?? refuse(404, '没有找到', '没有这次来访')
  const before = (who: Person): Visit | undefined =>
    visits.find((each) => each.server === who.account && !over(each))

  function arrive(call: Call): Reply {
    const who = need(call)
    const point = String(call.body.point ?? who.point)
    const booked = bookings.find(({ id }) => id === call.body.appointment)
    if (booked) booked.state = 'kept'
    const number = visits.filter((each) => each.point === point).length + 1
    const made: Visit = {
      id: `${point}-${dayOf(new Date()).replaceAll('-', '')}-${String(number).padStart(4, '0')}`,
      state: 'waiting',
      point,
      number,
      holder: citizen(who) ? (who.holder_id_number ?? '') : '',
      name: citizen(who) ? who.name : '',
      at: instantOf(new Date()),
      appointment: booked?.id ?? null,
      window: null,
      server: null,
      case_no: null,
      consultation: null,
      answered: false,
      grade: null,
      comment: null,
      objection: null,
    }
    visits.push(made)
    return { status: 201, body: visitView(made, who) }
  }

  function callNext(call: Call): Reply {
    const who = need(call)
    if (before(who)) refuse(409, '当前环节不能办理此操作', '请先结束正在接待的来访。')
    const next = visits.find((each) => each.point === who.point && each.state === 'waiting')
    if (!next) return refuse(404, '没有找到', '现在没有人在等候。')
    Object.assign(next, { state: 'called', window: call.body.window, server: who.account })
    return { body: visitView(next, who) }
  }

  function actOn(call: Call, id: string | undefined, act: string | undefined): Reply {
    const [who, found] = [need(call), visitOf(id)]
    if (act === 'service') {
      found.state = 'serving'
      if (call.body.answer) found.answered = true
      if (call.body.case_no) found.case_no = String(call.body.case_no)
      if (call.body.consultation) found.consultation = String(call.body.consultation)
    } else if (act === 'rating') {
      found.grade = Number(call.body.grade)
      found.comment = String(call.body.comment ?? '') || null
    } else if (act === 'objection') {
      found.objection = String(call.body.text)
    } else if (act === 'handover') {
      Object.assign(found, { state: 'waiting', server: null, window: null })
    } else {
      if (act === 'end' && !(found.answered || found.case_no || found.consultation)) {
        refuse(
          409,
          '当前环节不能办理此操作',
          '首问负责:请先登记办件、咨询或答复内容,或者转交给指定的同事,再结束接待。',
        )
      }
      const ends: Record<string, string> = { end: 'ended', absence: 'absent', refusal: 'refused' }
      found.state = ends[act ?? ''] ?? found.state
    }
    return { body: visitView(found, who) }
  }

  // --- consultations --------------------------------------------------------------------------------

  function askOf(call: Call): Reply {
    const who = need(call)
    const today = new Date()
    const made = {
      id: randomUUID(),
      person: citizen(who) ? who.account : '',
      desk: 'centre',
      state: 'open',
      text: call.body.text,
      answer: null,
      organisation: null,
      desk_name: placeName('centre'),
      item_code: null,
      asked_on: dayOf(today),
      due_on: shift(dayOf(today), 3),
      answered_at: null,
      published: false,
      raised: [],
    }
    questions.unshift(made)
    return { status: 201, body: made }
  }

  function listed(call: Call): Reply {
    const who = need(call)
    if (call.query.get('box') !== 'desk') {
      return page(questions.filter((each) => each.person === who.account))
    }
    const state = call.query.get('state') ?? 'open'
    return page(questions.filter((each) => each.desk === (who.point ?? '') && each.state === state))
  }

  const questionOf = (id: string | undefined): Json & { state: string } =>
    questions.find((each) => each.id === id) ?? refuse(404, '没有找到', '没有这个咨询')

  function answered(call: Call, id: string | undefined, act: string | undefined): Reply {
    const found = questionOf(id)
    if (act === 'answer') {
      Object.assign(found, {
        state: 'answered',
        answer: call.body.text,
        answered_at: instantOf(new Date()),
      })
    }
    if (act === 'publication') {
      if (/1[3-9]\d{9}/.test(String(call.body.question) + String(call.body.answer))) {
        refuse(422, '填写内容有误', '公开的内容不能含有手机号码、身份证号码。', '/question')
      }
      found.published = true
      const { question, answer } = call.body
      const published_at = instantOf(new Date())
      answers.unshift({
        id,
        question,
        answer,
        organisation_name: placeName('centre'),
        published_at,
      })
    }
    return { body: found }
  }

  const slotsOf = (call: Call): Reply => {
    const [point, day, form] = ['point', 'day', 'form'].map((name) => call.query.get(name))
    const starts = ['09:00', '09:30', '10:00', '10:30', '11:00', '14:00', '14:30', '15:00']
    return page(
      starts.map((start) => {
        const slot = `${point}|${day}|${form}|${start}`
        const taken = bookings.filter((each) => each.slot === slot && each.state === 'booked')
        const left = start === '09:30' ? 0 : 2 - taken.length
        return { start, minutes: 30, capacity: 2, left }
      }),
    )
  }

  function book(call: Call): Reply {
    const who = need(call)
    const { point, day, start, form } = call.body as Record<string, string>
    const taken = bookings.some(
      (each) =>
        each.person === who.account &&
        each.day === day &&
        each.start === start &&
        each.state === 'booked',
    )
    if (taken) refuse(409, '内容冲突', '您在这个时间已有预约,同一时间只能有一个预约。')
    const made = {
      id: randomUUID(),
      person: who.account,
      slot: `${point}|${day}|${form}|${start}`,
      state: 'booked',
      state_name: '已预约',
      point,
      point_name: placeName(point ?? ''),
      point_address: '郑州市中原区示例大道1号',
      day,
      start,
      minutes: 30,
      form,
      item_code: null,
      visit: null,
    }
    bookings.unshift(made)
    return { status: 201, body: made }
  }

  function cancel(call: Call, id: string | undefined): Reply {
    need(call)
    const found = bookings.find((each) => each.id === id) ?? refuse(404, '没有找到', '没有这个预约')
    return { body: Object.assign(found, { state: 'cancelled', state_name: '已取消' }) }
  }

  const routes: Route[] = [
    [
      'GET',
      /^\/v1\/mandate-rules$/,
      () => ({
        body: {
          relations: RELATIONS,
          acts: ACTS,
          longest_days: { family: 1095, agent: 365, station: 90 },
        },
      }),
    ],
    ['POST', /^\/v1\/mandates$/, draft],
    [
      'GET',
      /^\/v1\/mandates$/,
      (call) => {
        const who = need(call)
        const given = call.query.get('side') !== 'held'
        const whose = (each: Mandate): string | undefined =>
          given ? each.principal.id_number : each.agent?.id_number
        return page(
          mandates
            .filter((each) => whose(each) === who.holder_id_number)
            .map((each) => mandateView(each, who)),
        )
      },
    ],
    ['POST', /^\/v1\/mandates\/([^/]+)\/confirmation$/, (call, id) => move(call, id, 'in_force')],
    ['POST', /^\/v1\/mandates\/([^/]+)\/revocation$/, (call, id) => move(call, id, 'revoked')],
    ['GET', /^\/v1\/appointment-slots$/, slotsOf],
    ['POST', /^\/v1\/appointments$/, book],
    [
      'GET',
      /^\/v1\/appointments$/,
      (call) => page(bookings.filter((each) => each.person === need(call).account)),
    ],
    ['POST', /^\/v1\/appointments\/([^/]+)\/cancellation$/, cancel],
    ['POST', /^\/v1\/visits$/, arrive],
    [
      'GET',
      /^\/v1\/visits$/,
      (call) => {
        const who = need(call)
        const seen = citizen(who)
          ? visits.filter((each) => each.holder === who.holder_id_number).reverse()
          : visits.filter(
              (each) =>
                each.point === who.point && each.state === (call.query.get('state') ?? 'waiting'),
            )
        return page(seen.map((each) => visitView(each, who)))
      },
    ],
    [
      'GET',
      /^\/v1\/visits\/([^/]+)$/,
      (call, id) => ({ body: visitView(visitOf(id), need(call)) }),
    ],
    [
      'GET',
      /^\/v1\/window-session$/,
      (call) => {
        const found = before(need(call))
        return { body: { visit: found ? visitView(found, need(call)) : null } }
      },
    ],
    ['POST', /^\/v1\/visit-calls$/, callNext],
    ['POST', /^\/v1\/visits\/([^/]+)\/([a-z]+)$/, actOn],
    [
      'POST',
      /^\/v1\/visit-ratings$/,
      (call) => {
        const found = visitOf(String(call.body.code).replace('slip.', ''))
        if (found.grade !== null) refuse(409, '内容冲突', '这次来访已经评价过,一次一评。')
        found.grade = Number(call.body.grade)
        return { status: 201, body: { visit: found.id, grade: found.grade } }
      },
    ],
    ['POST', /^\/v1\/consultations$/, askOf],
    ['GET', /^\/v1\/consultations$/, listed],
    ['GET', /^\/v1\/consultations\/([^/]+)$/, (_call, id) => ({ body: questionOf(id) })],
    ['POST', /^\/v1\/consultations\/([^/]+)\/([a-z]+)$/, answered],
    ['GET', /^\/v1\/consultation-answers$/, () => page(answers)],
  ]

  function complaints(): VisitComplaint[] {
    return visits.flatMap(({ id, point, holder, grade, objection }) => [
      ...(grade !== null && grade > 3
        ? [{ visit: id, point, holder, kind: 'rating' as const, grade }]
        : []),
      ...(objection ? [{ visit: id, point, holder, kind: 'objection' as const, grade: null }] : []),
    ])
  }

  return {
    routes,
    complaints,
    applicant: (id, who) => {
      const found = mandates.find((each) => each.id === id && each.standing === 'in_force')
      return found && found.agent?.id_number === who.holder_id_number ? found.principal : null
    },
    principalOf: (id) =>
      mandates.find((each) => each.id === id && each.standing === 'in_force')?.principal ?? null,
    agentOf: (id) => {
      const found = mandateOf(id)
      const relation_name = RELATIONS.find(({ key }) => key === found.relation)?.name ?? ''
      const name = found.agent ? masked(found.agent.name) : placeName(found.station)
      return { mandate: id, name, kind_name: KINDS[found.kind], relation_name }
    },
  }
}
