import { describe, expect, test } from 'vitest'
import { applicantFaults, emptyApplicant, idTypesFor, personOf } from '@/domain/applicant'
import { tidyNumber, validCitizenNumber, validCreditCode, validPhone } from '@/domain/identity'

describe('公民身份号码 (GB 11643)', () => {
  test.each(['11010519491231002X', '440524188001010014', '410102190001010011'])(
    '%s is valid',
    (n) => {
      expect(validCitizenNumber(n)).toBe(true)
    },
  )
  test.each([
    ['a wrong check character', '110105194912310021'],
    ['a day that does not exist', '41010219000230001X'],
    ['fifteen digits', '110105491231002'],
    ['letters', '11010519491231ABCD'],
    ['nothing', ''],
  ])('%s is refused', (_, n) => {
    expect(validCitizenNumber(n)).toBe(false)
  })
  test('one digit changed anywhere is found', () => {
    const right = '11010519491231002X'
    for (let at = 0; at < 17; at += 1) {
      const other = String((Number(right[at]) + 1) % 10)
      expect(validCitizenNumber(right.slice(0, at) + other + right.slice(at + 1))).toBe(false)
    }
  })
})

describe('统一社会信用代码 (GB 32100)', () => {
  test.each(['91410102DEM00201XG', '11410102DEM000014W', '11410102DEM00009XJ'])(
    '%s is valid',
    (code) => {
      expect(validCreditCode(code)).toBe(true)
    },
  )
  test.each(['91410102DEM00201XH', '91410102DEM00201X', '91410102DEM0O201XG'])(
    '%s is refused',
    (code) => {
      expect(validCreditCode(code)).toBe(false)
    },
  )
})

test('a number is put right as people type it', () => {
  expect(tidyNumber(' 110105 1949-1231 002x ')).toBe('11010519491231002X')
  expect(tidyNumber('１１０１０５19491231002Ｘ')).toBe('11010519491231002X')
})

test('a phone is a mobile number or a line with its area code', () => {
  expect(['13800001234', '0371-67170000', '037167170000'].every(validPhone)).toBe(true)
  expect(['1380000123', '67170000', 'abc'].some(validPhone)).toBe(false)
})

describe('the applicant', () => {
  test('every fault is named at once', () => {
    expect(Object.keys(applicantFaults(emptyApplicant()))).toEqual(['name', 'id_number', 'phone'])
  })
  test('a company gives a credit code', () => {
    const company = {
      idType: '001' as const,
      idNumber: '91410102DEM00201XG',
      name: '商贸',
      phone: '13800001234',
    }
    expect(applicantFaults(company)).toEqual({})
    expect(applicantFaults({ ...company, idType: '111' })).toHaveProperty('id_number')
  })
  test('what is sent is tidy', () => {
    const typed = {
      idType: '111' as const,
      idNumber: '11010519491231002x',
      name: ' 张三 ',
      phone: '138 0000 1234',
    }
    expect(personOf(typed)).toEqual({
      id_type: '111',
      id_number: '11010519491231002X',
      name: '张三',
      phone: '13800001234',
    })
  })
  test('an item says who may apply', () => {
    expect(idTypesFor({ service_objects: ['1'] })).toEqual(['111'])
    expect(idTypesFor({ service_objects: ['2', '4'] })).toEqual(['001'])
    expect(idTypesFor({ service_objects: ['1', '2'] })).toEqual(['111', '001'])
  })
})
