import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { openSite, PATIENCE, PHONE, signIn, type Site, type Visit } from './site'
import {
  caseNumber,
  fillUntilReview,
  heading,
  ITEM,
  next,
  openGuide,
  startApplication,
  submit,
  uploadAll,
} from './steps'

const CITIZEN = 'citizen.zhang'

let site: Site
let visit: Visit
let page: Page

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())
beforeEach(async () => {
  visit = await site.visit(PHONE)
  page = visit.page
})
afterEach(async () => {
  expect(visit.complaints).toEqual([])
  await visit.leave()
})

describe('finding out', () => {
  test('plain words lead to the guide with all it must say', async () => {
    await openGuide(page, '外地人办居住证')
    for (const field of [
      '事项编码',
      '实施主体',
      '办理依据',
      '承诺办理时限',
      '是否收费',
      '监督渠道',
    ]) {
      expect(
        await page.getByRole('term').filter({ hasText: field }).count(),
        field,
      ).toBeGreaterThan(0)
    }
    expect(await page.getByText('要带什么').isVisible()).toBe(true)
    await page.getByText('看示例和依据').first().click()
    expect(await page.getByText('要这份材料的依据').first().isVisible()).toBe(true)
  })

  test('what nothing answers to is said, with a way on', async () => {
    await page.goto('/items?q=qqqq')
    await page.getByText('没有找到').waitFor()
    expect(await page.getByText('12345').isVisible()).toBe(true)
  })

  test('going back from a guide finds the list as it was', async () => {
    await page.goto('/items?q=报销')
    await page.locator('.row-link').first().click()
    await page.getByText('要带什么').waitFor()
    await page.getByRole('button', { name: '返回' }).click()
    await page.locator('.row-link').first().waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('报销')
  })

  test('an item that is not there is refused in words', async () => {
    await page.goto('/items/nothing')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toMatch(/没有/)
  })
})

describe('applying', () => {
  test('a signed-in citizen applies, gets the receipt, and follows the case', async () => {
    await startApplication(page, CITIZEN)
    expect(await page.getByLabel('姓名').inputValue()).not.toBe('')
    expect(await page.getByLabel('身份证号码').inputValue()).toMatch(/^\d{17}[\dX]$/)
    await fillUntilReview(page)
    const no = await submit(page)
    await page.getByText('收到的材料').click()
    expect(await page.getByText(/SHA-256 [0-9a-f]{64}/).count()).toBeGreaterThan(0)
    await page.getByRole('button', { name: '查看进度' }).click()
    await page.getByRole('heading', { name: '待受理' }).waitFor()
    expect(await page.getByText('现在在').first().textContent()).toMatch(/手里/)
    await page.getByRole('button', { name: '这个日期是怎么算的?' }).click()
    await page.getByText('第1天').first().waitFor()
    await page.goto('/me/cases')
    await page.getByText(no).waitFor()
  })

  test('whoever is not signed in comes back to the form after the login', async () => {
    await openGuide(page, '居住证')
    await page.getByRole('button', { name: '马上申请' }).click()
    await page.locator(`[data-account="${CITIZEN}"]`).click()
    await heading(page, '第 1 步')
  })

  test('a slip is named at its field, and focus goes there', async () => {
    await startApplication(page, CITIZEN)
    await page.getByLabel('身份证号码').fill('110105194912310021')
    await page.getByLabel('联系电话').fill('138')
    await next(page)
    await page.getByText('身份证号码不对').waitFor()
    expect(await page.getByText('电话号码不对').isVisible()).toBe(true)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe(
      'true',
    )
  })

  test('a missing material is named and the step is not left', async () => {
    await startApplication(page, CITIZEN)
    await page.getByLabel('联系电话').fill('13800001234')
    await next(page)
    await heading(page, '第 2 步')
    await next(page)
    await page.getByText('还缺:').first().waitFor()
    await heading(page, '第 2 步')
  })

  test('a half-filled form is there again after the page was reloaded', async () => {
    await startApplication(page, CITIZEN)
    await page.getByLabel('联系电话').fill('13800009999')
    await page.getByLabel('要说明的情况').fill('先办')
    await page.reload()
    await heading(page, '第 1 步')
    expect(await page.getByLabel('联系电话').inputValue()).toBe('13800009999')
    expect(await page.getByLabel('要说明的情况').inputValue()).toBe('先办')
  })

  test('signing out forgets the draft and everything personal', async () => {
    await startApplication(page, CITIZEN)
    await page.getByLabel('联系电话').fill('13800009999')
    await page.goto('/me')
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.waitForURL((address) => address.pathname === '/')
    const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))
    expect(kept).not.toContain('13800009999')
    expect(kept).not.toContain('token')
  })

  test('impatient taps make one case', async () => {
    await startApplication(page, CITIZEN)
    await fillUntilReview(page)
    site.mock?.slowness(400)
    const button = page.getByRole('button', { name: '提交申请' })
    await button.evaluate((element: HTMLElement) => {
      for (let tap = 0; tap < 5; tap += 1) element.click()
    })
    const no = await caseNumber(page)
    site.mock?.slowness(0)
    await page.goto('/me/cases')
    await page.getByText(no).waitFor()
    expect(await page.getByText(no).count()).toBe(1)
  })
})

test('an answer lost on the way is asked for again under the same key: still one case', async ({
  skip,
}) => {
  const mock = site.mock ?? skip()
  await startApplication(page, CITIZEN)
  await fillUntilReview(page)
  const before = mock.cases.all().length
  await page.route(
    '**/v1/cases',
    async (route) => {
      // The request arrives and is acted upon; its answer does not come back.
      await route.fetch()
      await route.abort()
    },
    { times: 1 },
  )
  await page.getByRole('button', { name: '提交申请' }).click()
  await page.getByRole('alert').getByText('网络不太好').waitFor()
  await page.getByRole('button', { name: '提交申请' }).click()
  await page.getByTestId('case-no').waitFor()
  expect(mock.cases.all().length).toBe(before + 1)
})

test("the server's own refusal is shown at its field, on its step", async ({ skip }) => {
  if (!site.mock) skip()
  await startApplication(page, CITIZEN)
  await fillUntilReview(page)
  await page.route('**/v1/cases', (route) =>
    route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        title: '填写内容有误',
        detail: '请改好后再提交。',
        errors: [{ pointer: '/applicant/id_number', message: '号码与公安登记不一致。' }],
      }),
    }),
  )
  await page.getByRole('button', { name: '提交申请' }).click()
  await heading(page, '第 1 步')
  expect(await page.getByText('号码与公安登记不一致。').first().isVisible()).toBe(true)
})

test('a file that is refused says why, and can be taken out', async () => {
  await startApplication(page, CITIZEN)
  await page.getByLabel('联系电话').fill('13800001234')
  await next(page)
  await heading(page, '第 2 步')
  const text = { name: '说明.txt', mimeType: 'text/plain', buffer: Buffer.from('文字') }
  await page.locator('input[data-material]').first().setInputFiles(text)
  await page.getByRole('alert').first().waitFor()
  await page.getByRole('button', { name: '删除 说明.txt' }).click()
  expect(await page.getByText('说明.txt').count()).toBe(0)
})

test('a case can be taken back, after being asked once more', async () => {
  await startApplication(page, CITIZEN)
  await fillUntilReview(page)
  await submit(page)
  await page.getByRole('button', { name: '查看进度' }).click()
  await page.getByRole('button', { name: '撤回申请' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '撤回' }).click()
  await heading(page, /撤回/)
})

test("another citizen's case stays closed", async () => {
  await startApplication(page, CITIZEN)
  await fillUntilReview(page)
  const no = await submit(page)
  await signIn(page, '/login', 'citizen.li')
  await page.goto(`/cases/${no}`)
  await page.getByRole('alert').waitFor()
  expect(await page.getByText(ITEM).count()).toBe(0)
})

test('a login link cannot lead off the site', async () => {
  await page.goto('/login?next=//evil.example/x')
  await page.locator(`[data-account="${CITIZEN}"]`).click()
  await page.waitForURL((address) => address.pathname === '/me')
  expect(page.url().startsWith(site.url)).toBe(true)
})

test('verification asks for something to verify, and says when nothing matches', async () => {
  await page.goto('/verify')
  await page.getByRole('button', { name: '核验' }).click()
  await page.getByText('请填写证照标识').waitFor()
  await page.getByLabel('证照标识或亮证码').fill('1.2.156.3005.2.NOTHING')
  await page.getByRole('button', { name: '核验' }).click()
  await page.getByRole('alert').waitFor()
})

test('the large type is kept for the next page and grows everything', async () => {
  await page.goto('/')
  const size = (): Promise<number> =>
    page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize))
  const before = await size()
  await page.getByRole('button', { name: '大字版' }).click()
  expect(await size()).toBeGreaterThanOrEqual(before * 1.2)
  await page.goto('/items')
  expect(await size()).toBeGreaterThanOrEqual(before * 1.2)
})

test('every page is accessible and fits a small phone, in large type too', async () => {
  await startApplication(page, CITIZEN)
  await fillUntilReview(page)
  const no = await submit(page)
  const code = await page.evaluate(async () => {
    const answer = await fetch('/v1/catalogue/index')
    return ((await answer.json()) as { items: string[][] }).items[0]?.[0]
  })
  const pages = [
    '/',
    '/items',
    `/items/${code}`,
    `/items/${code}/apply`,
    '/me',
    '/me/cases',
    `/cases/${no}`,
    '/me/certificates',
    '/login',
    '/verify',
    '/no-such-page',
  ]
  for (const care of [false, true]) {
    await page.evaluate((on) => localStorage.setItem('yichuang.care', on ? '1' : '0'), care)
    for (const path of pages) {
      await page.goto(path)
      await expect.poll(() => page.getByText('正在读取').count(), PATIENCE).toBe(0)
      await expectNoSidewaysScroll(page)
      if (!care) await expectAccessible(page)
    }
  }
})

test('each step of the form is accessible', async () => {
  await startApplication(page, CITIZEN)
  await next(page)
  await page.getByText('请填写联系电话').waitFor()
  await expectAccessible(page)
  await page.getByLabel('联系电话').fill('13800001234')
  await next(page)
  await heading(page, '第 2 步')
  await expectAccessible(page)
  await uploadAll(page)
  await next(page)
  await heading(page, '第 3 步')
  await page.getByText('快递送到家').click()
  await expectAccessible(page)
})
