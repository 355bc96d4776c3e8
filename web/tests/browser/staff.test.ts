import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PATIENCE, PHONE, PHOTO, signIn, type Site, type Visit } from './site'
import * as steps from './steps'

const STATION = 'station.yingchun'
/** At 96 pixels an inch. */
const A4 = { width: 794, height: 1123 }
const CLIENT = { name: '李演示', number: '410102190002020027', phone: '13900001111' }

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
const openFromQueue = (no: string): Promise<void> => steps.openFromQueue(page, no)
const act = (button: string): Promise<void> => steps.act(page, button)

async function chooseItem(words: string): Promise<void> {
  await page.getByRole('combobox', { name: '群众要办什么?' }).fill(words)
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('Enter')
  await page.getByLabel('身份证号码').waitFor()
}

async function fillIntake(): Promise<void> {
  await page.getByLabel('身份证号码').fill(CLIENT.number)
  await page.getByLabel('姓名').fill(CLIENT.name)
  await page.getByLabel('联系电话').fill(CLIENT.phone)
  const inputs = await page.locator('input[data-material]').all()
  for (const input of inputs) await input.setInputFiles(PHOTO)
  await page.getByText(`已收 ${inputs.length} / ${inputs.length} 样`).waitFor()
}

/** Takes a case in at the station, by the keyboard where a clerk would, and answers its number. */
async function takeIn(words = '居住证'): Promise<string> {
  await chooseItem(words)
  await fillIntake()
  await page.keyboard.press('Control+Enter')
  return steps.caseNumber(page)
}

/** What the clerk's screen says, hidden and visible, typed and printed. */
async function everythingOnScreen(): Promise<string> {
  return page.evaluate(() => {
    const typed = [...document.querySelectorAll<HTMLInputElement>('input, textarea')].map(
      ({ value }) => value,
    )
    return [document.documentElement.outerHTML, ...typed].join('\n')
  })
}

describe('one case through every desk', () => {
  test('station, acceptance, review, signature, print, delivery', async () => {
    await staff(STATION)
    const no = await takeIn()

    await steps.grant(page, no)

    await staff(STATION)
    await page.goto('/staff/queues/delivery')
    // The certificate is made between the signature and the hand-over.
    const link = page.getByRole('link', { name: no })
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: '刷新' }).click()
        return link.count()
      }, PATIENCE)
      .toBe(1)
    await link.click()
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute('data-printed', 'yes')
    })
    await page.getByRole('link', { name: '先打印证照' }).click()
    await page.getByRole('img', { name: '证照核验二维码' }).waitFor()
    expect(await page.locator('.sheet').textContent()).toContain(CLIENT.name)
    expect(await page.locator('.sheet').textContent()).toMatch(/1\.2\.156\.3005\.2\./)
    await page.getByRole('button', { name: '打印(A4)' }).click()
    await page.locator('body[data-printed]').waitFor()
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.bar').isVisible()).toBe(false)
    expect(await page.locator('.sheet').isVisible()).toBe(true)
    const paper = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    expect(paper.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1)
    await page.setViewportSize(A4)
    const sheet = await page.locator('.sheet').boundingBox()
    expect(sheet?.width).toBeGreaterThan(A4.width * 0.9)
    await page.emulateMedia({ media: 'screen' })
    await page.setViewportSize(DESK)

    await page.getByRole('link', { name: '返回办件' }).click()
    await page.getByText('打印结果').first().waitFor()
    await page.getByLabel('申请人本人').check()
    await act('登记送达')
    await page.getByText('已办结').first().waitFor()
    await page.getByText('这个办件现在没有您要办的事').waitFor()
  })

  test('a correction notice goes out once, and the station hands in what it named', async () => {
    await staff(STATION)
    const no = await takeIn()
    await staff('ga.acceptor')
    await openFromQueue(no)
    await page.getByRole('button', { name: '一次性补正告知' }).click()
    await page.getByRole('button', { name: '发出补正告知书' }).click()
    await page.getByText('请至少写一项').waitFor()
    await page.getByLabel('申请人身份证').fill('照片不清楚,请重拍')
    await act('发出补正告知书')

    await staff(STATION)
    await page.goto(`/staff/cases/${no}`)
    await page.getByText('照片不清楚,请重拍').first().waitFor()
    await page.locator('input[data-material]').first().setInputFiles(PHOTO)
    await page.getByText('✓ 已上传').waitFor()
    await act('补交材料')

    await staff('ga.acceptor')
    await openFromQueue(no)
    await page.getByRole('button', { name: '受理', exact: false }).first().waitFor()
    expect(await page.getByRole('button', { name: '一次性补正告知' }).count()).toBe(0)
  })

  test('a refusal needs its reasons and tells the remedies', async () => {
    await staff(STATION)
    const no = await takeIn()
    await staff('ga.acceptor')
    await openFromQueue(no)
    await act('受理')
    await staff('ga.reviewer')
    await openFromQueue(no)
    await page.getByLabel('建议不予').check()
    await page.getByLabel('审查意见').fill('不在本区居住')
    await act('提交审查意见')
    await staff('ga.chief')
    await openFromQueue(no)
    await page.getByLabel('不予', { exact: true }).check()
    await page.locator('form.act').getByRole('button', { name: '签批' }).click()
    await page.getByText('必须说明理由').waitFor()
    expect(await page.getByLabel('救济途径').inputValue()).toMatch(/行政复议.*诉讼/)
    await page.getByLabel('不予的理由').fill('不符合居住半年的条件')
    await act('签批')
    await page.getByText('决定不予的理由').waitFor()
  })
})

describe('a window session belongs to one client', () => {
  test('nothing of the last client is shown to the next', async () => {
    await staff(STATION)
    const no = await takeIn()
    await page.getByRole('button', { name: '下一位' }).click()
    await page.getByRole('combobox', { name: '群众要办什么?' }).waitFor()
    const secrets = [CLIENT.name, CLIENT.number, CLIENT.phone, no, PHOTO.name]
    for (const secret of secrets) expect(await everythingOnScreen()).not.toContain(secret)
    await chooseItem('居住证')
    for (const secret of secrets) expect(await everythingOnScreen()).not.toContain(secret)
    await page.goBack()
    await page.goForward()
    await page.getByRole('combobox', { name: '群众要办什么?' }).waitFor()
    for (const secret of secrets) expect(await everythingOnScreen()).not.toContain(secret)
    const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))
    for (const secret of secrets) expect(kept).not.toContain(secret)
  })

  test('a half-filled form is given up only on purpose, and then leaves nothing', async () => {
    await staff(STATION)
    await chooseItem('居住证')
    await page.getByLabel('姓名').fill(CLIENT.name)
    page.once('dialog', (dialog) => void dialog.dismiss())
    await page.keyboard.press('Alt+n')
    expect(await page.getByLabel('姓名').inputValue()).toBe(CLIENT.name)
    page.once('dialog', (dialog) => void dialog.accept())
    await page.keyboard.press('Alt+n')
    await page.getByRole('combobox', { name: '群众要办什么?' }).waitFor()
    expect(await everythingOnScreen()).not.toContain(CLIENT.name)
  })

  test('going to another desk and back begins with an empty form', async () => {
    await staff(STATION)
    await chooseItem('居住证')
    await page.getByLabel('身份证号码').fill(CLIENT.number)
    await page.getByRole('link', { name: '待送达' }).click()
    await page.getByRole('heading', { name: '待送达' }).waitFor()
    await page.getByRole('link', { name: '收件登记' }).click()
    await page.getByRole('combobox', { name: '群众要办什么?' }).waitFor()
    expect(await everythingOnScreen()).not.toContain(CLIENT.number)
  })
})

describe('intake', () => {
  test('everything that is wrong is named at once', async () => {
    await staff(STATION)
    await chooseItem('居住证')
    await page.keyboard.press('Control+Enter')
    await page.getByText('请填写身份证号码').waitFor()
    expect(await page.getByText('请填写姓名').isVisible()).toBe(true)
    expect(await page.getByText('缺少材料:').first().isVisible()).toBe(true)
  })

  test('the item is found and chosen by the keyboard alone', async () => {
    await staff(STATION)
    await page.getByRole('combobox', { name: '群众要办什么?' }).waitFor()
    await page.keyboard.type('shenfenzheng')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '居民身份证补领' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
  })

  test('a hasty clerk makes one case', async ({ skip }) => {
    const mock = site.mock ?? skip()
    await staff(STATION)
    await chooseItem('居住证')
    await fillIntake()
    const before = mock.cases.all().length
    mock.slowness(300)
    for (let press = 0; press < 4; press += 1) await page.keyboard.press('Control+Enter')
    await page.getByTestId('case-no').waitFor()
    mock.slowness(0)
    expect(mock.cases.all().length).toBe(before + 1)
  })
})

test('who may not act is told why, in words', async () => {
  await staff(STATION)
  const no = await takeIn()
  await staff('ga.reviewer')
  await page.goto(`/staff/cases/${no}`)
  await page.getByText('这个办件现在没有您要办的事').waitFor()
  await staff('jy.reviewer')
  await page.goto(`/staff/cases/${no}`)
  await page
    .getByRole('alert')
    .getByText(/无权|只能/)
    .first()
    .waitFor()
})

test('the documents, the dossier, the person in full and the reasons are at hand', async () => {
  await staff(STATION)
  const no = await takeIn()
  await page.goto(`/staff/cases/${no}`)
  await page.getByRole('button', { name: '查看完整信息' }).click()
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByText('请写明事由').waitFor()
  expect(await everythingOnScreen()).not.toContain(CLIENT.number)
  await page.getByLabel('事由', { exact: true }).fill('核对申请人身份')
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByText(CLIENT.number).waitFor()
  await page.getByRole('button', { name: '隐去' }).click()
  expect(await everythingOnScreen()).not.toContain(CLIENT.number)

  await page.getByText('为什么?').click()
  await page
    .getByText(/当前角色不能|只能|不在当前环节/)
    .first()
    .waitFor()

  await page.locator('summary', { hasText: '卷宗' }).click()
  await page.getByText('链值').waitFor()
  await page.getByRole('button', { name: '打包下载' }).click()
  await page.getByText('请写明下载卷宗的事由').waitFor()
  await page.getByLabel('下载事由').fill('归档核对')
  await page.getByRole('button', { name: '打包下载' }).click()
  await page.getByRole('link', { name: /点这里保存/ }).waitFor()
  await expectAccessible(page)

  await page.locator('[aria-labelledby="documents"] a').first().click()
  await page.locator('.sheet').waitFor()
  await expectAccessible(page)
})

test('an act on what another has changed meanwhile is refused, and the newest is one click away', async () => {
  await staff(STATION)
  const no = await takeIn()
  await staff('ga.acceptor')
  await openFromQueue(no)
  const other = await site.visit(DESK)
  await signIn(other.page, '/staff/login', 'ga.acceptor')
  await other.page.getByRole('link', { name: no }).click()
  await other.page.locator('form.act').getByRole('button', { name: '受理' }).click()
  await other.page.getByText('已办理').waitFor()
  await other.leave()
  await page.locator('form.act').getByRole('button', { name: '受理' }).click()
  await page.getByRole('button', { name: '看最新的内容' }).click()
  await page.getByText('审查中').first().waitFor()
})

test('a citizen has no workbench', async () => {
  await page.goto('/staff/queues/review')
  await page.waitForURL(/\/staff\/login/)
  expect(await page.locator('[data-account="citizen.zhang"]').count()).toBe(0)
})

test('alarms are listed for supervision and opened to their facts', async ({ skip }) => {
  if (!site.mock) skip()
  await staff('supervisor')
  const first = page.locator('[data-alarm]').first()
  await first.waitFor()
  await first.getByRole('button', { name: '处理' }).click()
  await first.getByText('责任单位').first().waitFor()
  await first.getByRole('button', { name: '办结预警' }).click()
  await first.getByText('请选择核查结论').waitFor()
  await expectAccessible(page)
})

test('the workbench is accessible, and fits a desk and a phone', async () => {
  await staff(STATION)
  await expectAccessible(page)
  await chooseItem('居住证')
  await page.keyboard.press('Control+Enter')
  await expectAccessible(page)
  await fillIntake()
  await page.keyboard.press('Control+Enter')
  const no = await steps.caseNumber(page)
  await expectAccessible(page)
  await staff('ga.acceptor')
  await page.getByRole('table').waitFor()
  await expectAccessible(page)
  await openFromQueue(no)
  await expectAccessible(page)
  await page.getByRole('button', { name: '一次性补正告知' }).click()
  await expectAccessible(page)
  for (const size of [PHONE, DESK]) {
    await page.setViewportSize(size)
    for (const path of ['/staff/queues/acceptance', `/staff/cases/${no}`, '/staff/alarms']) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expectNoSidewaysScroll(page)
    }
  }
})
