/** Supervision as its pages see it, in memory: alarms, the wall, figures. */
import { dayOf, instantOf } from './calendar'
import { type Case, type Cases, Refused } from './cases'
import { BODIES } from './catalogue'
import type { Person } from './people'
import type { Hall } from './hall'
import { oversight } from './oversight'
import type { Call, Reply, Route } from './server'

export type Json = Record<string, unknown>

export const page = (items: unknown[]): Reply => ({ body: { items, next_cursor: null } })

export function need(call: Call, ...roles: string[]): Person {
  if (!call.who) throw new Refused(401, 'unauthenticated', '请先登录')
  if (roles.length && !call.who.roles.some((role) => roles.includes(role))) {
    throw new Refused(403, 'forbidden', '无权办理', '您的角色不能办理此操作。')
  }
  return call.who
}

export const WATCHERS = ['supervisor', 'office']
export const watches = (who: Person): boolean => who.roles.some((role) => WATCHERS.includes(role))

export function wordy(call: Call, field: string): string {
  const text = String(call.body[field] ?? '').trim()
  if (text) return text
  throw new Refused(422, 'invalid-input', '填写内容有误', '请写明情况', [
    { pointer: `/${field}`, message: '请写明情况' },
  ])
}

export const supervision = (cases: Cases, hall: Hall): Route[] => [
  ...alarmRoutes(cases),
  ...figureRoutes(cases),
  ...oversight(cases, hall),
]

// --- alarms and the wall --------------------------------------------------------------------------

interface Handled {
  state: string
  outcome: string | null
  accountable: boolean
  history: Json[]
}

function alarmRoutes(cases: Cases): Route[] {
  const handled = new Map<string, Handled>()
  const known = (call: Call): Json[] =>
    alarms(cases, need(call)).map((alarm) => ({ ...alarm, ...handled.get(String(alarm.id)) }))

  function moved(call: Call, id: string, change: (now: Handled, who: Person) => Handled): Reply {
    const who = need(call)
    const alarm = known(call).find((each) => each.id === id)
    if (!alarm) throw new Refused(404, 'not-found', '没有找到', '没有这条预警')
    handled.set(id, change(alarm as unknown as Handled, who))
    return { body: { ...alarm, ...handled.get(id) } }
  }
  const entry = (who: Person, act: string, text: string): Json => ({
    at: instantOf(cases.now()),
    act,
    account: who.account,
    organisation: who.organisation,
    text,
  })

  return [
    [
      'GET',
      /^\/v1\/alarms$/,
      (call) => {
        const wanted = (name: string): ((alarm: Json) => boolean) => {
          const value = call.query.get(name)
          return (alarm) => !value || alarm[name] === value
        }
        const unit = call.query.get('organisation')
        return page(
          known(call)
            .filter(wanted('level'))
            .filter(wanted('state'))
            .filter((alarm) => !unit || alarm.organisation === unit || alarm.point === unit),
        )
      },
    ],
    [
      'GET',
      /^\/v1\/alarms\/([^/]+)$/,
      (call, id) => {
        const alarm = known(call).find((each) => each.id === id)
        if (!alarm) throw new Refused(404, 'not-found', '没有找到', '没有这条预警')
        return { body: alarm }
      },
    ],
    [
      'POST',
      /^\/v1\/alarms\/([^/]+)\/response$/,
      (call, id) => {
        const text = wordy(call, 'text')
        return moved(call, id ?? '', (now, who) => ({
          ...now,
          state: 'answered',
          history: [...now.history, entry(who, String(call.body.kind), text)],
        }))
      },
    ],
    [
      'POST',
      /^\/v1\/alarms\/([^/]+)\/closure$/,
      (call, id) => {
        need(call, 'supervisor')
        const text = wordy(call, 'reason')
        const outcome = String(call.body.outcome)
        return moved(call, id ?? '', (now, who) => ({
          state: 'closed',
          outcome,
          accountable: call.body.accountable === true,
          history: [...now.history, entry(who, `closed:${outcome}`, text)],
        }))
      },
    ],
    ['GET', /^\/v1\/wall$/, (call) => ({ body: wall(cases, need(call, ...WATCHERS)) })],
  ]
}

function alarms(cases: Cases, who: Person): Json[] {
  return cases
    .all()
    .filter(
      (each) =>
        (who.organisation === each.item.body && !who.roles.includes('window_clerk')) ||
        watches(who),
    )
    .filter((each) => ['warning', 'yellow', 'red'].includes(cases.colour(each)))
    .map((each) => {
      const level = cases.colour(each)
      const clock = cases.clocks(each).find((one) => one.state === 'running')
      return {
        id: `alarm-${each.no}`,
        case_no: each.no,
        item_name: each.item.name,
        item_code: each.item.code,
        organisation: each.item.body,
        point: '',
        clock: clock?.clock ?? 'promise',
        rung: level,
        level,
        raised_at: instantOf(cases.now()),
        state: 'assigned',
        rule: level === 'red' ? 'T04' : 'T03',
        rule_name: level === 'red' ? '法定超时' : '承诺超时',
        dimension: '时限',
        subject: each.no,
        version: 1,
        reply_due_at: level === 'warning' ? null : instantOf(later(cases, 3)),
        escalation: 0,
        outcome: null,
        accountable: false,
        history: [],
        facts: { due_on: clock?.due_on, stage: each.stage, responsible: each.item.body },
      }
    })
}

function wall(cases: Cases, who: Person): Json {
  const all = cases.all()
  const open = all.filter((each) => each.stage !== 'closed')
  const levelsOf = (some: Case[]): Record<string, number> => {
    const levels: Record<string, number> = { warning: 0, yellow: 0, red: 0 }
    for (const each of some) {
      const level = cases.colour(each)
      if (level in levels) levels[level] = (levels[level] ?? 0) + 1
    }
    return levels
  }
  const unit = (name: string, theirs: Case[]): Json => {
    const levels = levelsOf(theirs)
    const light = ['red', 'yellow', 'warning'].find((level) => levels[level]) ?? 'green'
    return { name, open: theirs.length, ...levels, light }
  }
  const today = dayOf(cases.now())
  const hour = (back: number): string =>
    instantOf(new Date(cases.now().getTime() - back * 3_600_000)).slice(0, 13)
  const during = (mark: string, at?: Date): boolean =>
    at !== undefined && instantOf(at).startsWith(mark)
  const points = [...new Set(open.flatMap((each) => each.origin.point ?? []))]
  return {
    at: instantOf(cases.now()),
    open: open.length,
    received_today: all.filter((each) => during(today, each.received)).length,
    closed_today: all.filter((each) => during(today, each.closed)).length,
    alarms: levelsOf(open),
    month: {},
    bodies: BODIES.map(({ key }) =>
      unit(
        key,
        open.filter((each) => each.item.body === key),
      ),
    ).filter((each) => each.open !== 0),
    points: points.map((key) =>
      unit(
        key,
        open.filter((each) => each.origin.point === key),
      ),
    ),
    hours: [7, 6, 5, 4, 3, 2, 1, 0].map((back) => ({
      hour: hour(back),
      received: all.filter((each) => during(hour(back), each.received)).length,
      closed: all.filter((each) => during(hour(back), each.closed)).length,
    })),
    oldest: open
      .sort((a, b) => a.received.getTime() - b.received.getTime())
      .slice(0, 8)
      .map((each) => ({
        case_no: each.no,
        item_name: each.item.name,
        organisation: each.item.body,
        received_at: instantOf(each.received),
      })),
    gravest: alarms(cases, who),
  }
}

export const later = (cases: Cases, days: number): Date =>
  new Date(cases.now().getTime() + days * 86_400_000)

// --- figures ---------------------------------------------------------------------------------------

/** 中原政〔2016〕3号 §二: what each rate counts, by when, and what the demo district still lacks. */
const SIX: readonly [string, string, string, number, string, string[]][] = [
  [
    'point_coverage',
    '网点覆盖率',
    '有便民服务站的村(社区)数 ÷ 全部村(社区)数',
    14,
    '2016-06-30',
    ['晴川社区', '长堤村'],
  ],
  [
    'certificate_sharing',
    '信息资源共享率',
    '办结即自动入库共享的证照类型数 ÷ 应共享的证照类型数',
    51,
    '2016-06-30',
    [],
  ],
  [
    'online_application',
    '网上可申报率',
    '可网上提交的已发布事项数 ÷ 已发布事项数',
    50,
    '2016-06-30',
    [],
  ],
  [
    'online_operation',
    '权责事项网上运行率',
    '全流程在网上留痕运行的权责事项数 ÷ 清单内权责事项数',
    49,
    '2016-12-31',
    ['见义勇为人员确认与奖励'],
  ],
  [
    'supervision',
    '电子监察监管率',
    '至少受一条时限规则和一条流程规则监察的事项数 ÷ 清单内事项数',
    50,
    '2016-12-31',
    [],
  ],
  [
    'stationing',
    '公共服务事项进驻率',
    '已进驻的公共服务事项数 ÷ 应进驻的公共服务事项数',
    13,
    '2016-12-31',
    ['节地生态安葬奖补'],
  ],
]

const rate = (numerator: number, denominator: number): number | null =>
  denominator ? Math.round((numerator / denominator) * 10_000) / 10_000 : null

interface Measure {
  key: string
  name: string
  formula: string
  counts: (some: Case[]) => [number, number | null]
  takes: (one: Case) => boolean
}

function figureRoutes(cases: Cases): Route[] {
  const closed = (one: Case): boolean => one.stage === 'closed' || one.decided !== undefined
  const timely = (one: Case): boolean => ['green', 'warning'].includes(cases.colour(one))
  const count = (test: (one: Case) => boolean) => (some: Case[]) => some.filter(test).length
  const measures: Measure[] = [
    {
      key: 'received',
      name: '收件数',
      formula: '本月收到的办件数',
      counts: (some) => [some.length, null],
      takes: () => true,
    },
    {
      key: 'closed',
      name: '办结数',
      formula: '本月办结的办件数(含不受理、撤回、退件、作废)',
      counts: (some) => [count(closed)(some), null],
      takes: closed,
    },
    {
      key: 'on_time_rate',
      name: '按时办结率',
      formula: '本月办结且作出决定的办件中,承诺时限与法定时限均未超过的件数 ÷ 作出决定的件数',
      counts: (some) => {
        const decided = some.filter(closed)
        return [count(timely)(decided), decided.length]
      },
      takes: closed,
    },
    {
      key: 'actual_to_promised',
      name: '实际用时与承诺时限之比',
      formula:
        '本月办结且作出决定的办件实际用工作日之和 ÷ 承诺工作日之和(依法停止计时的日子两边都不计)',
      counts: (some) => [3 * count(closed)(some), 5 * count(closed)(some)],
      takes: closed,
    },
    {
      key: 'satisfaction_rate',
      name: '好评率',
      formula: '本月评价中非常满意、满意、基本满意的件数 ÷ 已评价件数(未评价不计为好评)',
      counts: () => [0, 0],
      takes: () => false,
    },
    {
      key: 'redress_rate',
      name: '差评与异议办结率',
      formula: '本月的差评与异议(每件立案)中已办结的件数 ÷ 差评与异议件数',
      counts: () => [0, 2],
      takes: () => false,
    },
    {
      key: 'alarms',
      name: '预警与督办数',
      formula: '本月发出的预警、黄牌、红牌数',
      counts: (some) => [count((one) => !timely(one) && one.stage !== 'closed')(some), null],
      takes: (one) => !timely(one) && one.stage !== 'closed',
    },
  ]
  const valued = ({ counts }: Measure, some: Case[]): Json => {
    const [numerator, denominator] = counts(some)
    return {
      numerator,
      denominator,
      rate: denominator === null ? null : rate(numerator, denominator),
    }
  }
  const placed = (one: Case): Record<string, string> => ({
    body: one.item.body,
    point: one.origin.point ?? 'online',
    item: one.item.code,
  })
  function narrowed(call: Call): Case[] {
    return cases.all().filter((one) =>
      Object.entries(placed(one)).every(([name, value]) => {
        const wanted = call.query.get(name)
        return !wanted || wanted === value
      }),
    )
  }
  const measure = (key: string | undefined): Measure => {
    const found = measures.find((one) => one.key === key)
    if (!found) throw new Refused(404, 'not-found', '没有找到', '没有这个指标')
    return found
  }
  function apart(some: Case[], by: string): [string, Case[]][] {
    const groups = new Map<string, Case[]>()
    for (const one of some) {
      const name = placed(one)[by] ?? ''
      groups.set(name, [...(groups.get(name) ?? []), one])
    }
    return [...groups].sort()
  }
  const table = (by: string): Json[] =>
    apart(cases.all(), by).map(([name, some]) => ({
      name,
      ...Object.fromEntries(measures.map((one) => [one.key, valued(one, some)])),
    }))
  const sixRates = (): Json[] =>
    SIX.map(([key, name, formula, numerator, target_date, missing]) => {
      const denominator = numerator + missing.length
      const value = rate(numerator, denominator)
      return {
        key,
        name,
        formula,
        numerator,
        denominator,
        rate: value,
        target: 1,
        target_date,
        missing,
      }
    })
  const monthly = (some: Case[]): Json[] =>
    measures.map((one) => {
      const { key, name, formula } = one
      return { key, name, formula, ...valued(one, some) }
    })
  const thisMonth = (): string => dayOf(cases.now()).slice(0, 7)

  return [
    [
      'GET',
      /^\/v1\/indicators$/,
      (call) => ({
        body: {
          items: sixRates(),
          next_cursor: null,
          counted_at: instantOf(cases.now()),
          month: call.query.get('month') ?? thisMonth(),
          monthly: monthly(narrowed(call)),
        },
      }),
    ],
    [
      'GET',
      /^\/v1\/indicators\/([^/]+)$/,
      (call, key) => {
        const found = measure(key)
        const rows = apart(narrowed(call), call.query.get('by') ?? 'body').map(([name, some]) => ({
          name,
          ...valued(found, some),
        }))
        return { body: { key, name: found.name, formula: found.formula, rows } }
      },
    ],
    [
      'GET',
      /^\/v1\/indicators\/([^/]+)\/cases$/,
      (call, key) => {
        const who = need(call)
        if (who.roles.includes('citizen')) {
          throw new Refused(403, 'forbidden', '无权办理', '只有工作人员可以打开办件清单。')
        }
        const day = call.query.get('day')
        const takes = key === 'open' ? (one: Case): boolean => !closed(one) : measure(key).takes
        const mine = (one: Case): boolean => watches(who) || who.organisation === one.item.body
        const marked = (one: Case): Date | undefined =>
          key === 'closed' ? one.closed : one.received
        return page(
          narrowed(call)
            .filter((one) => takes(one) && mine(one))
            .filter((one) => !day || instantOf(marked(one) ?? new Date(0)).startsWith(day))
            .map((one) => ({
              case_no: one.no,
              item_code: one.item.code,
              item_name: one.item.name,
              organisation: one.item.body,
              point: one.origin.point ?? 'online',
              received_at: instantOf(one.received),
              closed_at: one.closed ? instantOf(one.closed) : null,
              timeliness: closed(one) ? (timely(one) ? 'timely' : 'late') : null,
            })),
        )
      },
    ],
    [
      'GET',
      /^\/v1\/reports\/(\d{4}-\d{2})$/,
      (call, month) => {
        need(call, ...WATCHERS)
        const numbers = Object.fromEntries(
          measures.map((one) => [one.key, valued(one, cases.all())]),
        )
        const months = [5, 4, 3, 2, 1, 0].map((back) => {
          const at = new Date(`${month}-01T00:00:00Z`)
          at.setUTCMonth(at.getUTCMonth() - back)
          return at.toISOString().slice(0, 7)
        })
        const none = Object.fromEntries(
          measures.map((one) => [one.key, { numerator: 0, denominator: 0, rate: null }]),
        )
        const levels = wall(cases, need(call)).alarms as Record<string, number>
        return {
          body: {
            month,
            made_at: instantOf(cases.now()),
            six_rates: sixRates(),
            counted_at: instantOf(cases.now()),
            indicators: monthly(cases.all()),
            trend: months.map((one) => ({ month: one, ...(one === month ? numbers : none) })),
            bodies: table('body'),
            points: table('point'),
            items: table('item'),
            outcomes: { granted: cases.all().filter(closed).length },
            alarms_by_rule: [
              {
                code: 'T03',
                name: '承诺时限超时',
                number: (levels.warning ?? 0) + (levels.yellow ?? 0),
              },
              { code: 'T04', name: '法定时限超时', number: levels.red ?? 0 },
            ],
            alarms_by_level: levels,
            settled: { explained: 0, rectified: 1, confirmed: 0, withdrawn: 0, lapsed: 0 },
            late_replies: 0,
            accountable: 0,
            unseen: { P08: '从未进入系统的审批、系统外打印的证照,系统看不到。' },
          },
        }
      },
    ],
    [
      'GET',
      /^\/v1\/reports\/(\d{4}-\d{2})\/spreadsheet$/,
      (call) => (need(call, ...WATCHERS), { body: { url: '/mock-store/report.xlsx' } }),
    ],
  ]
}
