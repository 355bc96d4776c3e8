/** Keeping the catalogue and charging by it: changes, lists, proof checks, stationing, orders. */
import { randomUUID } from 'node:crypto'
import demo from '../../data/demo_catalogue.json'
import { dayOf, instantOf } from './calendar'
import { type Cases, Refused } from './cases'
import { guideFor } from './catalogue'
import type { Person } from './people'
import type { Call, Reply, Route } from './server'

type Json = Record<string, unknown>
type Raw = (typeof demo.items)[number]

export const keeping = (cases: Cases): Route[] => [
  ...itemRoutes(),
  ...changeRoutes(cases),
  ...listRoutes(),
  ...chargingRoutes(cases),
]

const page = (items: unknown[]): Reply => ({ body: { items, next_cursor: null } })
const missing = (what: string): Refused => new Refused(404, 'not-found', '没有找到', what)

function need(call: Call, ...roles: string[]): Person {
  if (!call.who) throw new Refused(401, 'unauthenticated', '请先登录')
  if (roles.length && !call.who.roles.some((role) => roles.includes(role))) {
    throw new Refused(403, 'forbidden', '无权办理', '您的岗位不办理这一项。')
  }
  return call.who
}

const rawOf = (code: string | undefined): Raw => {
  const found = demo.items.find((each) => each.task_code === code)
  if (!found) throw missing('目录中没有这个事项。')
  return found
}

function itemRoutes(): Route[] {
  return [
    [
      'GET',
      /^\/v1\/items$/,
      (call) =>
        page(
          demo.items
            .filter((each) => each.implementing_body === call.query.get('organisation'))
            .map((each) => ({ code: each.task_code, name: each.item_name, version: 1 })),
        ),
    ],
    ['GET', /^\/v1\/items\/([^/]+)\/document$/, (_call, code) => ({ body: rawOf(code) })],
    [
      'GET',
      /^\/v1\/items\/([^/]+)\/versions\/(\d+)$/,
      (_call, code) => ({ body: guideFor(rawOf(code).task_code) }),
    ],
  ]
}

// --- changes ---------------------------------------------------------------------------------------

const ENTRIES = ['promise_limit', 'item_name', 'acceptance_conditions', 'handling_steps'] as const
const TITLES: Record<string, string> = {
  promise_limit: '承诺时限',
  item_name: '事项名称',
  acceptance_conditions: '受理条件',
  handling_steps: '办理程序',
}

const said = (value: string | string[] | Raw['promise_limit']): string =>
  Array.isArray(value)
    ? value.join(';')
    : typeof value === 'string'
      ? value
      : `${value.value}${value.unit}`

function checked(body: Json): { item: Raw; checks: Json } {
  const before = rawOf(String(body.item_code ?? ''))
  const after = (body.item ?? before) as Raw
  const bare = after.materials.findIndex((each) => !each.legal_basis.trim())
  if (bare >= 0) {
    const name = after.materials[bare]?.material_name ?? ''
    const message = `“${after.item_name}”要求“${name}”,却没有写明依据;写明法律依据,或不再要求`
    throw new Refused(422, 'invalid-input', '填写内容有误', '变更会带来不合理的证明要求', [
      { pointer: `/item/materials/${bare}`, message },
    ])
  }
  const differences = ENTRIES.filter((name) => said(before[name]) !== said(after[name])).map(
    (name) => ({
      field: name,
      title: TITLES[name] ?? name,
      before: said(before[name]),
      after: said(after[name]),
      sentence: `${TITLES[name]}由“${said(before[name])}”改为“${said(after[name])}”`,
    }),
  )
  if (body.action === 'amend' && differences.length === 0) {
    throw new Refused(422, 'invalid-input', '填写内容有误', '与现行版本没有不同', [
      { pointer: '/item', message: '与现行版本没有不同' },
    ])
  }
  const statement = '在办件按受理时的版本办到底,条件、材料和时限不因本次变更改变。'
  return {
    item: after,
    checks: {
      summary: `“${after.item_name}”:${differences.map((each) => each.sentence).join(';')}`,
      differences,
      effect_on_open_cases: { kind: 'none', statement, open_cases: 2 },
      seen_by: [
        '生效后新申请的申请人(检索、办事指南、网上申请)',
        '中原区政务服务中心等共22个网点的受理窗口',
      ],
      stationing: '已进驻',
      following_units: [],
    },
  }
}

function changeRoutes(cases: Cases): Route[] {
  const changes = new Map<string, Json>()
  const STAGES: Record<string, string> = {
    under_review: '清单主管单位审核中',
    reviewed: '待政务服务改革管理办公室审定',
    in_force: '已生效',
    rejected: '已退回',
    withdrawn: '已撤回',
  }
  const WAITS: Record<string, string[]> = { under_review: ['fz'], reviewed: ['office'] }
  const moved = (change: Json, stage: string, type: string, data: Json, who: Person): Reply => {
    const version = Number(change.version) + 1
    Object.assign(change, {
      stage,
      stage_text: STAGES[stage],
      version,
      waits_for: WAITS[stage] ?? [],
      due_on: WAITS[stage] ? dayOf(new Date(cases.now().getTime() + 5 * 86_400_000)) : null,
    })
    const actor = { role: who.roles[0] ?? '', organisation: who.organisation }
    const event = { id: randomUUID(), type, at: instantOf(cases.now()), actor, data }
    ;(change.events as Json[]).push(event)
    return { body: change, etag: `"${version}"` }
  }
  const found = (id: string | undefined): Json => {
    const change = changes.get(id ?? '')
    if (!change) throw missing('没有这项变更。')
    return change
  }
  const worded = (call: Call, name: string): string => {
    const text = String(call.body[name] ?? '').trim()
    if (!text)
      throw new Refused(422, 'invalid-input', '填写内容有误', '退回须写明理由', [
        { pointer: `/${name}`, message: '退回须写明理由' },
      ])
    return text
  }
  return [
    [
      'POST',
      /^\/v1\/item-changes\/preview$/,
      (call) => {
        need(call, 'item_editor')
        const { item, checks } = checked(call.body)
        const reviewers = [{ list: 'powers', owner: 'fz' }]
        return { body: { item_name: item.item_name, item_version: 2, reviewers, checks } }
      },
    ],
    [
      'POST',
      /^\/v1\/item-changes$/,
      (call) => {
        const who = need(call, 'item_editor')
        const { item, checks } = checked(call.body)
        const id = `BG20260302-${randomUUID().slice(0, 8)}`
        const change: Json = {
          id,
          version: 0,
          action: call.body.action,
          item_code: item.task_code,
          item_name: item.item_name,
          item_version: 2,
          base_version: 1,
          organisation: who.organisation,
          summary: checks.summary,
          reason: call.body.reason,
          legal_basis: call.body.legal_basis,
          proposed_at: instantOf(cases.now()),
          effective_at: null,
          wished_on: call.body.effective_on ?? null,
          closing_reason: '',
          alerts: [],
          checks,
          reviews: [
            {
              list: 'powers',
              list_title: '权力清单',
              owner: 'fz',
              approved: null,
              opinion: '',
              decided_at: null,
            },
          ],
          events: [],
        }
        changes.set(id, change)
        const reply = moved(change, 'under_review', 'item_change.proposed', call.body, who)
        return { ...reply, status: 201 }
      },
    ],
    [
      'GET',
      /^\/v1\/item-changes$/,
      (call) => {
        const who = need(call, 'item_editor', 'list_owner', 'office', 'supervisor')
        const queue = { review: 'under_review', approval: 'reviewed' }[
          call.query.get('queue') ?? ''
        ]
        const all = [...changes.values()].filter((each) =>
          queue
            ? each.stage === queue && (each.waits_for as string[]).includes(who.organisation ?? '')
            : !who.roles.includes('item_editor') || each.organisation === who.organisation,
        )
        return page(all.reverse())
      },
    ],
    [
      'GET',
      /^\/v1\/item-changes\/([^/]+)$/,
      (call, id) => {
        need(call)
        const change = found(id)
        return { body: change, etag: `"${String(change.version)}"` }
      },
    ],
    [
      'POST',
      /^\/v1\/item-changes\/([^/]+)\/review$/,
      (call, id) => {
        const who = need(call, 'list_owner')
        const change = found(id)
        const approved = call.body.decision === 'approve'
        const opinion = approved ? String(call.body.opinion ?? '') : worded(call, 'opinion')
        Object.assign((change.reviews as Json[])[0] ?? {}, { approved, opinion })
        const stage = approved ? 'reviewed' : 'rejected'
        if (!approved) change.closing_reason = opinion
        return moved(change, stage, 'item_change.reviewed', { approved, opinion }, who)
      },
    ],
    [
      'POST',
      /^\/v1\/item-changes\/([^/]+)\/publication$/,
      (call, id) => {
        const who = need(call, 'office')
        const change = found(id)
        if (call.body.decision === 'reject') {
          change.closing_reason = worded(call, 'reason')
          const data = { reason: change.closing_reason }
          return moved(change, 'rejected', 'item_change.rejected', data, who)
        }
        change.effective_at = instantOf(cases.now())
        return moved(change, 'in_force', 'item_change.in_force', {}, who)
      },
    ],
    [
      'POST',
      /^\/v1\/item-changes\/([^/]+)\/withdrawal$/,
      (call, id) => {
        const who = need(call, 'item_editor')
        const change = found(id)
        change.closing_reason = worded(call, 'reason')
        const data = { reason: change.closing_reason }
        return moved(change, 'withdrawn', 'item_change.withdrawn', data, who)
      },
    ],
  ]
}

// --- lists, proofs, stationing ---------------------------------------------------------------------

const LISTS = [
  { list: 'powers', title: '权力清单', owner: 'fz', source: '附(一)' },
  { list: 'fees', title: '行政事业性收费清单', owner: 'cz', source: '附(三)' },
]

function listRoutes(): Route[] {
  const struck = new Set<string>()
  const exempted = new Map<string, { owner: string; reason: string }>()
  const stationed = (raw: Raw): Json => {
    const gap = exempted.get(raw.task_code)
    return {
      item_code: raw.task_code,
      item_name: raw.item_name,
      body: raw.implementing_body,
      status: gap ? 'exempted' : 'stationed',
      status_text: gap ? '未进驻,已登记责任单位和理由' : '已进驻',
      owner: gap?.owner ?? '',
      reason: gap?.reason ?? '',
      places: gap
        ? []
        : [
            {
              point: 'centre',
              name: '中原区政务服务中心',
              tier: 'centre',
              functions: ['咨询', '收件', '受理', '送达'],
            },
          ],
    }
  }
  return [
    ['GET', /^\/v1\/lists$/, () => ({ body: { items: LISTS } })],
    [
      'GET',
      /^\/v1\/lists\/([^/]+)$/,
      (_call, name) => {
        const since = '2026-01-01T00:00:00.000+08:00'
        const items = demo.items.flatMap((raw) =>
          name === 'fees'
            ? raw.fee.items.map((fee) => ({ ref: fee.name, since, ...fee }))
            : name === 'powers'
              ? [
                  {
                    ref: raw.catalog_code,
                    name: raw.item_name,
                    basis: '附(一)',
                    standard: '',
                    since,
                  },
                ]
              : [],
        )
        const left = items.filter((each) => !struck.has(each.ref))
        const listing = LISTS.find((each) => each.list === name)
        return { body: { ...listing, items: left, next_cursor: null } }
      },
    ],
    [
      'DELETE',
      /^\/v1\/lists\/([^/]+)\/([^/]+)$/,
      (call, _list, ref) => {
        need(call, 'list_owner')
        struck.add(decodeURIComponent(ref ?? ''))
        return { body: { items: [] } }
      },
    ],
    ['GET', /^\/v1\/catalogue\/deviations$/, () => ({ body: { items: [] } })],
    [
      'POST',
      /^\/v1\/catalogue\/check$/,
      (call) => {
        need(call, 'item_editor', 'list_owner', 'office', 'supervisor')
        const posted = (call.body.items as unknown[] | undefined)?.length
        const finding = {
          kind: 'circular',
          title: '循环证明',
          alarm: true,
          message: '房屋租赁登记证明、流动人口登记证明、居住情况证明互为前提,谁也办不出来',
          path: [
            '办“房屋租赁登记备案”要交流动人口登记证明',
            '办“流动人口登记”要交居住情况证明',
            '办“居住情况证明”要交房屋租赁登记证明',
          ],
          remedy: '不再要求其中任意一样,或允许以其他材料代替',
        }
        const findings = posted ? [finding] : []
        const items = posted ?? demo.items.length
        return { body: { items, materials: items * 3, clean: !posted, findings } }
      },
    ],
    [
      'GET',
      /^\/v1\/stationing$/,
      (call) => {
        need(call)
        return page(demo.items.map(stationed))
      },
    ],
    [
      'GET',
      /^\/v1\/stationing\/gaps$/,
      (call) => {
        need(call)
        return page(demo.items.filter((raw) => exempted.has(raw.task_code)).map(stationed))
      },
    ],
    [
      'PUT',
      /^\/v1\/stationing\/([^/]+)\/exemption$/,
      (call, code) => {
        need(call, 'office')
        const { owner, reason } = call.body as { owner: string; reason: string }
        exempted.set(code ?? '', { owner, reason })
        return { body: stationed(rawOf(code)) }
      },
    ],
    [
      'DELETE',
      /^\/v1\/stationing\/([^/]+)\/exemption$/,
      (call, code) => {
        need(call, 'office')
        exempted.delete(code ?? '')
        return { body: stationed(rawOf(code)) }
      },
    ],
  ]
}

// --- charging --------------------------------------------------------------------------------------

interface Order extends Json {
  id: string
  case_no: string
  stage: string
  stage_text: string
  version: number
  total_fen: number
  placed_at: string
  paid_at: string | null
  receipt_no: string
  refunds: Json[]
}

function chargingRoutes(cases: Cases): Route[] {
  const orders = new Map<string, Order>()
  const found = (id: string | undefined): Order => {
    const order = orders.get(id ?? '')
    if (!order) throw missing('没有这张缴款单。')
    return order
  }
  const payments = (day: string): Json[] =>
    [...orders.values()]
      .filter((each) => each.paid_at?.startsWith(day))
      .map((each) => ({
        order_id: each.id,
        transaction: `LS${each.id}`,
        amount_fen: each.total_fen,
      }))
  return [
    [
      'POST',
      /^\/v1\/payment-orders$/,
      (call) => {
        need(call, 'window_clerk', 'station_clerk', 'acceptor')
        const { case_no, charges } = call.body as { case_no: string; charges: Json[] }
        const fees = cases.find(case_no).item.fee.items
        const lines = charges.map((asked) => {
          const fee = fees.find((each) => each.name === asked.name)
          if (!fee) throw new Refused(409, 'charge-refused', '不得收取此项费用', '清单上没有。')
          const quantity = Number(asked.quantity ?? 1)
          const amount_fen = Number(asked.amount_fen ?? (fee.amount_fen ?? 0) * quantity)
          return { calculation: '', waiver: '', ...asked, ...fee, quantity, amount_fen }
        })
        const id = `JF20260302${randomUUID().slice(0, 10).replace('-', '0').toUpperCase()}`
        const total = lines.reduce((sum, each) => sum + each.amount_fen, 0)
        const order: Order = {
          id,
          case_no,
          version: 1,
          stage: 'due',
          stage_text: '待缴费',
          charges: lines,
          total_fen: total,
          total_text: `${(total / 100).toFixed(2)}元`,
          page: `/local/fees/${id}?amount_fen=${total}`,
          placed_at: instantOf(cases.now()),
          paid_at: null,
          receipt_no: '',
          refunds: [],
        }
        orders.set(id, order)
        return { status: 201, body: order, etag: '"1"' }
      },
    ],
    [
      'GET',
      /^\/v1\/payment-orders$/,
      (call) => {
        need(call)
        const no = call.query.get('case_no')
        return page([...orders.values()].filter((each) => each.case_no === no))
      },
    ],
    [
      'GET',
      /^\/v1\/payment-orders\/([^/]+)\/receipt$/,
      (call, id) => {
        need(call)
        const order = found(id)
        const { receipt_no, case_no, charges, total_fen, paid_at } = order
        const refunded_fen = order.refunds.reduce((sum, each) => sum + Number(each.amount_fen), 0)
        const rest = { total_in_words: '肆拾元整', transaction: `LS${order.id}`, refunded_fen }
        return {
          body: { receipt_no, order_id: order.id, case_no, charges, total_fen, paid_at, ...rest },
        }
      },
    ],
    [
      'POST',
      /^\/v1\/payment-orders\/([^/]+)\/void$/,
      (call, id) => {
        need(call, 'window_clerk', 'station_clerk', 'acceptor')
        return { body: Object.assign(found(id), { stage: 'void', stage_text: '已作废' }) }
      },
    ],
    [
      'POST',
      /^\/v1\/payment-orders\/([^/]+)\/refund$/,
      (call, id) => {
        need(call, 'list_owner')
        const order = found(id)
        const at = instantOf(cases.now())
        order.refunds.push({ id: randomUUID(), ...call.body, completed_at: at })
        order.version += 1
        return { body: order }
      },
    ],
    [
      'POST',
      /^\/v1\/payment-statements$/,
      (call) => {
        need(call, 'list_owner')
        const { day, payments: theirs } = call.body as { day: string; payments: Json[] }
        const ours = payments(day)
        const ids = new Set(theirs.map((each) => each.order_id))
        const only_here = ours.filter((each) => !ids.has(each.order_id))
        const sum = (some: Json[]): number =>
          some.reduce((total, each) => total + Number(each.amount_fen), 0)
        return {
          body: {
            day,
            agrees: only_here.length === 0,
            matched: ours.length - only_here.length,
            ours_fen: sum(ours),
            theirs_fen: sum(theirs),
            only_here,
            only_there: [],
            differing: [],
          },
        }
      },
    ],
    [
      'GET',
      /^\/local\/fees\/statements\/([^/]+)$/,
      (_call, day) => ({ body: { day, payments: payments(day ?? '') } }),
    ],
    [
      // The fee system's page is its own; here the money is simply in.
      'GET',
      /^\/local\/fees\/([^/?]+)$/,
      (_call, id) => {
        const order = found(id)
        Object.assign(order, {
          stage: 'paid',
          stage_text: '已缴费',
          paid_at: instantOf(cases.now()),
          receipt_no: `PJ${order.id.slice(2)}`,
          version: 2,
        })
        return { body: '缴费成功' }
      },
    ],
  ]
}
