import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PHONE, PHOTO, signIn, type Site, type Visit } from './site'
import * as steps from './steps'

/** Where screenshots go, for whoever wants to look. */
const SHOTS = process.env.SHOTS
const SIZES = [PHONE, { width: 1280, height: 800 }]
const FEE_ITEM = '居民身份证补领'

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

const staff = (account: string): Promise<void> => steps.staff(page, account)
const open = (text: string): Promise<void> =>
  page.getByRole('navigation').getByRole('link', { name: text }).click()

/** The page as it stands holds on a phone and on a desk. */
async function expectSound(name: string): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    if (SHOTS) {
      await page.screenshot({ path: `${SHOTS}/${name}-${size.width}.png`, fullPage: true })
    }
  }
  await page.setViewportSize(DESK)
}

async function propose(days: string): Promise<void> {
  await staff('ga.editor')
  await open('事项变更')
  await page.getByRole('link', { name: '提出变更' }).click()
  await page.getByLabel('哪个事项').selectOption({ label: `${steps.ITEM}(第 1 版)` })
  await page.getByLabel('承诺时限').fill(days)
  await page.getByLabel('变更理由').fill('压缩时限,方便群众')
  await page.getByLabel('法律、法规或文件依据').fill('居住证暂行条例第十条')
  await page.getByRole('button', { name: '检查', exact: true }).click()
}

async function file(days: string): Promise<void> {
  await propose(days)
  await page.getByRole('button', { name: '提出变更' }).click()
  await page.getByText('清单主管单位审核中').first().waitFor()
}

async function openNewest(account: string): Promise<void> {
  await staff(account)
  await open('事项变更')
  await page.getByRole('link', { name: steps.ITEM }).first().click()
}

describe('a change of an item', () => {
  test('is checked in words, proposed, reviewed, approved and in force', async () => {
    await propose('3')
    await page.getByText('检查通过').waitFor()
    expect(await page.getByText('现有在办').textContent()).toContain('影响 0 件')
    await expectSound('change-propose')
    await page.getByRole('button', { name: '提出变更' }).click()
    await page.getByText('清单主管单位审核中').first().waitFor()
    await openNewest('fz.owner')
    await page.getByText(/承诺时限由“.*”改为“3/).waitFor()
    await expectSound('change-review')
    await page.getByLabel('意见').fill('同意')
    await steps.act(page, '同意')
    await openNewest('office')
    await expectSound('change-approve')
    await steps.act(page, '同意')
    await page.getByText('已生效').first().waitFor()
    await expectSound('change-in-force')
  })

  test('asks for a proof without a basis and is told where, before it is filed', async () => {
    await propose('3')
    await page.getByLabel('要求提供的依据').first().fill('')
    await page.getByRole('button', { name: '检查', exact: true }).click()
    await page.getByText('却没有写明依据').waitFor()
    expect(await page.getByRole('button', { name: '提出变更' }).count()).toBe(0)
    await expectSound('change-refused')
  })

  test('is sent back with reasons only, and can be taken back', async () => {
    await file('4')
    await openNewest('fz.owner')
    await page.getByLabel('退回').check()
    await page.locator('form.act').getByRole('button', { name: '退回' }).click()
    await page.getByText('请写明理由。').waitFor()
    await page.getByRole('textbox', { name: '理由' }).fill('依据不足')
    await steps.act(page, '退回')
    await page.getByText('已退回').first().waitFor()
    await file('6')
    await page.getByRole('textbox', { name: '理由' }).fill('再研究')
    await page.locator('form.act').getByRole('button', { name: '撤回变更' }).click()
    await page.getByText('已撤回').first().waitFor()
    await open('事项变更')
    await page.getByRole('link', { name: steps.ITEM }).first().waitFor()
    await expectSound('changes')
  })
})

describe('the catalogue in the keepers’ hands', () => {
  test('is checked for proofs, our own and somebody else’s, with the path in words', async () => {
    await staff('office')
    await open('证明检查')
    await page.getByText('没有不合理的证明').waitFor()
    await page.locator('input[type=file]').setInputFiles({
      name: '别处的目录.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify({ items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] })),
    })
    await page.getByText('怎样解开').waitFor()
    await page.getByText('办“流动人口登记”要交居住情况证明').waitFor()
    await expectSound('proofs')
  })

  test('stands on lists, each with its owner', async () => {
    await staff('cz.owner')
    await open('清单')
    await page.getByText('主管单位:').waitFor()
    await page.getByLabel('哪一张').selectOption({ label: '行政事业性收费清单' })
    await page.getByText('40元/证(补领)').waitFor()
    await page.getByRole('button', { name: /移出\s*证件工本费/ }).click()
    await page.getByLabel('移出的理由').fill('国家取消该项收费')
    await expectSound('lists')
    await page.getByRole('button', { name: '确认移出' }).click()
    await page.getByText('“证件工本费”已移出').waitFor()
    expect(await page.getByText('40元/证(补领)').count()).toBe(0)
  })

  test('says of what is not in the centre whose it is and why', async () => {
    await staff('office')
    await open('进驻情况')
    await page.getByText('应进驻的事项都已进驻').waitFor()
    await page.getByLabel('查看').selectOption({ label: '全部事项' })
    await page.getByRole('button', { name: '登记未进驻' }).first().click()
    await page.getByLabel('未进驻的理由').fill('专用设备尚未迁入')
    await page.getByRole('button', { name: '登记', exact: true }).click()
    await page.getByLabel('查看').selectOption({ label: '未进驻的' })
    await page.getByText('专用设备尚未迁入').waitFor()
    await expectSound('stationing')
    await page.getByRole('button', { name: '已进驻' }).click()
    await page.getByText('应进驻的事项都已进驻').waitFor()
  })
})

describe('a charge', () => {
  test('is ordered by the clerk, paid by the citizen, reconciled and refunded', async () => {
    if (!site.mock) return
    await staff('station.yingchun')
    const no = await takeIn(FEE_ITEM)
    await page.goto(`/staff/cases/${no}`)
    await page.getByText('还没有开缴款单').waitFor()
    await expectSound('order-form')
    await page.getByRole('button', { name: '开缴款单' }).click()
    await page.getByText('待缴费').waitFor()
    await signIn(page, '/login', 'citizen.li')
    await page.goto(`/cases/${no}`)
    await page.getByText('40.00 元').first().waitFor()
    await expectSound('citizen-due')
    await page.getByRole('link', { name: '去缴费' }).click()
    await page.goto(`/cases/${no}`)
    await page.getByRole('button', { name: '看电子票据' }).click()
    await page.getByText('肆拾元整').waitFor()
    await expectSound('citizen-paid')
    await staff('cz.owner')
    await open('收费对账')
    await page.getByRole('button', { name: '取收费系统的当日流水核对' }).click()
    await page.getByText('相符').waitFor()
    await page.getByLabel('办件编号', { exact: true }).fill(no)
    await page.getByRole('button', { name: '查缴款单' }).click()
    await page.getByRole('textbox', { name: '理由' }).fill('重复缴费')
    await page.getByRole('button', { name: '退费' }).click()
    await page.getByText('已到账').waitFor()
    await expectSound('charging')
  })
})

async function takeIn(words: string): Promise<string> {
  await page.getByRole('combobox', { name: '群众要办什么?' }).fill(words)
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('Enter')
  await page.getByLabel('身份证号码').fill('410102190002020027')
  await page.getByLabel('姓名').fill('李演示')
  await page.getByLabel('联系电话').fill('13900001111')
  const inputs = await page.locator('input[data-material]').all()
  for (const input of inputs) await input.setInputFiles(PHOTO)
  await page.getByText(`已收 ${inputs.length} / ${inputs.length} 样`).waitFor()
  await page.keyboard.press('Control+Enter')
  return steps.caseNumber(page)
}
