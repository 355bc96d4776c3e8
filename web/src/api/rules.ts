/** The supervision's rules and handling limits: data with versions, changed without a deployment. */
import { get, request } from './http'

export interface Rule {
  code: string
  name: string
  dimension: string
  /** Null takes the rung that a timed alert came with. */
  level: string | null
  basis: string
  on: string[]
  when: Record<string, unknown>
  threshold: number | null
  repeat: { by: string[]; times: number; window: string } | null
  answers: string
  confidence: string
  active: boolean
  version: number
}

export interface Rulebook {
  items: Rule[]
  /** The words that conditions are written in, with their meanings. */
  facts: Record<string, string>
  operators: string[]
}

export interface RuleVersion {
  rule: Rule
  by?: string
  at?: string
}

/** What a rule would have raised in a part of a month. */
export interface Trial {
  month: string
  tried: number
  raised: number
  by_organisation: Record<string, number>
  examples: {
    case_no: string
    organisation: string
    item_name: string
    level: string
    at: string
  }[]
  next_cursor: string | null
}

export const DIMENSIONS: Record<string, string> = {
  time: '时限',
  process: '流程',
  fee: '收费',
  integrity: '廉政',
  data: '数据',
  people: '人员',
}

export const CONFIDENCES: Record<string, string> = {
  law: '法律规定',
  local: '区内规定',
  proposal: '建议值,可调整',
}

export const readRules = (): Promise<Rulebook> => get<Rulebook>('/v1/rules')

const at = (code: string): string => `/v1/rules/${encodeURIComponent(code)}`

/** What a person writes of a rule: code and version are not theirs to choose. */
export type RuleDraft = Omit<Rule, 'code' | 'version'>

export function draftOf(rule: Rule): RuleDraft {
  const { name, dimension, level, basis, on, when, threshold, repeat, answers } = rule
  const { confidence, active } = rule
  return {
    name,
    dimension,
    level,
    basis,
    on,
    when,
    threshold,
    repeat,
    answers,
    confidence,
    active,
  }
}

/** `version` is the one that the writer saw; null for a new rule. */
export async function writeRule(
  code: string,
  draft: RuleDraft,
  version: number | null,
  key: string,
): Promise<Rule> {
  const ifMatch = version === null ? null : `"${version}"`
  return (await request<Rule>('PUT', at(code), { body: draft, ifMatch, key })).body
}

export const readVersions = (code: string): Promise<{ items: RuleVersion[] }> =>
  get<{ items: RuleVersion[] }>(`${at(code)}/versions`)

async function tryPart(
  code: string,
  month: string,
  rule: RuleDraft | null,
  cursor: string | null,
): Promise<Trial> {
  const body = { month, ...(rule ? { rule } : {}), ...(cursor ? { cursor } : {}) }
  return (await request<Trial>('POST', `${at(code)}/trials`, { body })).body
}

/** A whole month, part after part; `progress` is told of what is known so far. */
export async function tryRule(
  code: string,
  month: string,
  rule: RuleDraft | null,
  progress: (sofar: Trial) => void,
): Promise<Trial> {
  let sum = await tryPart(code, month, rule, null)
  progress(sum)
  while (sum.next_cursor) {
    sum = together(sum, await tryPart(code, month, rule, sum.next_cursor))
    progress(sum)
  }
  return sum
}

const MOST_EXAMPLES = 50

/** Two parts of one month as one. */
export function together(first: Trial, second: Trial): Trial {
  const by_organisation = { ...first.by_organisation }
  for (const [name, number] of Object.entries(second.by_organisation)) {
    by_organisation[name] = (by_organisation[name] ?? 0) + number
  }
  return {
    month: first.month,
    tried: first.tried + second.tried,
    raised: first.raised + second.raised,
    by_organisation,
    examples: [...first.examples, ...second.examples].slice(0, MOST_EXAMPLES),
    next_cursor: second.next_cursor,
  }
}

/** Working days for each step of handling, by what they are about. */
export interface Limits {
  alarms: Record<string, number>
  redress: Record<string, number>
}

export interface HandlingLimits extends Limits {
  version: number
  /** By `alarms/…` or `redress/…`. */
  meanings: Record<string, string>
}

export const readLimits = (): Promise<HandlingLimits> => get<HandlingLimits>('/v1/handling-limits')

export async function writeLimits(
  body: Limits,
  version: number,
  key: string,
): Promise<HandlingLimits> {
  const options = { body, ifMatch: `"${version}"`, key }
  return (await request<HandlingLimits>('PUT', '/v1/handling-limits', options)).body
}
