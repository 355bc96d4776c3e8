import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PHONE, signIn, type Site, type Visit } from './site'
import * as steps from './steps'

/** Where screenshots go, for whoever wants to look. */
const SHOTS = process.env.SHOTS

let site: Site
let visit: Visit
let page: Page

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())
beforeEach(async () => {
  visit = await site.visit(DESK)
  page = visit.page
})
afterEach(async () => {
  expect(visit.complaints).toEqual([])
  await visit.leave()
})

const open = (text: string): Promise<void> =>
  page.getByRole('navigation').getByRole('link', { name: text, exact: true }).click()

async function expectSound(name: string): Promise<void> {
  for (const size of [PHONE, { width: 1280, height: 800 }]) {
    await page.setViewportSize(size)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    if (SHOTS) {
      await page.screenshot({ path: `${SHOTS}/${name}-${size.width}.png`, fullPage: true })
    }
  }
  await page.setViewportSize(DESK)
}

test('the office consents to a transfer, and sees tenure, certificates and stand-ins', async ({
  skip,
}) => {
  if (!site.mock) skip()
  await steps.staff(page, 'office')
  await open('派驻人员')
  await page.getByText('有 1 项调整等待中心同意').waitFor()
  await page.getByText('行政执法证已过期').waitFor()
  await page.getByText('ga.deputy 2026-12-01 至 2026-12-05').waitFor()
  await expectSound('postings')
  await page.getByRole('button', { name: '不同意' }).click()
  await page.getByText('不同意调整时请写明理由').waitFor()
  await page.getByRole('button', { name: '同意', exact: true }).click()
  await page.getByText('中心已同意').waitFor()
})

test('a pilot is compared with the rest before it is widened', async ({ skip }) => {
  if (!site.mock) skip()
  await steps.staff(page, 'office')
  await open('试点')
  await page.getByRole('button', { name: '与其他网点比较' }).click()
  await page.getByRole('cell', { name: '97.0%' }).waitFor()
  await expectSound('pilots')
  await page.getByRole('button', { name: '按此报告推广到全区' }).click()
  await page.getByText('已推广').waitFor()
})

test('the communities that lack a station are named', async () => {
  await steps.staff(page, 'office')
  await open('网点覆盖')
  await page.getByRole('table').waitFor()
  expect(await page.getByRole('listitem').filter({ hasText: '户' }).count()).toBeGreaterThan(0)
  await expectSound('coverage')
})

test('why somebody may not is said row by row', async ({ skip }) => {
  if (!site.mock) skip()
  await steps.staff(page, 'office')
  await open('权限说明')
  await page.getByLabel('账号').fill('ga.chief')
  await page.getByRole('button', { name: '说明原因' }).click()
  await page.getByRole('heading', { name: 'ga.chief 不可以签批' }).waitFor()
  await page.getByRole('cell', { name: '✓ 符合' }).first().waitFor()
  await expectSound('access')
  await page.getByLabel('账号').fill('nobody')
  await page.getByRole('button', { name: '说明原因' }).click()
  await page.getByText('没有该账号的派驻记录').waitFor()
})

test('a citizen corrects a phone number and takes the data away', async ({ skip }) => {
  if (!site.mock) skip()
  await signIn(page, '/login', 'citizen.zhang')
  await page.goto('/me/data')
  await page.getByRole('button', { name: '更正' }).first().click()
  await page.getByLabel('改成').fill('13900002222')
  await page.getByLabel('为什么要改').fill('换号了')
  await expectSound('my-data')
  await page.locator('form').getByRole('button', { name: '更正' }).click()
  await page.getByText('已经更正。').waitFor()
  await page.getByText('13900002222').first().waitFor()
  expect(await page.getByRole('link', { name: '下载这些信息' }).getAttribute('download')).toBe(
    'personal-data.json',
  )
})
