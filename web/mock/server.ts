/**
 * The API as the pages see it, in memory: for `npm run dev` and for the browser tests.
 *
 * It follows the contract and its refusals closely enough that a page which works here works
 * against the deployment; it decides nothing that the platform decides.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type {
  Agent,
  CertificateFile,
  CertificatePrint,
  CertificateSummary,
  DocumentRow,
  Submission,
} from '../src/api/types'
import { dayOf, instantOf, shift } from './calendar'
import { type Case, Cases, type Document, Refused } from './cases'
import { CERTIFICATE_TYPES, codeNamed, guideFor, INDEX, usccOf } from './catalogue'
import { createHall } from './hall'
import { exchangeRoutes } from './exchange'
import { createHoldings } from './holdings'
import { accountsShown, PEOPLE, type Person, personOf, placesOf, tokenFor } from './people'
import { keeping } from './keeping'
import { createPapers } from './papers'
import { networking } from './network'
import { supervision } from './supervision'

const LARGEST = 20 * 1024 * 1024
const TYPES = ['image/jpeg', 'image/png', 'application/pdf', 'application/ofd']

export interface Call {
  path: string
  query: URLSearchParams
  body: Record<string, unknown>
  who: Person | null
  ifMatch: string | undefined
}

export interface Reply {
  status?: number
  body: unknown
  etag?: string
}

export type Route = readonly [string, RegExp, (call: Call, ...parts: string[]) => Reply]

export interface Mock {
  answers: (request: IncomingMessage) => boolean
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  cases: Cases
  /** Milliseconds that every write takes from now on. */
  slowness: (milliseconds: number) => void
}

export function createMock(): Mock {
  const documents = new Map<string, Document>()
  const uploads = new Map<
    string,
    { name: string; content_type: string; size: number; bytes?: Buffer }
  >()
  const cases = new Cases(documents)
  const holdings = createHoldings()
  const hall = createHall()
  const typeOf = (sha256: string): string =>
    [...documents.values()].find((each) => each.sha256 === sha256)?.content_type ?? ''
  const papers = createPapers(cases, typeOf)
  const codes = new Map<string, { found: Case; fields: string[] }>()
  const remembered = new Map<string, { digest: string; reply: Reply }>()
  let slow = 0
  seed(cases, documents)

  function need(call: Call): Person {
    if (!call.who) throw new Refused(401, 'unauthenticated', '请先登录')
    return call.who
  }

  const granted = (): Case[] => cases.all().filter((each) => each.certificate)

  function certified(identifier: string): Case {
    const found = granted().find((each) => each.certificate?.identifier === identifier)
    if (!found) throw new Refused(404, 'not-found', '没有找到', '证照库中没有这个证照标识')
    return found
  }

  function readableCertificate(call: Call, identifier: string): Case {
    const found = certified(identifier)
    return readable(call, found.no)[0]
  }

  function verified(body: Record<string, unknown>): unknown {
    const code = typeof body.presentation_code === 'string' ? body.presentation_code : null
    const shown = code === null ? undefined : codes.get(code)
    if (code !== null && !shown) {
      throw new Refused(410, 'gone', '已失效', '出示码已使用或已超过五分钟,请持证人重新出示')
    }
    if (code !== null) codes.delete(code)
    const found = shown?.found ?? certified(String(body.identifier))
    const expected = (body.check ?? {}) as Record<string, string>
    const { name, issuer_name, valid_from, valid_to, status, status_label } = summaryOf(found)
    const match = !expected.CZZT || expected.CZZT === found.applicant.name
    const certificate = shown ? fileOf(found, shown.fields) : null
    return { match, status, status_label, name, issuer_name, valid_from, valid_to, certificate }
  }

  /** Under a mandate the applicant is its principal, and the first line names who acted. */
  function submitted(asked: Submission, who: Person): unknown {
    if (!asked.mandate) return cases.submit(asked, who)
    if (!who.roles.includes('citizen')) return shownAtWindow(asked, asked.mandate, who)
    const principal = hall.applicant(asked.mandate, who)
    if (!principal) {
      throw new Refused(403, 'forbidden', '无权办理', '没有当事人有效的委托授权。')
    }
    const { id_type, id_number, name } = principal
    const applicant = { id_type, id_number, name, phone: asked.phone ?? '' }
    const receipt = cases.submit({ ...asked, applicant } as Submission, {
      ...who,
      holder_id_number: id_number,
    })
    const [first] = cases.find(receipt.case_no).events
    if (first) first.agent = hall.agentOf(asked.mandate) as unknown as Agent
    return receipt
  }

  /** An agent stands at the window: the clerk names the applicant, whom the mandate must know. */
  function shownAtWindow(asked: Submission, mandate: string, who: Person): unknown {
    if (hall.principalOf(mandate)?.id_number !== asked.on_behalf_of?.id_number) {
      throw new Refused(403, 'forbidden', '无权办理', '没有当事人有效的委托授权。', [
        { pointer: '/mandate', message: '没有当事人有效的委托授权。' },
      ])
    }
    const receipt = cases.submit(asked, who)
    const [first] = cases.find(receipt.case_no).events
    if (first) first.agent = hall.agentOf(mandate) as unknown as Agent
    return receipt
  }

  function readable(call: Call, no: string): [Case, Person] {
    const who = need(call)
    const found = cases.find(no)
    if (!cases.mayRead(found, who))
      throw new Refused(403, 'forbidden', '无权办理', '只能查看本单位、本网点或本人的办件。')
    return [found, who]
  }

  const page = (items: unknown[]): Reply => ({ body: { items, next_cursor: null } })

  const view = (found: Case, who: Person): Reply => ({
    body: cases.view(found, who),
    etag: cases.etag(found),
  })

  const routes: Route[] = [
    ['GET', /^\/v1\/health$/, () => ({ body: { status: 'ok' } })],
    ['GET', /^\/v1\/catalogue\/index$/, () => ({ body: INDEX })],
    [
      'GET',
      /^\/v1\/items\/([^/]+)$/,
      (_call, code) => {
        const found = guideFor(code ?? '')
        if (!found) throw new Refused(404, 'not-found', '没有找到', '没有这个事项,或已停止办理。')
        return { body: found }
      },
    ],
    ['GET', /^\/local\/accounts$/, () => ({ body: accountsShown() })],
    [
      'POST',
      /^\/local\/tokens$/,
      (call) => {
        const token = tokenFor(String(call.body.account))
        if (!token) throw new Refused(404, 'not-found', '没有找到', '没有这个账号。')
        return { body: { access_token: token } }
      },
    ],
    [
      'POST',
      /^\/v1\/uploads$/,
      (call) => {
        need(call)
        const { name, content_type, size } = call.body as {
          name: string
          content_type: string
          size: number
        }
        if (size > LARGEST) {
          throw new Refused(413, 'too-large', '内容过大', '文件不能超过 20 MB,请缩小后再上传。')
        }
        if (!TYPES.includes(content_type)) {
          throw new Refused(
            415,
            'wrong-media-type',
            '文件类型不支持',
            '只能上传照片(JPG、PNG)、PDF 或 OFD 文件。',
          )
        }
        const id = randomUUID()
        uploads.set(id, { name, content_type, size })
        return {
          status: 201,
          body: {
            upload_id: id,
            url: `/mock-store/${id}`,
            method: 'PUT',
            headers: { 'Content-Type': content_type },
            expires_at: instantOf(new Date(Date.now() + 900_000)),
          },
        }
      },
    ],
    [
      'POST',
      /^\/v1\/uploads\/([^/]+)\/completion$/,
      (_call, id) => {
        const upload = uploads.get(id ?? '')
        if (!upload?.bytes) throw new Refused(409, 'conflict', '内容冲突', '文件还没有传上来。')
        const { name, content_type, bytes } = upload
        const sha256 = digestOf(bytes)
        const document: Document = {
          document: `doc-${id}`,
          name,
          content_type,
          size: bytes.length,
          sha256,
        }
        documents.set(document.document, document)
        return { body: document }
      },
    ],
    [
      'POST',
      /^\/v1\/cases$/,
      (call) => ({
        status: 201,
        body: submitted(call.body as unknown as Submission, need(call)),
      }),
    ],
    ['GET', /^\/v1\/cases\/([^/]+)$/, (call, no) => view(...readable(call, no ?? ''))],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/events$/,
      (call, no) => page(readable(call, no ?? '')[0].events),
    ],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/deadline$/,
      (call, no) => ({ body: { clocks: cases.explain(readable(call, no ?? '')[0]) } }),
    ],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/documents$/,
      (call, no) => page(documentsOf(readable(call, no ?? '')[0])),
    ],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/documents\/([^/]+)$/,
      (call, no, number) => {
        const [found] = readable(call, no ?? '')
        const row = documentsOf(found).find((each) => each.number === number)
        if (!row) throw new Refused(404, 'not-found', '没有找到', '没有这份文书。')
        const paragraphs = [`你提交的${found.item.name}申请已经收到。`, '特此告知。']
        return {
          body: { ...row, organisation: found.item.body_name, paragraphs, seal_note: '专用章' },
        }
      },
    ],
    [
      'GET',
      /^\/v1\/cases\/([^/]+)\/dossier$/,
      (call, no) => {
        const [found] = readable(call, no ?? '')
        const entries = found.materials.map((each) => ({
          name: `materials/${each.material_id}`,
          kind: 'material',
          title: each.name,
          at: instantOf(found.received),
          size: each.size ?? 0,
          sha256: each.sha256 ?? '',
        }))
        return { body: { case_no: found.no, final: false, entries, head: 'a'.repeat(64) } }
      },
    ],
    [
      'POST',
      /^\/v1\/cases\/([^/]+)\/dossier\/archive$/,
      (call, no) => {
        readable(call, no ?? '')
        return { body: { url: '/mock-store/archive', expires_in: 300, head: '', final: false } }
      },
    ],
    [
      'POST',
      /^\/v1\/cases\/([^/]+)\/reveals$/,
      (call, no) => {
        const [{ no: case_no, applicant }] = readable(call, no ?? '')
        return { body: { case_no, fields: applicant } }
      },
    ],
    ...papers.routes,
    [
      'POST',
      /^\/v1\/cases\/([^/]+)\/([a-z-]+)$/,
      (call, no, command) => {
        const who = need(call)
        return view(cases.act(no ?? '', command ?? '', call.body, who, call.ifMatch), who)
      },
    ],
    ['GET', /^\/v1\/queues\/([a-z-]+)$/, (call, name) => page(cases.queue(name ?? '', need(call)))],
    ['GET', /^\/v1\/me\/cases$/, (call) => page(cases.mine(need(call)))],
    [
      'GET',
      /^\/v1\/me\/certificates$/,
      (call) => {
        const who = need(call)
        return page(
          granted()
            .filter((each) => cases.mayRead(each, who))
            .map(summaryOf),
        )
      },
    ],
    ...holdings.routes,
    ...exchangeRoutes(),
    ['GET', /^\/v1\/certificate-types$/, () => page(CERTIFICATE_TYPES)],
    [
      'GET',
      /^\/v1\/certificates\/([^/]+)$/,
      (call, identifier) => ({
        body:
          holdings.read(call, identifier ?? '') ??
          fileOf(readableCertificate(call, identifier ?? '')),
      }),
    ],
    [
      'GET',
      /^\/v1\/certificates\/([^/]+)\/print$/,
      (call, identifier) => {
        if (!call.query.get('purpose') || !call.query.get('case_no')) {
          throw new Refused(422, 'invalid-input', '填写内容有误', '请写明事由和办件编号。')
        }
        return { body: printOf(readableCertificate(call, identifier ?? '')) }
      },
    ],
    [
      'POST',
      /^\/v1\/me\/certificates\/([^/]+)\/presentations$/,
      (call, identifier) => {
        const found = readableCertificate(call, identifier ?? '')
        const code = randomUUID()
        const fields = call.body.fields as string[]
        codes.set(code, { found, fields })
        const expires_at = instantOf(new Date(Date.now() + 300_000))
        return { status: 201, body: { code, payload: `yichuang-show:${code}`, expires_at, fields } }
      },
    ],
    ['POST', /^\/v1\/certificates\/verify$/, (call) => ({ body: verified(call.body) })],
    ['GET', /^\/v1\/(organisations|points)$/, (_call, list) => page(placesOf(list ?? ''))],
    ...supervision(cases, hall),
    ...keeping(cases),
    ...networking(cases, papers.ask),
    ...hall.routes,
  ]

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET'
    const url = new URL(request.url ?? '/', 'http://mock')
    const bytes = await bodyOf(request)
    if (method === 'PUT' && url.pathname.startsWith('/mock-store/')) {
      const upload = uploads.get(url.pathname.split('/')[2] ?? '')
      if (upload) upload.bytes = bytes
      response.writeHead(upload ? 200 : 403).end()
      return
    }
    const stored = /^\/mock-store\/materials\/([0-9a-f]{64})$/.exec(url.pathname)?.[1]
    if (method === 'GET' && stored) {
      // As the store answers: the bytes, to be kept as a file.
      const kept = [...uploads.values()].find(({ bytes }) => bytes && digestOf(bytes) === stored)
      const headers = {
        'Content-Type': typeOf(stored),
        'Content-Disposition': 'attachment; filename="material"',
      }
      response.writeHead(kept ? 200 : 404, headers).end(kept?.bytes)
      return
    }
    if (method === 'POST' && slow) await new Promise((resolve) => setTimeout(resolve, slow))
    const reply = answer(method, url, request, bytes)
    send(response, reply)
  }

  function answer(method: string, url: URL, request: IncomingMessage, bytes: Buffer): Reply {
    try {
      const key = request.headers['idempotency-key']
      const text = bytes.toString()
      const call: Call = {
        path: url.pathname,
        query: url.searchParams,
        body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
        who: personOf(request.headers.authorization),
        ifMatch: request.headers['if-match'],
      }
      const digest = `${url.pathname}:${text}`
      const before = typeof key === 'string' ? remembered.get(key) : undefined
      if (before && before.digest !== digest) {
        throw new Refused(422, 'idempotency-key-reused', '重复提交标识已用于另一份内容')
      }
      if (before) return before.reply
      const reply = route(method, url.pathname, call)
      if (typeof key === 'string') remembered.set(key, { digest, reply })
      return reply
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { status, slug, title, message, errors } = error
      return {
        status,
        body: { type: `urn:yichuang:problem:${slug}`, title, status, detail: message, errors },
      }
    }
  }

  function route(method: string, path: string, call: Call): Reply {
    for (const [verb, pattern, act] of routes) {
      const match = verb === method ? pattern.exec(path) : null
      if (match) return act(call, ...match.slice(1).map(decodeURIComponent))
    }
    throw new Refused(404, 'not-found', '没有找到')
  }

  return {
    answers: (request) => /^\/(v1|local|mock-store)\//.test(request.url ?? ''),
    handle,
    cases,
    slowness: (milliseconds) => {
      slow = milliseconds
    },
  }
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, reply: Reply): void {
  const status = reply.status ?? 200
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'no-store',
    ...(reply.etag ? { ETag: reply.etag } : {}),
  })
  response.end(JSON.stringify(reply.body))
}

function documentsOf(found: Case): DocumentRow[] {
  const on = dayOf(found.received)
  const row = { kind: 'receipt', title: '收件凭证', on, seq: 1, addressee: '申请人' }
  return [{ ...row, number: `收〔2026〕${found.no.slice(-6)}号` }]
}

function summaryOf(found: Case): CertificateSummary {
  const issued = dayOf(found.decided ?? found.received)
  const months = found.item.result?.validity_months
  return {
    identifier: found.certificate?.identifier ?? '',
    type_code: found.item.result?.certificate_type ?? '',
    name: found.certificate?.name ?? '',
    issuer_name: found.item.body_name,
    issued_on: issued,
    valid_from: issued,
    valid_to: months ? shift(issued, months * 30) : null,
    status: '01',
    status_label: '有效',
    case_no: found.no,
  }
}

const claimsOf = (found: Case): Record<string, string> => ({
  CZZT: found.applicant.name,
  CZZTDM: found.applicant.id_number,
  KZ_BLSX: found.item.name,
})

function printOf(found: Case): CertificatePrint {
  const labels: Record<string, string> = {
    CZZT: '持证主体',
    CZZTDM: '持证主体代码',
    KZ_BLSX: '办理事项',
  }
  const summary = summaryOf(found)
  return {
    summary,
    items: Object.entries(claimsOf(found)).map(([name, value]) => ({
      name,
      label: labels[name] ?? name,
      value,
    })),
    qr: `${summary.identifier}#3045022100b1a2`,
  }
}

function fileOf(found: Case, shown?: string[]): CertificateFile {
  const summary = summaryOf(found)
  return {
    meta: {
      ZZMC: summary.name,
      ZZLXDM: summary.type_code,
      ZZBS: summary.identifier,
      ZZBFJG: summary.issuer_name,
      ZZBFJGDM: usccOf(found.item.body),
      ZZBFRQ: summary.issued_on,
      ZZYXQJZRQ: summary.valid_to ?? '长期',
    },
    claims: Object.fromEntries(
      Object.entries(claimsOf(found)).map(([name, value]) => [
        name,
        !shown || shown.includes(name) ? { value } : {},
      ]),
    ),
  }
}

/** A district at work: cases at every stage, some of them late. */
function seed(cases: Cases, documents: Map<string, Document>): void {
  const person = (account: string): Person => {
    const found = PEOPLE.find((each) => each.account === account)
    if (!found) throw new Error(`no demo account ${account}`)
    return found
  }
  documents.set('seed', {
    document: 'seed',
    name: '材料.jpg',
    size: 183_204,
    sha256: createHash('sha256').update('seed').digest('hex'),
    content_type: 'image/jpeg',
  })
  const make = (key: string, by: string, daysAgo: number, steps: string[]): void => {
    const code = codeNamed(key)
    const citizen = person('citizen.zhang')
    const applicant = {
      id_type: '111' as const,
      id_number: citizen.holder_id_number ?? '',
      name: citizen.name,
      phone: '13800001234',
    }
    const who = person(by)
    const receipt = cases.submit(
      {
        item_code: code,
        ...(by === citizen.account ? { applicant } : { on_behalf_of: applicant }),
        form: {},
        materials: (guideFor(code)?.materials ?? []).map((each) => ({
          material_id: each.id,
          document: 'seed',
        })),
        delivery: { channel: by === citizen.account ? 'window' : 'origin_window' },
      },
      who,
      new Date(Date.now() - daysAgo * 86_400_000),
    )
    const acts: Record<string, [string, Record<string, unknown>]> = {
      acceptance: ['ga.acceptor', {}],
      review: ['ga.reviewer', { opinion: '符合条件', recommendation: 'grant' }],
      'sign-off': ['ga.chief', { decision: 'grant', opinion: '同意' }],
    }
    for (const step of steps) {
      const [account, body] = acts[step] ?? ['', {}]
      cases.act(receipt.case_no, step, body, person(account))
    }
  }
  make('居住证申领', 'station.yingchun', 0, [])
  make('居住证申领', 'citizen.zhang', 5, ['acceptance'])
  make('居住证申领', 'station.yingchun', 9, ['acceptance', 'review'])
  make('居民身份证补领', 'citizen.zhang', 16, ['acceptance', 'review', 'sign-off'])
  make('出生登记(新生儿入户)', 'station.yingchun', 12, [])
  make('见义勇为人员确认与奖励', 'window.centre', 45, ['acceptance'])
}
