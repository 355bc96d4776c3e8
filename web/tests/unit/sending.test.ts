import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { authenticateWith, newKey, Problem, request, Unreachable } from '@/api/http'
import { useSending } from '@/api/submission'
import { contentType } from '@/api/uploads'
import { useAttachments } from '@/domain/attachments'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })

let fetched: [string, RequestInit][]
let next: () => Promise<Response>

beforeEach(() => {
  fetched = []
  next = () => Promise.resolve(answer(200, { ok: true }))
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    fetched.push([url, init])
    return next()
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  authenticateWith(
    () => null,
    () => undefined,
  )
})

describe('a request', () => {
  test('carries token, key and version, and brings the ETag back', async () => {
    authenticateWith(
      () => 'token',
      () => undefined,
    )
    next = () => Promise.resolve(answer(200, { a: 1 }, { ETag: '"3"' }))
    const got = await request('POST', '/v1/x', { body: {}, key: 'k', ifMatch: '"2"' })
    expect(got).toEqual({ body: { a: 1 }, etag: '"3"' })
    expect(fetched[0]?.[1].headers).toMatchObject({
      Authorization: 'Bearer token',
      'Idempotency-Key': 'k',
      'If-Match': '"2"',
    })
  })
  test('leaves out what was not asked', async () => {
    await request('GET', '/v1/x', { query: { cursor: undefined, q: '', limit: 5 } })
    expect(fetched[0]?.[0]).toBe('/v1/x?limit=5')
  })
  test('a problem keeps its words and its fields', async () => {
    const errors = [{ pointer: '/name', message: '请填写姓名。' }]
    next = () =>
      Promise.resolve(
        answer(422, { type: 't', title: '有误', status: 422, detail: '改好', errors }),
      )
    const refused = await request('POST', '/v1/x', {}).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Problem)
    expect(refused).toMatchObject({ status: 422, title: '有误', detail: '改好' })
    expect((refused as Problem).at('/name')).toBe('请填写姓名。')
  })
  test("a gateway's own page is no riddle to the reader", async () => {
    next = () => Promise.resolve(answer(502, '<html>Bad gateway</html>'))
    await expect(request('GET', '/v1/x')).rejects.toMatchObject({ status: 502, title: /稍后/ })
  })
  test('a lost connection is told apart from a refusal', async () => {
    next = () => Promise.reject(new TypeError('failed'))
    await expect(request('GET', '/v1/x')).rejects.toBeInstanceOf(Unreachable)
  })
  test('a refused token ends the session; a refusal without one does not', async () => {
    const ended = vi.fn()
    next = () => Promise.resolve(answer(401, { title: '请先登录' }))
    authenticateWith(() => null, ended)
    await request('GET', '/v1/x').catch(() => undefined)
    expect(ended).not.toHaveBeenCalled()
    authenticateWith(() => 'old', ended)
    await request('GET', '/v1/x').catch(() => undefined)
    expect(ended).toHaveBeenCalledOnce()
  })
})

describe('one form is sent once', () => {
  test('a second tap while the first is under way does nothing', async () => {
    let finish: (value: string) => void = () => undefined
    const deliver = vi.fn(() => new Promise<string>((resolve) => (finish = resolve)))
    const { send, busy } = useSending(deliver)
    const first = send()
    const second = await send()
    expect(second).toBeUndefined()
    expect(busy.value).toBe(true)
    finish('receipt')
    expect(await first).toBe('receipt')
    expect(deliver).toHaveBeenCalledOnce()
    expect(busy.value).toBe(false)
  })
  test('a repeat after a lost answer carries the same key; another form has another', async () => {
    const keys: string[] = []
    const losing = (key: string): Promise<never> => {
      keys.push(key)
      return Promise.reject(new Unreachable())
    }
    const form = useSending(losing)
    await form.send()
    await form.send()
    await useSending(losing).send()
    expect(keys[0]).toBe(keys[1])
    expect(keys[2]).not.toBe(keys[0])
    expect(form.problem.value).toBeInstanceOf(Unreachable)
  })
  test('keys do not repeat', () => {
    expect(new Set(Array.from({ length: 1000 }, newKey)).size).toBe(1000)
  })
})

describe('attachments', () => {
  const file = (name: string): File => new File(['x'], name, { type: 'image/png' })
  const done = (name: string) => ({
    document: `doc-${name}`,
    sha256: '',
    size: 1,
    content_type: '',
    name,
  })

  test('only documents that have arrived are handed in', async () => {
    const attachments = useAttachments((sent) =>
      sent.name === 'bad.png'
        ? Promise.reject(new Problem(413, 't', '内容过大', '文件太大'))
        : Promise.resolve(done(sent.name)),
    )
    await attachments.add('m1', [file('a.png'), file('bad.png')])
    expect(attachments.inputs()).toEqual([{ material_id: 'm1', document: 'doc-a.png' }])
    expect(attachments.list.find((each) => each.name === 'bad.png')?.error).toBe('文件太大')
    expect(attachments.busy()).toBe(false)
  })
  test('one that was removed while it travelled does not come back', async () => {
    let arrive: () => void = () => undefined
    const attachments = useAttachments(
      (sent) => new Promise((resolve) => (arrive = () => resolve(done(sent.name)))),
    )
    const adding = attachments.add('m1', [file('a.png')])
    expect(attachments.busy()).toBe(true)
    attachments.clear()
    arrive()
    await adding
    expect(attachments.list).toEqual([])
    expect(attachments.inputs()).toEqual([])
  })
  test('two forms share nothing', async () => {
    const [one, two] = [0, 1].map(() => useAttachments((sent) => Promise.resolve(done(sent.name))))
    await one?.add('m1', [file('a.png')])
    expect(two?.list).toEqual([])
  })
})

test('a type that the browser does not know is read from the name', () => {
  expect(contentType({ name: '材料.OFD', type: '' })).toBe('application/ofd')
  expect(contentType({ name: 'a.pdf', type: 'application/pdf' })).toBe('application/pdf')
  expect(contentType({ name: 'a', type: '' })).toBe('application/octet-stream')
})
