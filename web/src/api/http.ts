/** One request to the API: JSON in, JSON out, problems as exceptions that a person can read. */

export interface FieldProblem {
  pointer: string
  message: string
}

/** What the server refused, in its own words (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
  ) {
    super(detail || title)
  }

  /** The message for one field, by JSON pointer. */
  at(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.message
  }
}

/** No answer came: whether the server acted is unknown, so a repeat must carry the same key. */
export class Unreachable extends Problem {
  constructor() {
    super(0, 'unreachable', '网络不通', '网络不太好,没有收到答复。请再点一次,不会重复提交。')
  }
}

export interface Answer<T> {
  body: T
  etag: string | null
}

export interface RequestOptions {
  body?: unknown
  query?: Record<string, string | number | undefined>
  /** `Idempotency-Key`: one per form instance, the same for every repeat. */
  key?: string
  /** The ETag that the act was decided on. */
  ifMatch?: string | null
  /** Goes on its way though the page is closed meanwhile; for small bodies. */
  keepalive?: boolean
}

const TIMEOUT_MS = 20_000

let bearer: () => string | null = () => null
let onUnauthenticated: () => void = () => undefined

/** Told once by the session module: where the token comes from and what to do when it is refused. */
export function authenticateWith(token: () => string | null, refused: () => void): void {
  bearer = token
  onUnauthenticated = refused
}

export async function request<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  const token = bearer()
  if (token) headers.Authorization = `Bearer ${token}`
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.key) headers['Idempotency-Key'] = options.key
  if (options.ifMatch) headers['If-Match'] = options.ifMatch
  const init: RequestInit = { method, headers, signal: deadline() }
  if (options.body !== undefined) init.body = JSON.stringify(options.body)

  if (options.keepalive) init.keepalive = true

  let response: Response
  let text: string
  try {
    response = await fetch(path + queryText(options.query), init)
    text = await response.text()
  } catch {
    throw new Unreachable()
  }
  if (response.ok) {
    return { body: (text ? JSON.parse(text) : null) as T, etag: response.headers.get('ETag') }
  }
  if (response.status === 401 && token) onUnauthenticated()
  throw problemOf(response, text)
}

export async function get<T>(path: string, query?: RequestOptions['query']): Promise<T> {
  return (await request<T>('GET', path, query ? { query } : {})).body
}

function deadline(): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), TIMEOUT_MS)
  return controller.signal
}

function queryText(query: RequestOptions['query']): string {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') pairs.set(name, String(value))
  }
  const text = pairs.toString()
  return text ? `?${text}` : ''
}

function problemOf(response: Response, text: string): Problem {
  try {
    const raw = JSON.parse(text) as {
      type?: string
      title?: string
      detail?: string
      errors?: FieldProblem[]
    }
    const fallback = WORDS[response.status] ?? '系统暂时不能办理,请稍后再试。'
    return new Problem(
      response.status,
      raw.type ?? 'about:blank',
      raw.title ?? fallback,
      raw.detail ?? '',
      raw.errors ?? [],
    )
  } catch {
    const words = WORDS[response.status] ?? '系统暂时不能办理,请稍后再试。'
    return new Problem(response.status, 'about:blank', words, '')
  }
}

/** For answers that did not come from the application (a gateway's own refusals). */
const WORDS: Record<number, string> = {
  401: '请先登录',
  403: '您的账号不能查看或办理这一项。',
  404: '没有找到。',
  413: '内容过大。',
  429: '操作过于频繁,请稍后再试。',
}

/** A key that no other form instance has. Works without a secure context too. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
