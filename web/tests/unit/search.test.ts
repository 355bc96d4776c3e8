import { expect, test } from 'vitest'
import demo from '../../../data/demo_catalogue.json'
import parity from '../../../data/search_parity.json'
import phrasings from '../../../data/search_phrasings.json'
import { type IndexDocument, limitOf, normalise, SearchIndex } from '@/search'
import { soundsLike } from '@/search/pinyin'

const index = new SearchIndex(parity.index as unknown as IndexDocument)
const answers = parity.answers as [string, [string, number][]][]

test('every query of the shared file gets its answer, in order and score', () => {
  for (const [query, wanted] of answers) {
    const found = index.find(query).slice(0, wanted.length)
    expect(
      found.map(({ item }) => item.code),
      query,
    ).toEqual(wanted.map(([code]) => code))
    found.forEach(({ score }, place) =>
      expect(score, query).toBeCloseTo(wanted[place]?.[1] ?? NaN, 5),
    )
  }
})

test('nine in ten everyday phrasings find their item within the first three', () => {
  const codes = new Map(demo.items.map((item) => [item.id, item.task_code]))
  const hits = phrasings.phrasings.filter(({ says, wants }) => {
    const first = index
      .find(says)
      .slice(0, 3)
      .map(({ item }) => item.code)
    return wants.some((id) => first.includes(codes.get(id) ?? ''))
  })
  expect(hits.length / phrasings.phrasings.length).toBeGreaterThanOrEqual(0.9)
})

test('nothing asked finds nothing, and noise is no fault', () => {
  expect(index.find('')).toEqual([])
  expect(index.find('???!!!')).toEqual([])
  expect(() => index.find('*'.repeat(500))).not.toThrow()
})

test('a query is made plain', () => {
  expect(normalise(' ＡＢＣ-开饭店!! ')).toBe('abc 开饭店')
})

test('letters spell characters by the beginnings of their syllables', () => {
  const sounds = [['ju'], ['zhu'], ['zheng']]
  expect(soundsLike('jzz', sounds)).toBe(3)
  expect(soundsLike('juzhuzheng', sounds)).toBe(3)
  expect(soundsLike('juzz', sounds)).toBe(3)
  expect(soundsLike('ju', sounds)).toBe(1)
  expect(soundsLike('jx', sounds)).toBe(0)
})

test('limits are decoded', () => {
  expect(limitOf('5w')).toEqual({ value: 5, unit: 'working_day' })
  expect(limitOf('15d')).toEqual({ value: 15, unit: 'calendar_day' })
  expect(limitOf('3m')).toEqual({ value: 3, unit: 'month' })
})
