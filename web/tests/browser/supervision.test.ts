import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PHONE, signIn, type Site } from './site'
import { staff } from './steps'

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

/** Holds on a phone and at a desk; whoever checks leaves the page at the desk's size. */
async function expectFits(page: Page): Promise<void> {
  await expectAccessible(page)
  await page.setViewportSize(PHONE)
  await expectNoSidewaysScroll(page)
  await page.setViewportSize(DESK)
  await expectNoSidewaysScroll(page)
}

describe.skipIf(process.env.YICHUANG_URL)('the desks of supervision', () => {
  test('anybody opens a public rate to its formula and what is missing, and no case', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto('/indicators')
    const rate = page.locator('[data-rate="point_coverage"]')
    await rate.locator('summary').click()
    expect(await rate.textContent()).toContain('14 ÷ 16')
    expect(await rate.textContent()).toContain('有便民服务站的村(社区)数 ÷ 全部村(社区)数')
    expect(await rate.textContent()).toContain('晴川社区')
    const figure = page.locator('[data-figure="received"]')
    await figure.locator('button.figure').click()
    await figure.getByText('按单位').waitFor()
    await figure.locator('.parts li').first().waitFor()
    expect(await page.getByRole('button', { name: '办件' }).count()).toBe(0)
    expect(asked.some((path) => path.endsWith('/cases'))).toBe(false)
    // No citizen's page fetches what charts are drawn with.
    expect(asked.filter((path) => path.includes('engine'))).toEqual([])
    await expectFits(page)
    expect(complaints).toEqual([])
    await leave()
  })

  test('a number opens the cases it was counted from, and they open too', async () => {
    const { page, leave } = await site.visit(DESK)
    await staff(page, 'supervisor')
    await page.goto('/staff/indicators')
    const figure = page.locator('[data-figure="received"]')
    const number = Number(await figure.locator('button.figure strong').textContent())
    await figure.locator('button.figure').click()
    await figure.getByRole('button', { name: '看全部办件' }).click()
    await figure.locator('.cards li').first().waitFor()
    expect(await figure.locator('.cards li').count()).toBe(number)
    await expectFits(page)
    await figure.locator('.cards a').first().click()
    await page.getByText('办理经过').waitFor()
    await leave()
  })

  test('the wall opens down to the case', async () => {
    const { page, complaints, leave } = await site.visit({ width: 1920, height: 1080 })
    await page.goto('/wall')
    await page.locator('[data-account="supervisor"]').click()
    await page.locator('canvas').nth(1).waitFor()
    const letter = await page
      .locator('h2')
      .first()
      .evaluate((e) => getComputedStyle(e).fontSize)
    expect(parseFloat(letter)).toBeGreaterThanOrEqual(24)
    await page.locator('.bodies button').first().click()
    const drill = page.locator('dialog')
    await drill.getByRole('heading', { name: /未办结的预警/ }).waitFor()
    await expectAccessible(page)
    await drill.locator('section').last().locator('a').first().click()
    await page.getByText('办理经过').waitFor()
    expect(complaints).toEqual([])
    await leave()
  })

  test('a full district fits on the wall without scrolling', async () => {
    const { page, leave } = await site.visit({ width: 1920, height: 1080 })
    await page.route('**/v1/wall', async (route) => {
      const wall = (await (await route.fetch()).json()) as Record<string, unknown>
      const unit = (name: string): object => ({
        name,
        open: 1234,
        warning: 9,
        yellow: 9,
        red: 9,
        light: 'red',
      })
      const bodies = 'rs mz zj wj ny zr yb tw ga sc cl cg jy sf sw xx jd sq'.split(' ').map(unit)
      await route.fulfill({ json: { ...wall, bodies } })
    })
    await page.goto('/wall')
    await page.locator('[data-account="supervisor"]').click()
    await page.locator('.bodies li').nth(17).waitFor()
    const last = await page.locator('.bodies li').nth(17).boundingBox()
    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(1080)
    const tall = await page.evaluate(() => document.documentElement.scrollHeight)
    expect(tall).toBeLessThanOrEqual(1080)
    await leave()
  })

  test('the report is drawn, printed on paper, and fetched as a spreadsheet', async () => {
    const { page, complaints, leave } = await site.visit(DESK)
    await staff(page, 'supervisor')
    await page.goto('/staff/report')
    await page.locator('canvas').nth(3).waitFor()
    await expectFits(page)
    const sheet = await page.pdf({ format: 'A4' })
    expect(sheet.length).toBeGreaterThan(20_000)
    const [fetched] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '下载表格(xlsx)' }).click(),
    ])
    expect(fetched.url()).toContain('/mock-store/report.xlsx')
    expect(fetched.suggestedFilename()).toMatch(/^report-\d{4}-\d{2}\.xlsx$/)
    expect(complaints).toEqual([])
    await leave()
  })

  test('a rule is tried on the past, changed and switched off without a deployment', async () => {
    const { page, complaints, leave } = await site.visit(DESK)
    await staff(page, 'supervisor')
    await page.goto('/staff/rules')
    const rule = page.locator('[data-rule="P01"]')
    await rule.getByRole('button', { name: '查看与试运行' }).click()
    await rule.getByRole('button', { name: '试运行', exact: true }).click()
    expect(await rule.getByTestId('raised').textContent()).toMatch(/^\d+$/)
    await rule.getByLabel('阈值').fill('3')
    await expectFits(page)
    await rule.getByRole('button', { name: '保存为新版本' }).click()
    await rule.getByText('阈值 3').waitFor()
    await rule.getByRole('switch').click()
    await rule.getByRole('switch').getByText('已停用').waitFor()
    await page.locator('[data-limit="alarms/reply_yellow"]').fill('5')
    await page.getByRole('button', { name: '保存处理时限' }).click()
    await page.getByText('已保存').waitFor()
    await staff(page, 'office')
    await page.goto('/staff/rules')
    expect(await page.locator('[data-rule="P01"]').getByRole('switch').isDisabled()).toBe(true)
    expect(complaints).toEqual([])
    await leave()
  })

  test('a bad rating goes its road between the supervision and the unit', async () => {
    const { page, complaints, leave } = await site.visit(DESK)
    const at = async (account: string): Promise<void> => {
      await staff(page, account)
      await page.goto('/staff/redress')
      await page.locator('[data-redress]').first().getByRole('button', { name: '处理' }).click()
    }
    await at('supervisor')
    await page.getByLabel('属实', { exact: false }).first().check()
    await page.getByLabel('核实情况').fill('调看记录,属实')
    await expectFits(page)
    await page.getByRole('button', { name: '提交核实' }).click()
    await page.locator('[data-redress]').first().getByText('待整改').waitFor()
    await at('ga.reviewer')
    await page.getByLabel('整改了什么').fill('已道歉并补办')
    await page.getByRole('button', { name: '提交整改' }).click()
    await page.locator('[data-redress]').first().getByText('待答复').waitFor()
    await at('ga.reviewer')
    await page.getByLabel('给申请人的答复').fill('已电话告知')
    await page.getByRole('button', { name: '提交答复' }).click()
    await page.locator('[data-redress]').first().getByText('待回访').waitFor()
    await at('supervisor')
    await page.getByLabel('申请人满意').check()
    await page.getByLabel('回访情况').fill('满意')
    await page.getByRole('button', { name: '提交回访' }).click()
    await page.locator('[data-redress]').first().getByText('已办结').waitFor()
    expect(complaints).toEqual([])
    await leave()
  })

  test('a reporter is told a code, is shown nowhere, and asks without a login', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    await signIn(page, '/login', 'citizen.zhang')
    await page.goto('/report-violation')
    await page.getByLabel('拒绝现场受理').check()
    await page.getByLabel('经过').fill('昨天上午在窗口被告知排号已满,让改天再来')
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    await page.getByRole('button', { name: '提交举报' }).click()
    const number = (await page.getByTestId('report-number').textContent()) ?? ''
    const code = (await page.getByTestId('report-code').textContent()) ?? ''
    await page.setViewportSize(DESK)
    await staff(page, 'supervisor')
    await page.goto('/staff/violations')
    const report = page.locator(`[data-report="${number}"]`)
    await report.getByRole('button', { name: '处理' }).click()
    expect(await page.locator('main').textContent()).not.toContain('citizen.zhang')
    await expectFits(page)
    await report.getByLabel('查证属实').check()
    await report.getByLabel('核查结果').fill('属实,已对窗口发出红牌')
    await report.getByRole('button', { name: '认定' }).click()
    await page.getByText('没有举报').waitFor()
    await staff(page, 'window.centre')
    expect(await page.getByRole('link', { name: '违规举报', exact: true }).count()).toBe(0)
    await page.evaluate(() => sessionStorage.clear())
    await page.goto('/report-violation')
    await page.getByLabel('举报编号').fill(number)
    await page.getByLabel('查询码').fill(code)
    await page.getByRole('button', { name: '查询' }).click()
    await page.getByText('属实,已对窗口发出红牌').waitFor()
    expect(complaints).toEqual([])
    await leave()
  })

  test('an appraisal goes from draft through an objection to its signature', async () => {
    const { page, complaints, leave } = await site.visit(DESK)
    const open = async (account: string): Promise<void> => {
      await staff(page, account)
      await page.goto('/staff/appraisal')
    }
    await open('office')
    await page.getByRole('button', { name: '计算初稿' }).click()
    const result = page.locator('[data-subject="ga"]')
    await result.locator('button.row').click()
    await result.locator('details summary').first().click()
    await expectFits(page)
    expect(await result.locator('.cases a').count()).toBeGreaterThan(0)
    await page.getByRole('button', { name: '公示(五个工作日)' }).click()
    await page.getByText('前可以提出异议').waitFor()
    await open('ga.chief')
    await result.locator('button.row').click()
    await page.getByLabel('对这个结果的异议').fill('十月有三件属系统故障')
    await result.getByRole('button', { name: '提出异议' }).click()
    await page.getByText('十月有三件属系统故障').waitFor()
    await open('office')
    await page.getByLabel('加分').fill('2')
    await page.getByLabel('理由').fill('查证属实')
    await page.getByRole('button', { name: '答复异议' }).click()
    await page.getByText('采纳,2 分').waitFor()
    await page.getByRole('button', { name: '定稿并签名' }).click()
    await page.getByText('已签名冻结').waitFor()
    expect(complaints).toEqual([])
    await leave()
  })

  test('an alarm is answered by its unit and settled with its accountability', async () => {
    const { page, complaints, leave } = await site.visit(DESK)
    const open = async (account: string): Promise<void> => {
      await staff(page, account)
      await page.goto('/staff/alarms')
      await page.locator('[data-alarm]').last().getByRole('button', { name: '处理' }).click()
    }
    await open('ga.reviewer')
    // How many wait stands beside the desk's name, wherever the reader is.
    const desk = page.getByRole('navigation').getByRole('link', { name: /监察预警/ })
    await expect.poll(() => desk.textContent()).toMatch(/监察预警\s*\d+/)
    await page.getByLabel('已经整改').check()
    await page.getByLabel('情况说明或整改措施').fill('已补办')
    await page.getByRole('button', { name: '答复' }).click()
    await page.locator('[data-alarm]').last().getByText('待核查').waitFor()
    await open('supervisor')
    await page.getByText(/已整改.*已补办/).waitFor()
    await expectFits(page)
    await page.getByLabel('违规属实').check()
    await page.getByLabel('追究责任').check()
    await page.getByLabel('理由').fill('核查属实')
    await page.getByRole('button', { name: '办结预警' }).click()
    await page.locator('[data-alarm]').last().getByText('已办结').waitFor()
    await page.locator('[data-alarm]').last().getByRole('button', { name: '处理' }).click()
    await page.getByText('已记入责任追究').waitFor()
    expect(complaints).toEqual([])
    await leave()
  })
})
