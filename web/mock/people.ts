/** The demo accounts, and tokens that say what the local issuer's say. Nothing is signed here. */
import accounts from '../../data/demo_accounts.json'
import network from '../../data/demo_network.json'
import type { Account } from '../src/api/types'

export interface Person extends Account {
  holder_id_type?: string
  holder_id_number?: string
}

export const PEOPLE: Person[] = accounts

const NAMES = new Map(
  [...network.organisations, ...network.points].map(({ key, name }) => [key, name]),
)

/** What an organisation or a point is called. */
export const placeName = (key: string | null): string | null =>
  key === null ? null : (NAMES.get(key) ?? key)

/** `GET /v1/organisations` and `/v1/points`: what pages read of them. */
export function placesOf(list: string): { key: string; name: string }[] {
  if (list !== 'points') return network.organisations.map(({ key, name }) => ({ key, name }))
  return network.points.map(({ key, name, tier, location }) => ({ key, name, tier, location }))
}

export function accountsShown(): Account[] {
  return PEOPLE.map(({ account, name, roles, organisation, point }) => ({
    account,
    name,
    roles,
    organisation,
    point,
  }))
}

const base64url = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url')

export function tokenFor(account: string): string | null {
  const person = PEOPLE.find((each) => each.account === account)
  if (!person) return null
  const { name, roles, holder_id_type, holder_id_number } = person
  const claims = { sub: account, name, roles, holder_id_type, holder_id_number }
  return `${base64url({ alg: 'none' })}.${base64url(claims)}.mock`
}

export function personOf(authorization: string | undefined): Person | null {
  const payload = authorization?.replace(/^Bearer /, '').split('.')[1]
  if (!payload) return null
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string }
  return PEOPLE.find((person) => person.account === sub) ?? null
}
