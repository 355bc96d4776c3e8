/**
 * Who is signed in, on this tab alone.
 *
 * The rest of the pages know only what is exported here. How a token is obtained is behind
 * `provider`: the demo deployment's own issuer today, an OIDC code flow in a real district.
 */
import { computed, readonly, shallowRef } from 'vue'
import { authenticateWith } from '@/api/http'
import type { Account } from '@/api/types'
import { provider } from './demo'

export interface Session {
  account: string
  name: string
  roles: string[]
  organisation: string | null
  point: string | null
  token: string
}

/** What a login knows of a citizen, to spare them typing it. */
export interface KnownPerson {
  name: string
  idType: string
  idNumber: string
  phone: string
}

// The tab's own storage: closing the tab signs out, which suits shared phones and window counters.
const STORE = 'yichuang.session'

const current = shallowRef<Session | null>(restore())

export const session = readonly(current)
export const signedIn = computed(() => current.value !== null)

type Leave = () => void
const leaving = new Set<Leave>()

/** Registers what must be forgotten when the person signs out or another one signs in. */
export function onSignOut(forget: Leave): void {
  leaving.add(forget)
}

export function hasRole(...roles: string[]): boolean {
  return roles.some((role) => current.value?.roles.includes(role) ?? false)
}

export const accounts = (): Promise<Account[]> => provider.accounts()

export async function signIn(account: Account): Promise<void> {
  const token = await provider.token(account.account)
  signOut()
  current.value = {
    account: account.account,
    name: account.name,
    roles: account.roles,
    organisation: account.organisation,
    point: account.point,
    token,
  }
  sessionStorage.setItem(STORE, JSON.stringify(current.value))
}

/** Forgets the person and everything this tab kept of them. */
export function signOut(): void {
  current.value = null
  sessionStorage.clear()
  for (const forget of leaving) forget()
}

/** The token's claims about the person; empty texts where it says nothing. */
export function knownPerson(): KnownPerson {
  const claims = current.value ? claimsOf(current.value.token) : {}
  const text = (name: string): string => {
    const value = claims[name]
    return typeof value === 'string' ? value : ''
  }
  return {
    name: text('name') || (current.value?.name ?? ''),
    idType: text('holder_id_type') || '111',
    idNumber: text('holder_id_number'),
    phone: text('phone_number'),
  }
}

/** The claims of a JWT, unverified: they only fill in a form that the server checks. */
export function claimsOf(token: string): Record<string, unknown> {
  const part = token.split('.')[1]
  if (!part) return {}
  try {
    const binary = atob(part.replace(/-/g, '+').replace(/_/g, '/'))
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
  } catch {
    return {}
  }
}

function restore(): Session | null {
  try {
    const kept = sessionStorage.getItem(STORE)
    return kept ? (JSON.parse(kept) as Session) : null
  } catch {
    return null
  }
}

let refused: () => void = () => undefined

/** What an entry does when the server no longer accepts the token. */
export function onSessionRefused(act: () => void): void {
  refused = act
}

authenticateWith(
  () => current.value?.token ?? null,
  () => {
    signOut()
    refused()
  },
)
