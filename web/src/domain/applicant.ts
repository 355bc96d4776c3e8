/** Who applies, as a form holds it, and what is wrong with it in words. */
import type { IdType, ItemGuide, Person } from '@/api/types'
import { tidyNumber, validCitizenNumber, validCreditCode, validPhone } from './identity'

export interface ApplicantForm {
  idType: IdType
  idNumber: string
  name: string
  phone: string
}

export const emptyApplicant = (idType: IdType = '111'): ApplicantForm => ({
  idType,
  idNumber: '',
  name: '',
  phone: '',
})

/** Natural persons give a citizen number, everybody else a credit code (GB/T 39046 服务对象). */
export function idTypesFor(item: Pick<ItemGuide, 'service_objects'>): IdType[] {
  const types: IdType[] = []
  if (item.service_objects.includes('1')) types.push('111')
  if (item.service_objects.some((code) => code !== '1')) types.push('001')
  return types
}

export type ApplicantFaults = Partial<Record<'name' | 'id_number' | 'phone', string>>

export function applicantFaults(form: ApplicantForm): ApplicantFaults {
  const faults: ApplicantFaults = {}
  const person = form.idType === '111'
  if (!form.name.trim()) faults.name = person ? '请填写姓名。' : '请填写单位名称。'
  const number = tidyNumber(form.idNumber)
  if (person && !validCitizenNumber(number)) {
    faults.id_number = number ? '身份证号码不对,请对照身份证再看一遍。' : '请填写身份证号码。'
  }
  if (!person && !validCreditCode(number)) {
    faults.id_number = number
      ? '统一社会信用代码不对,请对照执照再看一遍。'
      : '请填写统一社会信用代码。'
  }
  if (!validPhone(tidyNumber(form.phone))) {
    faults.phone = form.phone.trim() ? '电话号码不对。手机号是 11 位数字。' : '请填写联系电话。'
  }
  return faults
}

export function personOf(form: ApplicantForm): Person {
  return {
    id_type: form.idType,
    id_number: tidyNumber(form.idNumber),
    name: form.name.trim(),
    phone: tidyNumber(form.phone),
  }
}
