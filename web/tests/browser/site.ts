/**
 * What the browser tests drive: the built pages with the mock behind them, or a running deployment
 * named by YICHUANG_URL.
 */
import { existsSync } from 'node:fs'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { createMock, type Mock } from '../../mock/server'
import { serve } from '../../mock/static'

const DIST = fileURLToPath(new URL('../../dist', import.meta.url))
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

export const PHONE = { width: 360, height: 740 }
export const DESK = { width: 1366, height: 768 }

export interface Site {
  url: string
  /** Null against a deployment: what only a mock can do is then not tested. */
  mock: Mock | null
  /** A fresh browser profile; whatever its pages complain of is collected in `complaints`. */
  visit: (size: { width: number; height: number }) => Promise<Visit>
  close: () => Promise<void>
}

export interface Visit {
  page: Page
  context: BrowserContext
  complaints: string[]
}

export async function openSite(): Promise<Site> {
  const given = process.env.YICHUANG_URL
  let server: Server | null = null
  let mock: Mock | null = null
  let url = given ?? ''
  if (!given) {
    if (!existsSync(`${DIST}/index.html`)) throw new Error('run `npm run build` first')
    mock = createMock()
    ;({ url, server } = await serve(DIST, mock))
  }
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
  return {
    url,
    mock,
    async visit(size) {
      const phone = size.width < 600
      const context = await browser.newContext({
        baseURL: url,
        viewport: size,
        hasTouch: phone,
        locale: 'zh-CN',
        // Far from Shanghai, so that a date read in the device's own zone shows as wrong.
        timezoneId: 'America/New_York',
      })
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        // The browser itself logs every refused request; the pages show those in words.
        const routine = message.text().startsWith('Failed to load resource')
        if (message.type() === 'error' && !routine) complaints.push(message.text())
      })
      return { page, context, complaints }
    },
    async close() {
      await browser.close()
      await new Promise<void>((done) => (server ? server.close(() => done()) : done()))
    },
  }
}

/** Signs in on the demo's login page of the entry at `path`. */
export async function signIn(page: Page, path: string, account: string): Promise<void> {
  await page.goto(path)
  await page.locator(`[data-account="${account}"]`).click()
  await page.waitForURL((address) => !address.pathname.endsWith('/login'))
}

/** A small real PNG: the store looks at the content, not at the name. */
export const PHOTO = {
  name: '材料照片.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
}
