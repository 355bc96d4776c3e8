/** The demo deployment's issuer: it lists its accounts and gives a token for the asking. */
import { get, Problem, request } from '@/api/http'
import type { Account } from '@/api/types'

export interface TokenProvider {
  /** Accounts to choose from, or an empty list where people must prove who they are. */
  accounts: () => Promise<Account[]>
  token: (account: string) => Promise<string>
}

export const provider: TokenProvider = {
  async accounts() {
    try {
      const answer = await get<Account[] | { items: Account[] }>('/local/accounts')
      return Array.isArray(answer) ? answer : answer.items
    } catch (error) {
      // Outside the demo the route does not exist, and there is nothing to choose from.
      if (error instanceof Problem && (error.status === 404 || error.status === 403)) return []
      throw error
    }
  },
  async token(account) {
    const answer = await request<{ access_token: string }>('POST', '/local/tokens', {
      body: { account },
    })
    return answer.body.access_token
  },
}
