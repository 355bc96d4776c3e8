/**
 * Finding an item the way people speak, in the page itself: no network at every letter.
 *
 * The rules, and the document they read, are those of `docs/search.md`; the API follows the same to
 * the letter, and a test holds both to `data/search_parity.json`.
 */
import type { ItemSummary, Limit } from '@/api/types'
import { type Sounds, shareSounded, wordSounded } from './pinyin'

export type Row = readonly [
  code: string,
  name: string,
  also: string,
  domain: number,
  body: number,
  reach: number,
  audience: number,
  promise: string,
  projectType: string,
  charged: number,
  version: number,
]

export interface IndexDocument {
  items: Row[]
  domains: string[]
  bodies: [key: string, name: string][]
  fillers: string[]
  sounds: Record<string, string>
  concepts: [words: string, weights: number[]][]
}

export interface Found {
  item: ItemSummary
  score: number
}

/** A score for every row, by its place. */
type Scores = Float64Array

interface Concept {
  words: string[]
  weights: [row: number, weight: number][]
  rarity: number
}

interface Span {
  start: number
  end: number
  solid: boolean
  concept: number
}

const HAN = /[\u3400-\u9fff]+/g
const LATIN = /[a-z0-9]+/g
const ALL_HAN = /^[\u3400-\u9fff]+$/

const LONGEST_QUERY = 100
const NAME_PAIR = 1
const ALSO_PAIR = 0.4
const IN_NAME = 2
const WHOLE_NAME = 4
const SOUND = 3
const KEPT_OF_BEST = 0.25
const WEIGHT_UNIT = 10
const LONGEST_GAP = 4

export class SearchIndex {
  readonly items: ItemSummary[]
  private readonly names: string[]
  private readonly fillers: string[]
  private readonly readings = new Map<string, string[]>()
  private readonly concepts: Concept[]
  /** Words by their first character. */
  private readonly heads = new Map<string, [word: string, concept: number][]>()
  private readonly pairs = new Map<string, Map<number, number>>()
  private soundsOfNames: Sounds[] | null = null
  private soundsOfWords: Sounds[][] | null = null

  constructor(document: IndexDocument) {
    this.items = document.items.map((row) => summaryOf(row, document))
    this.names = this.items.map((item) => item.name)
    this.fillers = [...document.fillers].sort((a, b) => b.length - a.length || byCodePoint(a, b))
    for (const [syllable, characters] of Object.entries(document.sounds)) {
      for (const character of characters) this.push(this.readings, character, syllable)
    }
    this.concepts = document.concepts.map(([words, flat]) => this.conceptOf(words, flat))
    this.concepts.forEach(({ words }, number) => {
      for (const word of words) this.push(this.heads, word.charAt(0), [word, number])
    })
    document.items.forEach((row, place) => {
      this.indexPairs(row[2], place, ALSO_PAIR)
      this.indexPairs(row[1], place, NAME_PAIR)
    })
  }

  /** The best items for a query, best first; none for an empty query. */
  find(query: string): Found[] {
    const scores: Scores = new Float64Array(this.items.length)
    const text = normalise(query)
    for (const number of this.conceptsIn(text)) this.addConcept(scores, number, 1)
    for (const run of this.withoutFillers(text).match(HAN) ?? []) this.scoreRun(run, scores)
    const letters = isAscii(text) ? text.replaceAll(' ', '') : text
    for (const run of letters.match(LATIN) ?? []) this.scoreSound(run, scores)
    return this.ranked(scores)
  }

  /** What is left out is left out before anything is made of it: most rows score a little. */
  private ranked(scores: Scores): Found[] {
    let best = 0
    for (const score of scores) if (score > best) best = score
    if (best === 0) return []
    const least = KEPT_OF_BEST * best
    const found: Found[] = []
    scores.forEach((score, place) => {
      const item = this.items[place]
      if (item && score >= least) found.push({ item, score })
    })
    return found.sort(
      (a, b) =>
        micro(b.score) - micro(a.score) ||
        a.item.name.length - b.item.name.length ||
        byCodePoint(a.item.code, b.item.code),
    )
  }

  private conceptOf(words: string, flat: readonly number[]): Concept {
    const weights: [number, number][] = []
    for (let at = 0; at + 1 < flat.length; at += 2) {
      weights.push([flat[at] ?? 0, (flat[at + 1] ?? 0) / WEIGHT_UNIT])
    }
    return { words: words.split(' '), weights, rarity: this.rarity(weights.length) }
  }

  private rarity(items: number): number {
    return Math.log(1 + this.items.length / items)
  }

  private indexPairs(text: string, place: number, weight: number): void {
    for (const run of text.match(HAN) ?? []) {
      for (const pair of pairsOf(run)) {
        const postings = this.pairs.get(pair) ?? new Map<number, number>()
        this.pairs.set(pair, postings.set(place, weight))
      }
    }
  }

  /** Each concept with a word in the text, once; a word inside a longer solid one is not heard. */
  private conceptsIn(text: string): Set<number> {
    const spans: Span[] = []
    for (let start = 0; start < text.length; start += 1) {
      for (const [word, concept] of this.heads.get(text.charAt(start)) ?? []) {
        const end = wordEnd(text, start, word)
        if (end) spans.push({ start, end, solid: !word.includes('*'), concept })
      }
    }
    const inside = (span: Span): boolean =>
      spans.some(
        (other) =>
          other.solid &&
          other.start <= span.start &&
          span.end <= other.end &&
          other.end - other.start > span.end - span.start,
      )
    return new Set(spans.filter((span) => !inside(span)).map(({ concept }) => concept))
  }

  private addConcept(scores: Scores, number: number, part: number): void {
    const concept = this.concepts[number]
    for (const [place, weight] of concept?.weights ?? []) {
      add(scores, place, (concept?.rarity ?? 0) * weight * part)
    }
  }

  private withoutFillers(text: string): string {
    return this.fillers.reduce((left, filler) => left.replaceAll(filler, ' '), text)
  }

  private scoreRun(run: string, scores: Scores): void {
    const pairs = [...new Set(pairsOf(run))].map((pair) => this.pairs.get(pair))
    for (const postings of pairs) {
      if (!postings) continue
      const rarity = this.rarity(postings.size)
      for (const [place, weight] of postings) add(scores, place, rarity * weight)
    }
    const whole = (place: number): void => {
      const name = this.names[place]
      if (name?.includes(run)) add(scores, place, IN_NAME + (WHOLE_NAME * run.length) / name.length)
    }
    // A name with the whole run has its first pair too; only a single letter has none.
    if (pairs.length === 0) this.names.forEach((_name, place) => whole(place))
    else for (const place of pairs[0]?.keys() ?? []) whole(place)
  }

  private scoreSound(run: string, scores: Scores): void {
    if (run.length < 2) return
    this.soundsOfNames ??= this.names.map((name) => this.sounds(name))
    this.soundsOfWords ??= this.concepts.map(({ words }) =>
      words.filter((word) => ALL_HAN.test(word)).map((word) => this.sounds(word)),
    )
    this.soundsOfNames.forEach((sounds, place) => {
      const share = shareSounded(run, sounds)
      if (share) add(scores, place, SOUND * (1 + share))
    })
    this.soundsOfWords.forEach((words, number) => {
      const part = Math.max(0, ...words.map((sounds) => wordSounded(run, sounds)))
      if (part) this.addConcept(scores, number, part)
    })
  }

  private sounds(text: string): Sounds {
    return Array.from(text).flatMap((character) => {
      const readings = this.readings.get(character)
      return readings ? [readings] : []
    })
  }

  private push<T>(lists: Map<string, T[]>, key: string, entry: T): void {
    const list = lists.get(key)
    if (list) list.push(entry)
    else lists.set(key, [entry])
  }
}

/** Full-width and capital letters made plain; everything but Han, letters and digits a space. */
export function normalise(query: string): string {
  return Array.from(query)
    .slice(0, LONGEST_QUERY)
    .join('')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\u3400-\u9fffa-z0-9]+/g, ' ')
    .trim()
}

/** Where a word that stands at `at` ends; 0 if it does not. `开*店` has a gap of four at most. */
function wordEnd(text: string, at: number, word: string): number {
  const gap = word.indexOf('*')
  const head = gap < 0 ? word : word.slice(0, gap)
  if (!text.startsWith(head, at)) return 0
  const end = at + head.length
  if (gap < 0) return end
  const tail = word.slice(gap + 1)
  const found = text.indexOf(tail, end)
  if (found < 0 || found > end + LONGEST_GAP) return 0
  return text.slice(end, found).includes(' ') ? 0 : found + tail.length
}

function summaryOf(row: Row, document: IndexDocument): ItemSummary {
  const [code, name, , domain, body, reach, , promise, projectType, charged] = row
  return {
    code,
    name,
    domain: document.domains[domain] ?? '',
    bodyName: document.bodies[body]?.[1] ?? '',
    projectType,
    promise: limitOf(promise),
    sunk: reach > 0,
    charged: charged === 1,
  }
}

const UNITS: Record<string, Limit['unit']> = {
  w: 'working_day',
  d: 'calendar_day',
  m: 'month',
}

/** `5w` is five working days, `15d` calendar days, `3m` months. */
export function limitOf(encoded: string): Limit {
  const unit = UNITS[encoded.slice(-1)] ?? 'working_day'
  return { value: Number.parseInt(encoded, 10), unit }
}

function pairsOf(run: string): string[] {
  const pairs: string[] = []
  for (let at = 0; at + 1 < run.length; at += 1) pairs.push(run.slice(at, at + 2))
  return pairs
}

function add(scores: Scores, place: number, score: number): void {
  scores[place] = (scores[place] ?? 0) + score
}

const micro = (score: number): number => Math.round(score * 1e6)

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false
  return true
}
