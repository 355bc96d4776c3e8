/** The network's people, pilots and coverage, and the access table's reasons. */
import network from '../../data/demo_network.json'
import { type Cases, Refused } from './cases'
import type { Papers } from './papers'
import type { Person } from './people'
import type { Call, Reply, Route } from './server'

type Json = Record<string, unknown>

const page = (items: unknown[]): Reply => ({ body: { items, next_cursor: null } })

function need(call: Call, ...roles: string[]): Person {
  if (!call.who) throw new Refused(401, 'unauthenticated', '请先登录')
  if (!call.who.roles.some((role) => roles.includes(role))) {
    throw new Refused(403, 'forbidden', '无权办理', '您的岗位不办理这一项。')
  }
  return call.who
}

const WATCHERS = ['office', 'supervisor']
const ACTS = [
  { act: 'case.accept', title: '受理', role: 'acceptor', role_name: '受理人' },
  { act: 'case.review', title: '审查', role: 'reviewer', role_name: '审查人' },
  { act: 'case.sign', title: '签批', role: 'chief_representative', role_name: '首席代表' },
]
const WORKING: Record<string, string> = {
  acceptance: 'acceptor',
  review: 'reviewer',
  sign_off: 'chief_representative',
}

export function networking(cases: Cases, ask: Papers['ask']): Route[] {
  const decided = new Map<string, string>()
  let stage = 'pilot'

  /** ga's acceptor asks to go, its reviewer's certificate has run out, a deputy stands in. */
  const shown = (raw: (typeof network.postings)[number]): Json => {
    const of = raw as unknown as Json & { account: string; organisation: string; since: string }
    const until = of.account === 'ga.reviewer' ? '2026-01-31' : '2029-12-31'
    const work = raw.work.some((each) => each in WORKING)
    return {
      ...raw,
      id: of.account,
      tenure_until: `${String(Number(of.since.slice(0, 4)) + 2)}${of.since.slice(4)}`,
      active: true,
      worker: of.account,
      business_by: of.organisation,
      conduct_by: 'xx',
      qualification: { certificate_no: '', certificate_until: work ? until : null },
      shortcomings: of.account === 'ga.reviewer' ? ['行政执法证已过期'] : [],
      transfer:
        of.account === 'ga.acceptor'
          ? {
              effective_on: '2027-06-01',
              reason: '轮岗',
              to_point: 'police',
              exception: '',
              decision: decided.get(of.account) ?? 'pending',
              comment: '',
            }
          : null,
      substitutes:
        of.account === 'ga.chief'
          ? []
          : of.account === 'ga.reviewer'
            ? [{ account: 'ga.deputy', since: '2026-12-01', until: '2026-12-05', reason: '病假' }]
            : [],
      version: 1,
    }
  }

  const figures = (points: number, closed: number, rate: number): Json => ({
    points,
    received: closed + 3,
    closed,
    on_time_rate: rate,
    days_per_case: 2.4,
    used_to_promised: 0.48,
    good_rate: 0.98,
  })

  return [
    [
      'GET',
      /^\/v1\/postings$/,
      (call) => {
        const who = need(call, ...WATCHERS, 'chief_representative')
        const unit = call.query.get('organisation') ?? who.organisation
        if (!who.roles.some((role) => WATCHERS.includes(role)) && unit !== who.organisation) {
          throw new Refused(403, 'forbidden', '无权办理', '只能办理本单位的办件')
        }
        return page(network.postings.filter((each) => each.organisation === unit).map(shown))
      },
    ],
    [
      'GET',
      /^\/v1\/organisations\/([^/]+)\/chief-representatives$/,
      (call, key) => {
        need(call, ...WATCHERS, 'chief_representative')
        const own = network.chief_representatives.filter((each) => each.organisation === key)
        return {
          body: { signer: own[0]?.account ?? null, appointments: own, gaps: [], version: 1 },
        }
      },
    ],
    [
      'POST',
      /^\/v1\/postings\/([^/]+)\/transfer\/decision$/,
      (call, id) => {
        need(call, 'office')
        const { consent, comment } = call.body as { consent: boolean; comment: string }
        if (!consent && !comment) {
          throw new Refused(422, 'invalid-input', '填写内容有误', '不同意调整时请写明理由')
        }
        decided.set(id ?? '', consent ? 'consented' : 'refused')
        return { body: {} }
      },
    ],
    [
      'GET',
      /^\/v1\/pilots$/,
      (call) => {
        need(call, ...WATCHERS)
        const points = stage === 'pilot' ? ['chunhe', 'yingchun'] : null
        const pilot = { subject: 'service', code: 'noon', title: '午间不间断服务', stage, points }
        return page([{ ...pilot, since: '2026-09-01', version: 1 }])
      },
    ],
    [
      'GET',
      /^\/v1\/pilots\/([^/]+)\/([^/]+)\/report$/,
      (call) => {
        need(call, ...WATCHERS)
        return {
          body: {
            since: '2026-09-01',
            until: '2026-11-23',
            pilot: figures(2, 41, 1),
            rest: figures(17, 320, 0.97),
            difference: {
              on_time_rate: 0.03,
              days_per_case: 0,
              used_to_promised: 0,
              good_rate: null,
            },
          },
        }
      },
    ],
    [
      'POST',
      /^\/v1\/pilots\/([^/]+)\/([^/]+)\/widening$/,
      (call) => {
        need(call, 'office')
        stage = 'widened'
        return { body: {} }
      },
    ],
    [
      'GET',
      /^\/v1\/me\/personal-data$/,
      (call) => {
        const who = need(call, 'citizen')
        const own = cases.all().filter((each) => each.applicant.id_number === who.holder_id_number)
        return page(own.map((each) => ({ case_no: each.no, submitted: { ...each.applicant } })))
      },
    ],
    [
      'POST',
      /^\/v1\/me\/corrections$/,
      (call) => {
        need(call, 'citizen')
        const { case_no, field, value, reason } = call.body as Record<string, string>
        const found = cases.find(case_no ?? '')
        const applied = field !== 'name'
        if (!applied && call.who) ask(found.no, call.who, value ?? '', reason ?? '')
        if (applied) Object.assign(found.applicant, { [field ?? '']: value })
        return { body: { case_no, applied, pending: !applied, version: 1 } }
      },
    ],
    ['GET', /^\/v1\/coverage$/, () => ({ body: covered() })],
    [
      'GET',
      /^\/v1\/access$/,
      (call) => {
        need(call, ...WATCHERS)
        return { body: { items: ACTS } }
      },
    ],
    [
      'GET',
      /^\/v1\/access\/explanation$/,
      (call) => {
        const who = need(call, ...WATCHERS)
        const act = ACTS.find((each) => each.act === call.query.get('act')) ?? ACTS[2]
        const account = call.query.get('account') || who.account
        const posted = network.postings.find((each) => each.account === account)
        if (account !== who.account && !posted) {
          throw new Refused(404, 'not-found', '没有找到', '没有该账号的派驻记录。')
        }
        const holds = (posted?.work ?? []).some((work) => WORKING[work] === act?.role)
        const reason = holds ? '受理人、审查人不能签批同一办件' : '当前角色不能办理'
        const conditions = [{ text: '受理人、审查人不能签批同一办件', met: false }]
        const row = { role_name: act?.role_name, holds, scope_name: '本单位', within: holds }
        return {
          body: {
            account,
            title: act?.title,
            roles: holds ? [act?.role_name] : [],
            allowed: false,
            reason,
            rows: [{ ...row, conditions, allows: false }],
          },
        }
      },
    ],
  ]
}

function covered(): Json {
  const served = new Set(network.points.flatMap((each) => each.communities ?? []))
  const line = (key: string, name: string, all: typeof network.communities): Json => {
    const missing = all.filter((each) => !served.has(each.key))
    return {
      subdistrict: key,
      subdistrict_name: name,
      numerator: all.length - missing.length,
      denominator: all.length,
      rate: all.length ? 1 - missing.length / all.length : null,
      households_missed: missing.reduce((sum, each) => sum + (each.households ?? 0), 0),
      missing,
    }
  }
  const offices = [...new Set(network.communities.map((each) => each.subdistrict))].sort()
  const named = new Map(network.organisations.map((each) => [each.key, each.name]))
  return {
    district: line('410102', '中原区', network.communities),
    subdistricts: offices.map((key) =>
      line(
        key,
        named.get(key) ?? key,
        network.communities.filter((each) => each.subdistrict === key),
      ),
    ),
  }
}
