import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { Problem, Unreachable } from '@/api/http'
import { type DraftKeeper, PAUSE_MS, useDraftKeeper } from '@/citizen/draft'
import { complained, correctionWaits } from '@/domain/story'
import type { CaseEvent } from '@/api/types'

let sent: [object, boolean][]
let lacks: boolean[]
let dropped: number
let answer: () => Promise<void>
let scope: EffectScope
let keeper: DraftKeeper
let online: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('window', {
    addEventListener: (_: string, act: () => void) => {
      online = act
    },
    removeEventListener: () => undefined,
  })
  vi.stubGlobal('document', {
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  })
  sent = []
  lacks = []
  dropped = 0
  answer = () => Promise.resolve()
  scope = effectScope()
  keeper = scope.run(() =>
    useDraftKeeper({
      save: (content, leaving) => {
        sent.push([content, leaving])
        return answer()
      },
      drop: () => {
        dropped += 1
        return Promise.resolve()
      },
      lacking: (lacking) => lacks.push(lacking),
    }),
  ) as DraftKeeper
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const pause = (): Promise<unknown> => vi.advanceTimersByTimeAsync(PAUSE_MS)

describe('a draft on its way to the server', () => {
  test('goes after a pause, the last state alone', async () => {
    keeper.keep({ a: 1 })
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1)
    keeper.keep({ a: 2 })
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 1)
    expect(sent).toEqual([])
    await pause()
    expect(sent).toEqual([[{ a: 2 }, false]])
    expect(keeper.state.value).toBe('saved')
    expect(lacks.at(-1)).toBe(false)
  })

  test('is not lost while the network is away, and goes as soon as it is back', async () => {
    answer = () => Promise.reject(new Unreachable())
    keeper.keep({ a: 1 })
    await pause()
    expect(keeper.state.value).toBe('away')
    expect(lacks.at(-1)).toBe(true)
    answer = () => Promise.resolve()
    online()
    await vi.advanceTimersByTimeAsync(0)
    expect(sent.at(-1)?.[0]).toEqual({ a: 1 })
    expect(keeper.state.value).toBe('saved')
  })

  test('is tried again by itself', async () => {
    answer = () => Promise.reject(new Unreachable())
    keeper.keep({ a: 1 })
    await pause()
    answer = () => Promise.resolve()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(keeper.state.value).toBe('saved')
  })

  test('what was typed while an older state failed is what goes next', async () => {
    let fail: (why: Error) => void = () => undefined
    answer = () => new Promise((_, reject) => (fail = reject))
    keeper.keep({ a: 1 })
    await pause()
    keeper.keep({ a: 2 })
    answer = () => Promise.resolve()
    fail(new Unreachable())
    await pause()
    expect(sent.map(([content]) => content)).toEqual([{ a: 1 }, { a: 2 }])
    expect(keeper.state.value).toBe('saved')
  })

  test('a refusal for good is not repeated', async () => {
    answer = () => Promise.reject(new Problem(404, 't', '没有这个事项', ''))
    keeper.keep({ a: 1 })
    await pause()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(keeper.state.value).toBe('refused')
    expect(sent).toHaveLength(1)
  })

  test('goes at once when the form is left', () => {
    keeper.keep({ a: 1 })
    scope.stop()
    return Promise.resolve().then(() => expect(sent).toEqual([[{ a: 1 }, true]]))
  })

  test('once handed in, it is dropped after what is under way, and nothing follows', async () => {
    let arrive: () => void = () => undefined
    answer = () => new Promise((resolve) => (arrive = resolve))
    keeper.keep({ a: 1 })
    await pause()
    const gone = keeper.drop()
    await vi.advanceTimersByTimeAsync(0)
    expect(dropped).toBe(0)
    arrive()
    await gone
    keeper.keep({ a: 2 })
    scope.stop()
    await pause()
    expect(dropped).toBe(1)
    expect(sent).toHaveLength(1)
  })
})

const event = (seq: number, type: string, data: Record<string, unknown> = {}): CaseEvent =>
  ({ seq, type, data }) as CaseEvent

describe('what the log says of a correction', () => {
  const asked = event(4, 'case.data_correction_requested', { fields: ['name'] })
  test.each([
    [[], false],
    [[asked], true],
    [[asked, event(5, 'case.data_corrected', { fields: ['phone'] })], true],
    [[asked, event(5, 'case.data_corrected', { request: 4 })], false],
    [[asked, event(5, 'case.data_correction_refused', { request: 4 })], false],
    [
      [
        asked,
        event(5, 'case.data_correction_refused', { request: 4 }),
        event(6, 'case.data_correction_requested'),
      ],
      true,
    ],
  ])('%#', (events, waits) => {
    expect(correctionWaits(events)).toBe(waits)
  })
})

test('only an objection or a bad rating opens a case of its own', () => {
  expect(complained([event(1, 'case.rated', { grade: 3 })])).toBe(false)
  expect(complained([event(1, 'case.rated', { grade: 4 })])).toBe(true)
  expect(complained([event(1, 'case.objected')])).toBe(true)
})
