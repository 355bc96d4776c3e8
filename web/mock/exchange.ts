/** Questions between departments, in memory. */
import { randomUUID } from 'node:crypto'
import type { OpenedInquiry, Question } from '../src/api/inquiries'
import { dayOf, instantOf, shift } from './calendar'
import { placeName } from './people'
import type { Call, Route } from './server'

const REPLY_CLASSES = [
  { key: 'unconditional', label: '无条件共享', working_days: 1, source: '演示', confidence: 'low' },
  { key: 'conditional', label: '有条件共享', working_days: 5, source: '演示', confidence: 'low' },
]

export function exchangeRoutes(): Route[] {
  const all: OpenedInquiry[] = []
  const find = (id: string): OpenedInquiry => {
    const found = all.find((each) => each.id === id)
    if (!found) throw new Error('no such inquiry')
    return found
  }
  const page = (items: unknown[]): { body: unknown } => ({ body: { items, next_cursor: null } })

  function opened(call: Call): OpenedInquiry {
    const asked = call.body as unknown as Question
    const today = dayOf(new Date())
    const asking = call.who?.organisation ?? ''
    const made: OpenedInquiry = {
      id: randomUUID().slice(0, 20),
      state: 'open',
      asking,
      asking_name: placeName(asking) ?? '',
      asked: asked.asked,
      asked_name: placeName(asked.asked) ?? '',
      case_no: asked.case_no,
      topic: asked.topic,
      asked_on: today,
      due_on: shift(today, 7),
      answered_at: null,
      raised: [],
      case_clock: '征询期间办件时限照常计算',
      text: asked.text,
      answer: null,
      evidence: [],
    }
    all.unshift(made)
    return made
  }

  return [
    ['GET', /^\/v1\/inquiry-classes$/, () => page(REPLY_CLASSES)],
    ['POST', /^\/v1\/inquiries$/, (call) => ({ status: 201, body: opened(call) })],
    [
      'GET',
      /^\/v1\/inquiries$/,
      (call) => {
        const box = call.query.get('box') === 'asking' ? 'asking' : 'asked'
        const mine = all.filter((each) => each[box] === call.who?.organisation)
        return page(box === 'asked' ? mine.filter((each) => each.state === 'open') : mine)
      },
    ],
    ['GET', /^\/v1\/inquiries\/([^/]+)$/, (_call, id) => ({ body: find(id ?? '') })],
    [
      'POST',
      /^\/v1\/inquiries\/([^/]+)\/answer$/,
      (call, id) => ({
        body: Object.assign(find(id ?? ''), {
          state: 'answered',
          answer: String(call.body.text),
          answered_at: instantOf(new Date()),
        }),
      }),
    ],
    [
      'POST',
      /^\/v1\/inquiries\/([^/]+)\/withdrawal$/,
      (_call, id) => ({ body: Object.assign(find(id ?? ''), { state: 'withdrawn' }) }),
    ],
  ]
}
