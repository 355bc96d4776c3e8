import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSite, PHONE, type Site } from './site'

/** Compressed bytes of the citizen's item list at first load: page, scripts, styles, data. */
const BUDGET = 120 * 1024

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

test('the first load of the item list stays within 120 KB, from this address alone', async () => {
  const { page, context, leave } = await site.visit(PHONE, true)
  const wire = await context.newCDPSession(page)
  await wire.send('Network.enable')
  const received = new Map<string, number>()
  const addresses: string[] = []
  wire.on('Network.responseReceived', ({ response }) => addresses.push(response.url))
  wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    received.set(requestId, encodedDataLength)
  })
  await page.goto('/items', { waitUntil: 'networkidle' })
  await page.locator('.row-link').first().waitFor()
  const total = [...received.values()].reduce((sum, bytes) => sum + bytes, 0)
  console.info(
    `item list, first load: ${(total / 1024).toFixed(1)} KB in ${received.size} requests`,
  )
  expect(total).toBeGreaterThan(20 * 1024)
  expect(total).toBeLessThanOrEqual(BUDGET)
  for (const address of addresses) expect(new URL(address).origin).toBe(new URL(site.url).origin)
  await leave()
})
