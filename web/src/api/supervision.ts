/** What supervision sees: alarms, and the live figures of the wall. */
import { get, request } from './http'
import type { Alarm, Page, Wall } from './types'

const at = (id: string): string => `/v1/alarms/${encodeURIComponent(id)}`

export interface AlarmFilter extends Record<string, string | undefined> {
  level?: string
  organisation?: string
  state?: string
  cursor?: string
}

export function readAlarms(filter: AlarmFilter = {}): Promise<Page<Alarm>> {
  return get<Page<Alarm>>('/v1/alarms', filter)
}

export const readAlarm = (id: string): Promise<Alarm> => get<Alarm>(at(id))

export type ResponseKind = 'explained' | 'rectified'
export type Closure = 'explained' | 'rectified' | 'confirmed' | 'withdrawn'

/** The responsible unit's answer. */
export async function respond(
  id: string,
  body: { kind: ResponseKind; text: string },
  key: string,
): Promise<Alarm> {
  return (await request<Alarm>('POST', `${at(id)}/response`, { body, key })).body
}

/** The supervision's settlement. */
export async function settle(
  id: string,
  body: { outcome: Closure; reason: string; accountable: boolean },
  key: string,
): Promise<Alarm> {
  return (await request<Alarm>('POST', `${at(id)}/closure`, { body, key })).body
}

export function readWall(): Promise<Wall> {
  return get<Wall>('/v1/wall')
}
