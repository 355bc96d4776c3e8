import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { openSite, PHONE, signIn, type Site } from './site'

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

test('the wall shows counts and lights to supervision, and stays up', async () => {
  const { page, complaints, leave } = await site.visit({ width: 1920, height: 1080 })
  await page.goto('/wall')
  await page.locator('[data-account="supervisor"]').click()
  for (const count of ['今日收件', '今日办结', '在办', '预警', '黄牌', '红牌']) {
    const figure = page.locator('.counts li').filter({ hasText: count })
    await figure.waitFor()
    expect(await figure.locator('strong').textContent(), count).toMatch(/^\d+$/)
  }
  await expectAccessible(page)
  await expectNoSidewaysScroll(page)
  await page.setViewportSize(PHONE)
  await expectNoSidewaysScroll(page)
  // A reading that fails leaves the last figures standing, and says that they are old.
  await page.route('**/v1/wall', (route) => route.abort())
  await page.getByText('暂时没有新数据').waitFor({ timeout: 15_000 })
  expect(await page.locator('.counts').isVisible()).toBe(true)
  expect(complaints).toEqual([])
  await leave()
})

test('the wall is not for everybody', async () => {
  const { page, leave } = await site.visit(PHONE)
  await signIn(page, '/login', 'citizen.zhang')
  await page.goto('/wall')
  await page.getByRole('heading', { name: '监察大屏' }).waitFor()
  expect(await page.locator('.counts').count()).toBe(0)
  expect(await page.locator('[data-account="citizen.zhang"]').count()).toBe(0)
  await leave()
})
