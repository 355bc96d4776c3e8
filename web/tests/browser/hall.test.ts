import { mkdirSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { openSite, PATIENCE, PHONE, type Site, signIn } from './site'
import { caseNumber, heading, next, openGuide, staff, uploadAll } from './steps'

const WIDE = { width: 1280, height: 800 }
const LI = { name: '李演示', number: '410102190002020027' }
/** Where pictures of the pages go, for somebody who wants to look at them. */
const PICTURES = process.env.YICHUANG_PICTURES ?? ''

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

async function look(page: Page, name: string): Promise<void> {
  // A toast or a dialog that is fading away is half transparent, and no page to be judged.
  for (const layer of await page.locator('.van-toast, .van-dialog').all()) {
    await layer.waitFor({ state: 'hidden' })
  }
  await expectAccessible(page)
  await expectNoSidewaysScroll(page)
  if (!PICTURES) return
  mkdirSync(PICTURES, { recursive: true })
  const width = page.viewportSize()?.width ?? 0
  await page.screenshot({ path: `${PICTURES}/${name}-${width}.png`, fullPage: true })
}

async function give(page: Page): Promise<void> {
  await signIn(page, '/login', 'citizen.zhang')
  await page.goto('/me/mandates')
  await page
    .getByRole('link', { name: '填写一份委托' })
    .or(page.getByText('填写一份委托'))
    .first()
    .click()
  await heading(page, '填写委托')
  await page.getByLabel('代办人是委托人的').selectOption('child')
  await page.getByLabel('姓名').fill(LI.name)
  await page.getByLabel('身份证号码').fill(LI.number)
  await look(page, 'mandate-form')
  await page.getByRole('button', { name: '填好了' }).click()
  await page.getByText('待本人确认').waitFor()
  await look(page, 'mandates-drafted')
  await page.getByRole('button', { name: '确认委托' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确认委托' }).click()
  await page.getByText('有效', { exact: true }).waitFor()
  await look(page, 'mandates')
}

describe.skipIf(process.env.YICHUANG_URL)('the service regimes', () => {
  test('a mandate is given, confirmed, applied under, seen, and revoked', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    await give(page)

    await signIn(page, '/login', 'citizen.li')
    await openGuide(page, '居住证')
    await page.getByRole('button', { name: '马上申请' }).click()
    await heading(page, '第 1 步')
    await page.getByLabel('替 张*示 办').or(page.getByLabel(/替 张/)).first().check()
    expect(await page.getByLabel('身份证号码').count()).toBe(0)
    await page.getByLabel('联系电话').fill('13900001111')
    await look(page, 'apply-for-another')
    await next(page)
    await heading(page, '第 2 步')
    await uploadAll(page)
    await next(page)
    await heading(page, '第 3 步')
    await next(page)
    await heading(page, '第 4 步')
    expect(await page.locator('.facts').textContent()).toContain('张')
    await page.getByRole('button', { name: '提交申请' }).click()
    const no = await caseNumber(page)

    // The case is the principal's, who sees who acted.
    await signIn(page, '/login', 'citizen.zhang')
    await page.goto(`/cases/${no}`)
    await page.getByText('李*示 · 子女代办').waitFor()
    await look(page, 'case-by-agent')
    await page.goto('/me/mandates')
    await page.getByRole('button', { name: '撤销委托' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '撤销' }).click()
    await page.getByText('已撤销').waitFor()
    await signIn(page, '/login', 'citizen.li')
    await openGuide(page, '居住证')
    await page.getByRole('button', { name: '马上申请' }).click()
    await heading(page, '第 1 步')
    expect(await page.getByText('给谁办').count()).toBe(0)
    expect(complaints).toEqual([])
    await leave()
  })

  test.each([PHONE, WIDE])('an appointment is made and cancelled ($width px)', async (size) => {
    const { page, complaints, leave } = await site.visit(size)
    await signIn(page, '/login', 'citizen.wang')
    await page.goto('/me/appointments/new')
    await heading(page, '预约时间')
    await page.getByLabel(/09:30/).waitFor({ state: 'attached' })
    expect(await page.getByLabel(/09:30/).isDisabled()).toBe(true)
    await page.getByText('10:00').click()
    await look(page, 'booking')
    await page.getByRole('button', { name: '预约', exact: true }).click()
    await heading(page, '我的预约')
    await page.getByText('已预约').waitFor()
    await look(page, 'appointments')
    await page.getByRole('button', { name: '取消预约' }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: '取消预约' }).click()
    await page.getByText('已取消').first().waitFor()
    expect(complaints).toEqual([])
    await leave()
  })

  test('a visitor takes a number, is served at one window, and rates', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    await signIn(page, '/login', 'citizen.zhao')
    await page.goto('/me/visits')
    await page.getByRole('button', { name: '现场取号' }).click()
    await page.getByRole('button', { name: '取号', exact: true }).click()
    await page.getByText('1 号', { exact: true }).waitFor()
    await look(page, 'visits')

    const desk = await site.visit(WIDE)
    await staff(desk.page, 'window.centre')
    await desk.page.goto('/staff/visits')
    await desk.page.getByRole('button', { name: '给一个号' }).click()
    await desk.page.getByText('2 号', { exact: true }).waitFor()
    await desk.page.getByRole('button', { name: '叫下一位' }).click()
    await desk.page.getByText('赵*构').waitFor()
    expect(await desk.page.getByRole('button', { name: '叫下一位' }).isDisabled()).toBe(true)
    await desk.page.getByRole('button', { name: '来访人到窗口' }).click()
    await desk.page.getByRole('button', { name: '结束接待' }).click()
    await desk.page.getByText('首问负责').first().waitFor()
    await desk.page.getByLabel('当场答复').fill('带身份证原件即可')
    await look(desk.page, 'staff-visits')
    await desk.page.getByRole('button', { name: '记下' }).click()
    await desk.page.getByText('已当场答复').waitFor()
    await desk.page.getByRole('button', { name: '结束接待' }).click()
    await desk.page.getByText('窗口空闲').waitFor()
    // Nothing of the client is left on the window's page.
    expect(await desk.page.content()).not.toContain('赵*构')

    await page.reload()
    await page.getByLabel('满意', { exact: true }).check()
    await page.getByRole('button', { name: '提交评价' }).click()
    await page.getByText('已评价').waitFor()
    expect([...complaints, ...desk.complaints]).toEqual([])
    await desk.leave()
    await leave()
  })

  test('what a visitor has against his visit is read by the watchers and answered to him', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    await signIn(page, '/login', 'citizen.chen')
    await page.goto('/me/visits')
    await page.getByRole('button', { name: '现场取号' }).click()
    await page.getByLabel('在哪个网点').selectOption('yingchun')
    await page.getByRole('button', { name: '取号', exact: true }).click()
    await page.getByText('窗口不接待您?').click()
    await page.getByRole('button', { name: '告诉监察窗口' }).click()
    await page.getByText('请写明情况。').waitFor()
    await look(page, 'visit-turned-away')
    await page.getByLabel('窗口是怎么说的').fill('说今天的号满了')
    await page.getByRole('button', { name: '告诉监察窗口' }).click()
    await page.getByText('被拒绝接待').waitFor()

    await page.getByText('对这次接待有不同意见?').click()
    await page.getByLabel('您的意见').fill('没有说明理由')
    await page.getByRole('button', { name: '提交异议' }).click()
    await page.getByText('监察窗口正在核实').waitFor()
    expect(await page.getByText('对这次接待有不同意见?').count()).toBe(0)

    const desk = await site.visit(WIDE)
    await staff(desk.page, 'supervisor')
    await desk.page.goto('/staff/redress')
    const row = desk.page.locator('[data-redress]').filter({ hasText: '窗口接待' })
    await row.getByRole('button', { name: '处理' }).click()
    await desk.page.getByText('没有说明理由').waitFor()
    expect(await row.getByRole('link', { name: '办件经过' }).count()).toBe(0)
    await look(desk.page, 'staff-redress-visit')
    await row.getByLabel('不属实').check()
    await row.getByLabel('核实情况').fill('取号机故障,已人工取号')
    await row.getByRole('button', { name: '提交核实' }).click()
    await row.getByText('待答复').waitFor()

    // The window answers without being shown what was written of it.
    await staff(desk.page, 'station.yingchun')
    await desk.page.goto('/staff/redress')
    await row.getByRole('button', { name: '处理' }).click()
    await row.getByLabel('给申请人的答复').fill('取号机已修好,向您致歉。')
    expect(await desk.page.content()).not.toContain('没有说明理由')
    await row.getByRole('button', { name: '提交答复' }).click()
    await row.getByText('待回访').waitFor()

    await page.reload()
    await page.getByText('取号机已修好').waitFor()
    await look(page, 'visit-answered')
    expect([...complaints, ...desk.complaints]).toEqual([])
    await desk.leave()
    await leave()
  })

  test('who is sent away twice tells of both', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    const second = await page.context().newPage()
    for (const tab of [page, second]) {
      await signIn(tab, '/login', 'citizen.wang')
      await tab.goto('/me/visits')
      await tab.getByRole('button', { name: '现场取号' }).click()
    }
    for (const [tab, point] of [
      [page, 'estate'],
      [second, 'police'],
    ] as const) {
      await tab.getByLabel('在哪个网点').selectOption(point)
      await tab.getByRole('button', { name: '取号', exact: true }).click()
      await tab.getByText('窗口不接待您?').waitFor()
    }
    await second.close()
    await page.reload()
    for (const told of ['说今天的号满了', '说系统坏了']) {
      await page.getByText('窗口不接待您?').click()
      await page.getByLabel('窗口是怎么说的').fill(told)
      await page.getByRole('button', { name: '告诉监察窗口' }).click()
      await page
        .getByText('被拒绝接待')
        .nth(told === '说系统坏了' ? 1 : 0)
        .waitFor()
    }
    await page.getByRole('button', { name: '现场取号' }).waitFor()
    expect(complaints).toEqual([])
    await leave()
  })

  test('the holder of a slip rates without signing in', async () => {
    const desk = await site.visit(WIDE)
    await staff(desk.page, 'station.yingchun')
    await desk.page.goto('/staff/visits')
    await desk.page.getByRole('button', { name: '给一个号' }).click()
    await desk.page.getByRole('img', { name: '办完后扫码评价' }).waitFor()
    const { page, leave } = await site.visit(PHONE)
    const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
    await page.goto(`/rate?code=slip.yingchun-${day}-0002`)
    await page.getByLabel('满意', { exact: true }).check()
    await look(page, 'rate')
    await page.getByRole('button', { name: '提交评价' }).click()
    await page.getByText('谢谢您的评价。').waitFor()
    await leave()
    await desk.leave()
  })

  test('a question is asked, answered, and made a frequent one', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    await signIn(page, '/login', 'citizen.chen')
    await page.goto('/consultations')
    await page.getByLabel('想问什么').fill('居住证到期了怎么续签?我的电话13800001234')
    await page.getByRole('button', { name: '提问' }).click()
    await page.getByText('等待答复').waitFor()
    await look(page, 'consultations')

    const desk = await site.visit(WIDE)
    await staff(desk.page, 'window.centre')
    await desk.page.goto('/staff/consultations')
    const opened = desk.page.locator('main').getByRole('button', { name: '打开' }).first()
    await opened.click()
    await desk.page.getByRole('textbox', { name: '答复' }).fill('到期前三十日内网上申请即可。')
    await look(desk.page, 'staff-consultations')
    await desk.page.getByRole('button', { name: '答复', exact: true }).click()
    await desk.page.getByText('没有咨询。').waitFor()
    await desk.page.getByLabel('状态').selectOption('answered')
    await opened.click()
    await desk.page.getByText('公开为常见问题').click()
    await desk.page.getByRole('button', { name: '公开', exact: true }).click()
    await desk.page.getByText('公开的内容不能含有手机号码').first().waitFor()
    await desk.page.getByLabel('问题').fill('居住证到期了怎么续签?')
    await desk.page.getByRole('button', { name: '公开', exact: true }).click()
    await expect
      .poll(() => desk.page.getByRole('button', { name: '收起' }).count(), PATIENCE)
      .toBe(0)

    await page.reload()
    await page.getByText('居住证到期了怎么续签?', { exact: true }).waitFor()
    expect([...complaints, ...desk.complaints]).toEqual([])
    await desk.leave()
    await leave()
  })

  test.each([PHONE, WIDE])(
    'a window records a mandate with both present ($width px)',
    async (size) => {
      const { page, complaints, leave } = await site.visit(size)
      await staff(page, 'station.yingchun')
      await page.goto('/staff/mandates')
      await page.getByText('本网点免费代办').click()
      await page.getByLabel('姓名').fill('陈试用')
      await page.getByLabel('身份证号码').fill('410102190005050053')
      await look(page, 'staff-mandate')
      await page.getByRole('button', { name: '登记委托' }).click()
      await page.getByText('窗口登记委托须双方到场').first().waitFor()
      await page.getByLabel('双方都在场').check()
      await page.getByRole('button', { name: '登记委托' }).click()
      await page.getByText('委托已生效').waitFor()
      expect(complaints).toEqual([])
      await leave()
    },
  )
})
