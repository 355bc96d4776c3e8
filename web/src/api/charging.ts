/** Charging: what a case owes, its orders, receipts, refunds, and the books of a day. */
import { get, request } from './http'
import type { FeeItem, ItemGuide, Page } from './types'

export interface Charge {
  name: string
  standard: string
  basis: string
  quantity: number
  amount_fen: number
  calculation: string
  waiver: string
}

export interface Refund {
  id: string
  amount_fen: number
  reason: string
  completed_at: string | null
}

export interface Order {
  id: string
  version: number
  stage: 'due' | 'paid' | 'void'
  stage_text: string
  case_no: string
  charges: Charge[]
  total_fen: number
  total_text: string
  /** Where it is paid: a page of the fee system. */
  page: string
  placed_at: string
  paid_at: string | null
  receipt_no: string
  refunds: Refund[]
}

export interface Receipt {
  receipt_no: string
  order_id: string
  case_no: string
  charges: Charge[]
  total_fen: number
  total_in_words: string
  refunded_fen: number
  paid_at: string
  transaction: string
}

export interface Asked {
  name: string
  quantity: number
  amount_fen?: number
  calculation?: string
  waiver?: string
}

const ORDERS = '/v1/payment-orders'
const at = (id: string): string => `${ORDERS}/${encodeURIComponent(id)}`

/** The charges of the very version that a case was opened under. It never changes. */
export async function chargesOf(code: string, version: number): Promise<FeeItem[]> {
  const path = `/v1/items/${encodeURIComponent(code)}/versions/${version}`
  const { fee } = await get<ItemGuide>(path)
  return fee.charged ? fee.items : []
}

export async function readOrders(caseNo: string): Promise<Order[]> {
  return (await get<Page<Order>>(ORDERS, { case_no: caseNo })).items
}

export const readReceipt = (id: string) => get<Receipt>(`${at(id)}/receipt`)

export async function placeOrder(caseNo: string, charges: Asked[], key: string): Promise<Order> {
  const body = { case_no: caseNo, charges }
  return (await request<Order>('POST', ORDERS, { body, key })).body
}

export async function voidOrder(id: string, key: string): Promise<Order> {
  return (await request<Order>('POST', `${at(id)}/void`, { key })).body
}

export async function refund(
  id: string,
  body: { amount_fen: number; reason: string },
  key: string,
): Promise<Order> {
  return (await request<Order>('POST', `${at(id)}/refund`, { body, key })).body
}

export interface Payment {
  order_id: string
  transaction: string
  amount_fen: number
}

export interface Reconciliation {
  day: string
  agrees: boolean
  matched: number
  ours_fen: number
  theirs_fen: number
  only_here: Payment[]
  only_there: Payment[]
  differing: { here: Payment; there: Payment }[]
}

export async function reconcile(
  day: string,
  payments: Payment[],
  key: string,
): Promise<Reconciliation> {
  const body = { day, payments }
  return (await request<Reconciliation>('POST', '/v1/payment-statements', { body, key })).body
}

/** What the demo's own fee system received on a day; a real one sends its statement as a file. */
export const demoStatement = (day: string) =>
  get<{ day: string; payments: Payment[] }>(`/local/fees/statements/${day}`)

/** The page to pay on, with the way back to this one. */
export function payAddress(order: Order, back: string): string {
  const joint = order.page.includes('?') ? '&' : '?'
  return `${order.page}${joint}back=${encodeURIComponent(back)}`
}
