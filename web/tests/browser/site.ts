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

const DIST = process.env.YICHUANG_PAGES ?? fileURLToPath(new URL('../../dist', import.meta.url))
// The shell is the same engine without a browser's windows, for half the processor's time.
const SHELL = '/usr/bin/chromium-headless-shell'
const CHROMIUM = process.env.CHROMIUM ?? (existsSync(SHELL) ? SHELL : '/usr/bin/chromium')

/** A deployment starts a process for a function that is called for the first time. */
export const PATIENCE = { timeout: process.env.YICHUANG_URL ? 25_000 : 10_000, interval: 250 }

export const PHONE = { width: 360, height: 740 }
export const DESK = { width: 1366, height: 768 }

export interface Site {
  url: string
  /** Null against a deployment: what only a mock can do is then not tested. */
  mock: Mock | null
  /**
   * A new page, with storage of its own. Visits of one size share the browser's cache, which saves
   * the suite a third of its time; `fresh` ones begin with nothing.
   */
  visit: (size: Size, fresh?: boolean) => Promise<Visit>
  close: () => Promise<void>
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** Whatever the page's scripts and its security policy complained of. */
  complaints: string[]
  leave: () => Promise<void>
}

export interface Size {
  width: number
  height: number
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
  const contexts = new Map<string, BrowserContext>()
  return {
    url,
    mock,
    async visit(size, fresh = false) {
      const key = `${size.width}x${size.height}`
      const context = (fresh ? null : contexts.get(key)) ?? (await newContext(browser, url, size))
      if (!fresh) contexts.set(key, context)
      const page = await context.newPage()
      page.setDefaultTimeout(PATIENCE.timeout)
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        // The browser itself logs every refused request; the pages show those in words.
        const routine = message.text().startsWith('Failed to load resource')
        if (message.type() === 'error' && !routine) complaints.push(message.text())
      })
      const leave = async (): Promise<void> => {
        if (page.url().startsWith(url)) await page.evaluate(() => localStorage.clear())
        await (fresh ? context.close() : page.close())
      }
      return { page, context, complaints, leave }
    },
    async close() {
      await browser.close()
      await new Promise<void>((done) => (server ? server.close(() => done()) : done()))
    },
  }
}

function newContext(browser: Browser, url: string, size: Size): Promise<BrowserContext> {
  return browser.newContext({
    baseURL: url,
    viewport: size,
    hasTouch: size.width < 600,
    locale: 'zh-CN',
    // Far from Shanghai, so that a date read in the device's own zone shows as wrong.
    timezoneId: 'America/New_York',
  })
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
