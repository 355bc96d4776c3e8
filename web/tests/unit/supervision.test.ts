import { describe, expect, test } from 'vitest'
import type { Point } from '@/api/network'
import { draftOf, type Rule, together, type Trial } from '@/api/rules'
import type { WallUnit } from '@/api/types'
import { monthText, recentMonths } from '@/oversight/months'
import { headText, partsText, rateText } from '@/oversight/numbers'
import { located, shortPlace } from '@/wall/charts'

const point = (key: string, longitude: number | null): Point => ({
  key,
  name: key,
  tier: 'community',
  location: { longitude, latitude: longitude },
})
const unit = (name: string, light: string): WallUnit => ({
  name,
  light,
  open: 1,
  warning: 0,
  yellow: 0,
  red: 0,
})

describe('the map of points', () => {
  test('a point that is nowhere is not on it, and the gravest is drawn last', () => {
    const places = located(
      [point('a', 1), point('b', null), point('c', 3), point('d', 4)],
      [unit('a', 'red'), unit('d', 'warning'), unit('online', 'green')],
    )
    expect(places.map(({ point: { key } }) => key)).toEqual(['c', 'd', 'a'])
    expect(places[0]?.unit).toBeNull()
  })

  test.each([
    ['迎春社区便民服务站', '迎春社区'],
    ['春和街道便民服务中心', '春和街道'],
    ['郑州市中原区政务服务中心公安业务分中心', '公安业务分中心'],
    ['中原区政务服务中心', '政务服务中心'],
    ['区行政审批和政务信息管理局(政务服务中心)', '区行政审批和政务信息管理局(政务服务中心)'],
    ['网上申请', '网上申请'],
  ])('%s is told from the others as %s', (name, short) => {
    expect(shortPlace(name)).toBe(short)
  })
})

describe('numbers', () => {
  test('a rate stands with what it was counted from, and nothing has no rate', () => {
    const count = { numerator: 26, denominator: 27, rate: 0.963 }
    expect([headText(count), partsText(count)]).toEqual(['96.3%', '26 ÷ 27'])
    expect(headText({ numerator: 0, denominator: 0, rate: null })).toBe('—')
    expect(headText({ numerator: 7, denominator: null, rate: null })).toBe('7')
    expect(rateText(1)).toBe('100%')
    expect(rateText(0.0705)).toBe('7.05%')
  })

  test('months go back over the turn of the year', () => {
    expect(recentMonths(3, '2026-01')).toEqual(['2026-01', '2025-12', '2025-11'])
    expect(monthText('2026-03')).toBe('2026年3月')
    expect(monthText('2026')).toBe('2026年')
  })
})

describe('rules', () => {
  const part = (more: Partial<Trial>): Trial => ({
    month: '2026-10',
    tried: 2,
    raised: 1,
    by_organisation: { ga: 1 },
    examples: [],
    next_cursor: null,
    ...more,
  })

  test('the parts of a trial add up', () => {
    const sum = together(
      part({ next_cursor: 'x' }),
      part({ raised: 3, by_organisation: { ga: 1, rs: 2 } }),
    )
    expect(sum).toMatchObject({
      tried: 4,
      raised: 4,
      by_organisation: { ga: 2, rs: 2 },
      next_cursor: null,
    })
  })

  test('what a person sends of a rule has neither code nor version', () => {
    const rule = { code: 'P01', version: 3, name: 'x', active: true } as Rule
    expect(Object.keys(draftOf(rule))).not.toContain('code')
    expect(Object.keys(draftOf(rule))).not.toContain('version')
    expect(draftOf(rule).active).toBe(true)
  })
})
