/**
 * Searching in a real Chromium at a quarter of its speed: `vite-node bench/search.ts INDEX`.
 *
 * INDEX is a search index of many items, as the API serves it. The built item list gets it instead
 * of its own; every everyday phrasing is typed letter by letter, three times over, and each letter is
 * timed on the page's main thread from the input event to rows that are laid out. Prints one JSON
 * object: milliseconds, bytes of the item list's first load with the demo's own index, and the share
 * of phrasings whose item is among the first three.
 */
import { readFileSync } from 'node:fs'
import demo from '../../data/demo_catalogue.json'
import parity from '../../data/search_parity.json'
import phrasings from '../../data/search_phrasings.json'
import { type IndexDocument, SearchIndex } from '../src/search'
import { openSite, PHONE } from '../tests/browser/site'

const SLOWER = 4
const [indexFile] = process.argv.slice(-1)
const index = readFileSync(indexFile ?? '', 'utf8')
const queries = phrasings.phrasings.map(({ says }) => says)
const prefixes = queries.flatMap((says) =>
  Array.from(says, (_letter, at) =>
    Array.from(says)
      .slice(0, at + 1)
      .join(''),
  ),
)

const site = await openSite()
const { page, context } = await site.visit(PHONE, true)
await page.route('**/v1/catalogue/index', (route) =>
  route.fulfill({ contentType: 'application/json', body: index }),
)
const wire = await context.newCDPSession(page)
await wire.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
page.setDefaultTimeout(60_000)
await page.goto('/items')
await page.locator('.row-link').first().waitFor()
const once = (): Promise<number[]> => page.evaluate(typeAll, prefixes)
const rounds = [await once(), await once(), await once()]
const listed = await page.locator('p[role=status]').first().textContent()
const firstLoad = await bytesOfFirstLoad()
await site.close()

/** In the page: types each text, and times it. */
async function typeAll(typed: string[]): Promise<number[]> {
  const input = document.querySelector<HTMLInputElement>('input[type=search]')
  if (!input) throw new Error('no search field')
  const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 20))
  const rows = (): string => document.querySelector('.rows, .empty')?.textContent ?? ''
  const measured: number[] = []
  for (const text of typed) {
    const begin = performance.now()
    input.value = text
    input.dispatchEvent(new Event('input', { bubbles: true }))
    // Vue draws in a microtask: a few turns of them, then the layout is asked for.
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
    void document.body.offsetHeight
    measured.push(performance.now() - begin)
    const drawn = rows()
    await settle()
    if (rows() !== drawn) throw new Error(`${text} was measured before it was drawn`)
  }
  return measured
}

/** What a phone that was never here loads for the item list: page, scripts, styles, data. */
async function bytesOfFirstLoad(): Promise<number> {
  const visit = await site.visit(PHONE, true)
  const network = await visit.context.newCDPSession(visit.page)
  await network.send('Network.enable')
  let bytes = 0
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  await visit.page.goto('/items', { waitUntil: 'networkidle' })
  await visit.leave()
  return bytes
}

/** The machine has other things to do: of three rounds, the median of each letter. */
const times = prefixes.map(
  (_text, at) => rounds.map((round) => round[at] ?? NaN).sort((a, b) => a - b)[1] ?? NaN,
)
const ordered = [...times].sort((a, b) => a - b)
const at = (share: number): number => ordered[Math.floor(ordered.length * share)] ?? NaN
const codes = new Map(demo.items.map((item) => [item.id, item.task_code]))
const own = new SearchIndex(parity.index as unknown as IndexDocument)
const hits = phrasings.phrasings.filter(({ says, wants }) => {
  const first = own.find(says).slice(0, 3)
  return wants.some((id) => first.some(({ item }) => item.code === codes.get(id)))
})
console.log(
  JSON.stringify({
    letters: times.length,
    p50: at(0.5),
    p95: at(0.95),
    listed,
    firstLoad,
    quality: (100 * hits.length) / queries.length,
  }),
)
