/** Check digits of the two numbers an applicant may give, so that a slip is caught while typing. */

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** 公民身份号码 by GB 11643: 17 digits, a check character, and a birth date that exists. */
export function validCitizenNumber(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text)) return false
  const year = Number(text.slice(6, 10))
  const month = Number(text.slice(10, 12))
  const day = Number(text.slice(12, 14))
  const born = new Date(Date.UTC(year, month - 1, day))
  if (born.getUTCMonth() !== month - 1 || born.getUTCDate() !== day || year < 1850) return false
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0)
  return CHECKS[sum % 11] === text[17]
}

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** 统一社会信用代码 by GB 32100: 18 characters of its alphabet, weights 3^(i-1) mod 31. */
export function validCreditCode(text: string): boolean {
  if (text.length !== 18) return false
  let sum = 0
  let weight = 1
  for (const char of text.slice(0, 17)) {
    const value = ALPHABET.indexOf(char)
    if (value < 0) return false
    sum += value * weight
    weight = (weight * 3) % 31
  }
  return ALPHABET[(31 - (sum % 31)) % 31] === text[17]
}

/** A mobile number, or a fixed line with its area code. */
export function validPhone(text: string): boolean {
  return /^(1\d{10}|0\d{2,3}-?\d{7,8})$/.test(text)
}

/** As people type it: spaces, lower-case x and full-width characters put right. */
export function tidyNumber(text: string): string {
  return text
    .replace(/[０-９Ａ-Ｚａ-ｚ]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/[\s-]/g, '')
    .toUpperCase()
}
