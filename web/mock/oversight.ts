/** What people do about what supervision finds: rules, limits, redress, reports, appraisals. */
import { randomBytes, randomUUID } from 'node:crypto'
import shipped from '../../chalicelib/supervision/rules.json'
import { instantOf } from './calendar'
import { type Cases, Refused } from './cases'
import type { Hall } from './hall'
import type { Person } from './people'
import type { Call, Reply, Route } from './server'
import { type Json, later, need, page, watches, WATCHERS, wordy } from './supervision'

export const oversight = (cases: Cases, hall: Hall): Route[] => [
  ...ruleRoutes(cases),
  ...limitRoutes(),
  ...redressRoutes(cases, hall),
  ...violationRoutes(cases),
  ...appraisalRoutes(cases),
]

const lacking = (what: string): Refused => new Refused(404, 'not-found', '没有找到', what)
const stale = (): Refused =>
  new Refused(412, 'stale-version', '内容已变化', '已被他人修改,请刷新后重试')

// --- rules and limits ------------------------------------------------------------------------------

function ruleRoutes(cases: Cases): Route[] {
  const rules = new Map<string, Json>(
    (shipped as Json[]).map((rule) => [
      String(rule.code),
      {
        threshold: null,
        repeat: null,
        answers: 'body',
        confidence: 'proposal',
        active: true,
        version: 1,
        ...rule,
      },
    ]),
  )
  const past = new Map<string, Json[]>()
  return [
    [
      'GET',
      /^\/v1\/rules$/,
      (call) => {
        need(call, ...WATCHERS)
        const items = [...rules.values()].sort((a, b) => (String(a.code) < String(b.code) ? -1 : 1))
        const facts = { hour: '事件发生的小时(0–23)', 'count.…': '某类事件到此为止的次数' }
        return { body: { items, next_cursor: null, facts, operators: ['equals', 'at_least'] } }
      },
    ],
    [
      'PUT',
      /^\/v1\/rules\/([^/]+)$/,
      (call, code = '') => {
        const who = need(call, 'supervisor')
        const before = rules.get(code)
        if (before && call.ifMatch && call.ifMatch !== `"${String(before.version)}"`) throw stale()
        const rule = { ...call.body, code, version: before ? Number(before.version) + 1 : 1 }
        rules.set(code, rule)
        const line = { rule, by: who.account, at: instantOf(cases.now()) }
        past.set(code, [...(past.get(code) ?? []), line])
        return { body: rule }
      },
    ],
    [
      'GET',
      /^\/v1\/rules\/([^/]+)\/versions$/,
      (call, code) => (need(call, ...WATCHERS), page(past.get(code ?? '') ?? [])),
    ],
    [
      'POST',
      /^\/v1\/rules\/([^/]+)\/trials$/,
      (call) => {
        need(call, ...WATCHERS)
        const late = cases.all().filter((each) => ['yellow', 'red'].includes(cases.colour(each)))
        const by: Record<string, number> = {}
        for (const { item } of late) by[item.body] = (by[item.body] ?? 0) + 1
        return {
          body: {
            month: call.body.month,
            tried: cases.all().length,
            raised: late.length,
            by_organisation: by,
            examples: late.map((each) => ({
              case_no: each.no,
              organisation: each.item.body,
              item_name: each.item.name,
              level: cases.colour(each),
              at: instantOf(cases.now()),
            })),
            next_cursor: null,
          },
        }
      },
    ],
  ]
}

function limitRoutes(): Route[] {
  let limits: Json = {
    alarms: {
      reply_yellow: 3,
      reply_red: 1,
      remind_before: 1,
      review: 3,
      escalate_again: 2,
      warning_lapses: 5,
    },
    redress: { verify_rating: 1, verify_objection: 5, rectify: 15, answer: 2, call_back: 5 },
    version: 0,
  }
  const meanings = {
    'alarms/reply_yellow': '黄牌:责任单位答复的工作日数',
    'alarms/reply_red': '红牌:责任单位答复的工作日数',
    'alarms/remind_before': '答复期限前几个工作日提醒',
    'alarms/review': '监察窗口核查答复的工作日数',
    'alarms/escalate_again': '逾期报监察窗口后,再报政务服务办的工作日数',
    'alarms/warning_lapses': '无到期日的预警自动了结的工作日数',
    'redress/verify_rating': '差评核实的工作日数',
    'redress/verify_objection': '异议核实的工作日数',
    'redress/rectify': '整改的工作日数',
    'redress/answer': '答复申请人的工作日数',
    'redress/call_back': '回访的工作日数',
  }
  return [
    [
      'GET',
      /^\/v1\/handling-limits$/,
      (call) => (need(call, ...WATCHERS), { body: { ...limits, meanings } }),
    ],
    [
      'PUT',
      /^\/v1\/handling-limits$/,
      (call) => {
        need(call, 'supervisor')
        if (call.ifMatch && call.ifMatch !== `"${String(limits.version)}"`) throw stale()
        limits = { ...call.body, version: Number(limits.version) + 1 }
        return { body: { ...limits, meanings } }
      },
    ],
  ]
}

// --- redress ---------------------------------------------------------------------------------------

const AFTER: Record<string, string> = {
  verification: 'verify',
  rectification: 'rectify',
  answer: 'answer',
  'call-back': 'call_back',
}

function redressRoutes(cases: Cases, hall: Hall): Route[] {
  const [first, second] = cases.all()
  const opened = (kind: string, subject: string, more: Json): Json => ({
    id: randomUUID(),
    case_no: subject,
    visit: null,
    kind,
    event: `${subject}#9`,
    opened_at: instantOf(cases.now()),
    organisation: 'ga',
    due_at: instantOf(later(cases, kind === 'rating' ? 1 : 5)),
    point: 'yingchun',
    item_code: '',
    item_name: '居住证申领',
    grade: null,
    state: 'verify',
    founded: null,
    satisfied: null,
    rounds: 1,
    history: [],
    version: 1,
    ...more,
  })
  const named: Record<string, string> = {
    verify: '待核实',
    rectify: '待整改',
    answer: '待答复',
    call_back: '待回访',
    closed: '已办结',
  }
  /** A case of its own for every objection and bad rating that was made since. */
  function takeIn(): void {
    for (const found of cases.all()) {
      for (const { seq, type, data } of found.events) {
        const grade = type === 'case.rated' ? Number(data.grade) : null
        if (type !== 'case.objected' && !(grade && grade > 3)) continue
        const event = `${found.no}#${seq}`
        if (all.some((each) => each.event === event)) continue
        const kind = grade ? 'rating' : 'objection'
        all.push(opened(kind, found.no, { event, grade, organisation: found.item.body }))
      }
    }
    for (const { visit, point, kind, grade } of hall.complaints()) {
      if (all.some((each) => each.visit === visit && each.kind === kind)) continue
      const about = { case_no: null, visit, point, organisation: point, item_name: '' }
      all.push(opened(kind, visit, { ...about, grade }))
    }
  }
  const told = (one: Json): Json => {
    const history = one.history as Json[]
    const closed = one.state === 'closed'
    const { id, case_no, visit, item_name, kind, grade, opened_at, state, founded } = one
    return {
      ...{ id, case_no, visit, item_name, kind, grade, opened_at, state, founded },
      state_name: named[String(state)],
      due_at: closed ? null : one.due_at,
      answers: history
        .filter((each) => each.act === 'answer')
        .map(({ at, text }) => ({ at, text })),
      closed_at: closed ? history.at(-1)?.at : null,
    }
  }
  const all = [
    opened('rating', first?.no ?? '', { grade: 5 }),
    opened('objection', second?.no ?? '', {}),
  ]
  const mine = (who: Person, one: Json): boolean =>
    watches(who) || [who.organisation, who.point].includes(String(one.organisation))

  function next(one: Json, body: Json): Json {
    if (one.state === 'verify') {
      return { founded: body.founded, state: body.founded ? 'rectify' : 'answer' }
    }
    if (one.state === 'rectify') return { state: 'answer' }
    if (one.state === 'answer') return { state: 'call_back' }
    const again = body.satisfied === false && one.founded === true && one.rounds === 1
    return again
      ? { satisfied: false, rounds: 2, state: 'rectify' }
      : { satisfied: body.satisfied, state: 'closed' }
  }

  return [
    [
      'GET',
      /^\/v1\/me\/redress$/,
      (call) => {
        const who = need(call, 'citizen')
        takeIn()
        const [no, visit] = [call.query.get('case_no'), call.query.get('visit')]
        const mine = (each: { holder: string | null | undefined }): boolean =>
          each.holder === who.holder_id_number
        const nos = cases
          .all()
          .filter(mine)
          .map((each) => each.no)
        const visits = hall
          .complaints()
          .filter(mine)
          .map((each) => each.visit)
        const own = all.filter(
          (each) => nos.includes(String(each.case_no)) || visits.includes(String(each.visit)),
        )
        const asked = own.filter((each) =>
          visit ? each.visit === visit : !no || each.case_no === no,
        )
        return page(asked.map(told))
      },
    ],
    [
      'GET',
      /^\/v1\/redress$/,
      (call) => {
        const who = need(call)
        takeIn()
        const state = call.query.get('state')
        return page(all.filter((one) => mine(who, one) && (!state || one.state === state)))
      },
    ],
    [
      'POST',
      /^\/v1\/redress\/([^/]+)\/(verification|rectification|answer|call-back)$/,
      (call, id, step = '') => {
        const who = need(call)
        const one = all.find((each) => each.id === id)
        if (!one) throw lacking('没有这件差评或异议')
        const checks = step === 'verification' || step === 'call-back'
        if (!mine(who, one) || checks !== who.roles.includes('supervisor')) {
          throw new Refused(403, 'forbidden', '无权办理', '这一步不由您办理。')
        }
        if (one.state !== AFTER[step]) {
          throw new Refused(409, 'out-of-turn', '现在不能办理', '请刷新后再看')
        }
        const text = wordy(call, 'text')
        const line = {
          at: instantOf(cases.now()),
          act: step,
          account: who.account,
          organisation: who.organisation,
          text,
        }
        Object.assign(one, next(one, call.body), { history: [...(one.history as Json[]), line] })
        return { body: one }
      },
    ],
  ]
}

// --- reports of what the system cannot see -----------------------------------------------------------

function violationRoutes(cases: Cases): Route[] {
  const reports: Json[] = []
  const secrets = new Map<string, { code: string; account: string }>()
  const shown = (report: Json): Json => ({ ...report })
  const find = (number: string | undefined): Json => {
    const found = reports.find((each) => each.number === number)
    if (!found) throw lacking('没有这件举报')
    return found
  }
  return [
    [
      'GET',
      /^\/v1\/violation-reports\/kinds$/,
      () => ({
        body: {
          unseen: {
            P07: '由科室自行收件而不录入系统的,系统看不到。',
            P08: '从未进入系统的审批、系统外打印的证照,系统看不到。',
            P09: '在纸面上越权签批而不录入系统的,系统看不到。',
            P11: '窗口当面拒绝而不取号、不登记的,系统看不到。',
            F01: '系统外收取的费用,系统看不到。',
          },
          kinds: {
            bypassed_window: '不经窗口收件或办理',
            signed_outside: '系统外签批、盖章、发证',
            refused_walk_in: '拒绝现场受理',
            charged_outside: '系统外收费或收费不开票',
            asked_again: '要求提交已共享或无依据的材料',
            other: '其他',
          },
        },
      }),
    ],
    [
      'POST',
      /^\/v1\/violation-reports$/,
      (call) => {
        const who = need(call)
        const text = wordy(call, 'text')
        if (text.length < 10) {
          const message = '请写明时间、地点和经过(不少于 10 个字)'
          throw new Refused(422, 'invalid-input', '填写内容有误', message, [
            { pointer: '/text', message },
          ])
        }
        const number = `JB${randomBytes(5).toString('hex').toUpperCase()}`
        const code = randomBytes(6).toString('hex')
        const received_at = instantOf(cases.now())
        reports.unshift({
          organisation: '',
          point: '',
          item_code: '',
          case_no: '',
          happened_on: null,
          ...call.body,
          number,
          text,
          received_at,
          state: 'received',
          result: '',
          alarm: '',
          history: [],
          version: 1,
        })
        secrets.set(number, { code, account: who.account })
        return { status: 201, body: { number, code, received_at } }
      },
    ],
    [
      'POST',
      /^\/v1\/violation-reports\/follow-up$/,
      (call) => {
        const found = reports.find((each) => each.number === call.body.number)
        if (!found || secrets.get(String(found.number))?.code !== call.body.code) {
          throw lacking('编号或查询码不对')
        }
        const { number, state, received_at, result } = found
        return { body: { number, state, received_at, result } }
      },
    ],
    [
      'GET',
      /^\/v1\/violation-reports$/,
      (call) => {
        need(call, 'supervisor')
        const state = call.query.get('state')
        return page(reports.filter((each) => !state || each.state === state).map(shown))
      },
    ],
    [
      'POST',
      /^\/v1\/violation-reports\/([^/]+)\/decision$/,
      (call, number) => {
        need(call, 'supervisor')
        const result = wordy(call, 'result')
        const found = find(number)
        Object.assign(found, { state: call.body.upheld ? 'upheld' : 'dismissed', result })
        return { body: shown(found) }
      },
    ],
    [
      'POST',
      /^\/v1\/violation-reports\/([^/]+)\/reporter$/,
      (call, number) => {
        need(call, 'supervisor')
        wordy(call, 'reason')
        const found = find(number)
        return { body: { number, account: secrets.get(String(found.number))?.account } }
      },
    ],
  ]
}

// --- appraisals --------------------------------------------------------------------------------------

function appraisalRoutes(cases: Cases): Route[] {
  const heads = new Map<string, Json>()
  const objections: Json[] = []
  const now = (): string => instantOf(cases.now())
  const result = (subject: string, organisation: string, score: string, more: Json): Json => ({
    subject,
    organisation,
    account: `${organisation}.acceptor`,
    point: 'centre',
    cases: cases.all().length,
    parts: [
      { name: 'on_time', numerator: 4, denominator: 5, share: 50 },
      { name: 'rated_good', numerator: 3, denominator: 3, share: 20 },
      { name: 'right_first', numerator: 5, denominator: 5, share: 30 },
    ],
    deductions: [],
    score,
    grade: null,
    recommended: false,
    weighted: null,
    ...more,
  })
  const people = [
    result('ga-acceptor-centre', 'ga', '90.0', { grade: 'excellent' }),
    result('rs-acceptor-centre', 'rs', '88.5', { grade: 'competent' }),
  ]
  const lost = { reason: '2026-10-01 至 2026-10-12 无首席代表', points: 10, under: [] }
  const bodies = [
    result('ga', 'ga', '92.0', { account: '', weighted: '5.52' }),
    result('rs', 'rs', '80.0', { account: '', weighted: '4.80', deductions: [lost] }),
  ]
  const find = (period: string | undefined): Json => {
    const head = heads.get(period ?? '')
    if (!head) throw lacking('这个周期还没有考核')
    return head
  }
  function step(call: Call, period: string | undefined, from: string, changes: Json): Reply {
    need(call, 'office')
    const head = find(period)
    if (head.stage !== from) throw new Refused(409, 'out-of-turn', '现在不能办理', '请刷新后再看')
    Object.assign(head, changes)
    return { body: head }
  }
  return [
    [
      'GET',
      /^\/v1\/appraisals\/([^/]+)$/,
      (call, period) => {
        const who = need(call, ...WATCHERS, 'chief_representative')
        const head = find(period)
        if (head.stage === 'drafting') head.stage = 'draft'
        const own = (one: Json): boolean => watches(who) || one.organisation === who.organisation
        return {
          body: {
            ...head,
            people: people.filter(own),
            bodies: bodies.filter(own),
            recommended: [],
            excellent: 1,
            objections: objections.filter((one) => one.period === period && own(one)),
          },
        }
      },
    ],
    [
      'GET',
      /^\/v1\/appraisals\/([^/]+)\/cases\/([^/]+)$/,
      (call, period, subject) => {
        need(call, ...WATCHERS, 'chief_representative')
        find(period)
        const numbers = cases.all().map(({ no }) => no)
        const under = { cases: numbers, timed: numbers.slice(0, 5), on_time: numbers.slice(0, 4) }
        const figures = Object.fromEntries(Object.entries(under).map(([k, v]) => [k, v.length]))
        return { body: { subject, figures, under } }
      },
    ],
    [
      'POST',
      /^\/v1\/appraisals\/([^/]+)$/,
      (call, period = '') => {
        need(call, 'office')
        const head = {
          period,
          stage: 'drafting',
          scheme: call.body.scheme,
          drafted_at: now(),
          headcount: 9,
          quota: 1,
          shown_at: null,
          objections_until: null,
          open_objections: 0,
          final_at: null,
          digest: '',
          signature: '',
          key_id: '',
          version: 1,
        }
        heads.set(period, head)
        return { status: 202, body: head }
      },
    ],
    [
      'POST',
      /^\/v1\/appraisals\/([^/]+)\/showing$/,
      (call, period) => {
        const until = instantOf(later(cases, 7))
        return step(call, period, 'draft', {
          stage: 'shown',
          shown_at: now(),
          objections_until: until,
        })
      },
    ],
    [
      'POST',
      /^\/v1\/appraisals\/([^/]+)\/objections$/,
      (call, period) => {
        const who = need(call, 'chief_representative')
        const text = wordy(call, 'text')
        const objection = {
          id: String(objections.length + 1).padStart(4, '0'),
          period,
          subject: call.body.subject,
          organisation: who.organisation,
          text,
          by: who.account,
          at: now(),
          state: 'open',
          points: null,
          reason: null,
        }
        objections.push(objection)
        find(period).open_objections = 1
        return { status: 201, body: objection }
      },
    ],
    [
      'POST',
      /^\/v1\/appraisals\/([^/]+)\/objections\/([^/]+)\/answer$/,
      (call, period, id) => {
        need(call, 'office')
        const reason = wordy(call, 'reason')
        const found = objections.find((one) => one.id === id)
        if (!found) throw lacking('没有这件异议')
        const points = Number(call.body.points)
        Object.assign(found, { points, reason, state: points ? 'upheld' : 'dismissed' })
        find(period).open_objections = 0
        return { body: found }
      },
    ],
    [
      'POST',
      /^\/v1\/appraisals\/([^/]+)\/finality$/,
      (call, period) =>
        step(call, period, 'shown', {
          stage: 'final',
          final_at: now(),
          digest: 'a1'.repeat(32),
          signature: 'MEUCIQ'.repeat(12),
          key_id: 'k1',
        }),
    ],
  ]
}
