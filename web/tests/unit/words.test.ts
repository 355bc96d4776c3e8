import { describe, expect, test } from 'vitest'
import type { CaseEvent, Material } from '@/api/types'
import { commandsOf } from '@/domain/acts'
import { rowsOf, scanned, sheetOfFile, validText, verifyAddress } from '@/domain/certificates'
import { dateText, dayText, instantText, shortDayText, sizeText, today } from '@/domain/dates'
import { blocking, lackText, missing, needText, needed } from '@/domain/materials'
import { groundsOf, missingOf } from '@/domain/story'
import { citizenLight, light, limitText } from '@/domain/words'

describe('dates are those of Shanghai, whatever zone the device is in', () => {
  test('an instant late in the evening UTC is the next day', () => {
    expect(instantText('2026-02-10T20:30:00.000Z', new Date('2026-03-01T00:00:00Z'))).toBe(
      '2月11日 04:30',
    )
    expect(instantText('2026-02-10T20:30:00.000+08:00', new Date('2026-03-01T00:00:00Z'))).toBe(
      '2月10日 20:30',
    )
  })
  test('another year is said', () => {
    expect(instantText('2025-12-31T23:59:00+08:00', new Date('2026-01-02T00:00:00Z'))).toBe(
      '2025年12月31日 23:59',
    )
  })
  test('a date has its weekday, and "no date" is empty', () => {
    expect(dayText('2026-02-25')).toBe('2026年2月25日 星期三')
    expect(shortDayText('2026-02-25')).toBe('2月25日(三)')
    expect(dateText('2026-02-25')).toBe('2026年2月25日')
    expect(dayText('9999-12-31')).toBe('')
    expect(dayText(null)).toBe('')
  })
  test('today begins at midnight in Shanghai', () => {
    expect(today(new Date('2026-02-10T15:59:00Z'))).toBe('2026-02-10')
    expect(today(new Date('2026-02-10T16:00:00Z'))).toBe('2026-02-11')
  })
})

test('sizes and limits are said in words', () => {
  expect([sizeText(70), sizeText(2048), sizeText(5_242_880)]).toEqual(['70 B', '2.0 KB', '5.0 MB'])
  expect(limitText({ value: 0, unit: 'working_day' })).toBe('当场办结')
  expect(limitText({ value: 7, unit: 'working_day' })).toBe('7 个工作日')
  expect(limitText({ value: 15, unit: 'calendar_day' })).toBe('15 天(自然日)')
})

test('a light has a word of its own for every level, and an unknown one is shown', () => {
  const words = ['green', 'warning', 'yellow', 'red'].map((colour) => light(colour).text)
  expect(new Set(words).size).toBe(4)
  expect(light('violet').text).toBe('violet')
  expect(citizenLight('red', 'review').text).toContain('超时')
  expect(citizenLight('green', 'review').text).toBe('按时办理中')
  expect(citizenLight('green', 'closed').text).toBe('已办完')
  expect(citizenLight('yellow', 'closed').text).toBe('超时办完')
})

const material = (id: string, changes: Partial<Material> = {}): Material => ({
  id,
  name: `材料${id}`,
  required: true,
  form: '',
  source: '',
  legal_basis: '',
  holder_role: '本人',
  certificate_type: null,
  alternative_group: null,
  tolerable_missing: false,
  sample: null,
  ...changes,
})

describe('what an application lacks', () => {
  const group = { required: false, alternative_group: '三选一' }
  const list = [
    material('m1'),
    material('m2', { tolerable_missing: true }),
    material('m3', { required: false }),
    material('m4', group),
    material('m5', group),
  ]
  const ids = (some: readonly Material[]): string[] => some.map(({ id }) => id)

  test('required ones and one of each group; the optional never', () => {
    expect(needed(list)).toBe('至少 3 样')
    expect(ids(missing(list, new Set()))).toEqual(['m1', 'm2', 'm4'])
  })
  test('any member of a group is enough', () => {
    expect(ids(missing(list, new Set(['m1', 'm5'])))).toEqual(['m2'])
  })
  test('what may come later does not keep an application out', () => {
    expect(ids(blocking(list, new Set(['m1', 'm5'])))).toEqual([])
    expect(ids(blocking(list, new Set()))).toEqual(['m1', 'm4'])
  })
  test('each says how it is needed', () => {
    expect(list.map(needText)).toEqual(['必须', '可以后补', '有就带上', '三选一', '三选一'])
    expect(lackText(material('m4', group))).toBe('三选一')
  })
})

test('acts become the commands that a page can offer, in the order of the work', () => {
  expect(commandsOf(['case.reject', 'case.accept', 'case.unheard_of'])).toEqual([
    'acceptance',
    'rejection',
  ])
})

const event = (seq: number, type: string, data: Record<string, unknown>): CaseEvent => ({
  seq,
  type,
  title: '',
  at: '2026-02-10T09:00:00+08:00',
  actor: { role: 'acceptor', role_name: '受理人' },
  summary: '',
  data,
})

describe('what the log puts in front', () => {
  test('what the correction notice named', () => {
    const log = [
      event(1, 'case.received', {}),
      event(2, 'case.correction_requested', { missing: [{ text: '重拍' }] }),
    ]
    expect(missingOf(log)).toEqual([{ text: '重拍' }])
    expect(missingOf(log.slice(0, 1))).toEqual([])
  })
  test('why it was refused, and the remedies', () => {
    expect(
      groundsOf([event(1, 'case.refused', { reason: '不符合', remedies: '可以复议' })]),
    ).toEqual({
      title: '决定不予的理由',
      reason: '不符合',
      remedies: '可以复议',
    })
    expect(groundsOf([event(1, 'case.granted', { opinion: '同意' })])).toBeNull()
  })
})

describe('a certificate', () => {
  const file = {
    meta: {
      ZZMC: '居住证',
      ZZLXDM: 'T',
      ZZBS: '1.2.3',
      ZZBFJG: '公安',
      ZZBFRQ: '2026-02-25',
      ZZYXQJZRQ: '长期',
    },
    claims: { CZZT: { value: '张三' }, KZ_X: { value: '2026-03-01' }, KZ_Y: {} },
  }
  const types = [
    { code: 'T', name: '居住证', fields: [{ name: 'KZ_X', label: '签发日', personal: false }] },
  ]

  test('withheld items are not shown; names are those of its type', () => {
    expect(rowsOf(file, types)).toEqual([
      { label: '持证主体', value: '张三' },
      { label: '签发日', value: '2026年3月1日' },
    ])
  })
  test('a sheet ends with its dates and a code that leads to verification', () => {
    const sheet = sheetOfFile(file, types, 'https://x')
    expect(sheet.rows.at(-1)).toEqual({ label: '有效期', value: '长期有效' })
    expect(sheet.address).toBe('https://x/verify?identifier=1.2.3')
  })
  test('whatever was scanned or typed is understood', () => {
    expect(scanned(verifyAddress('1.2.3#ab', 'https://x'))).toEqual({ identifier: '1.2.3' })
    expect(scanned(' 1.2.3#ab ')).toEqual({ identifier: '1.2.3' })
    expect(scanned('yichuang-show:abc')).toEqual({ code: 'abc' })
    expect(scanned('  ')).toBeNull()
  })
  test('validity has a last day or none', () => {
    expect(validText('2027-01-31')).toBe('至 2027年1月31日')
    expect(validText(null)).toBe('长期有效')
  })
})
