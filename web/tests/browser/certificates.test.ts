import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PATIENCE, PHONE, PHOTO, type Site, signIn } from './site'
import { caseNumber, heading, ITEM, next, openFromQueue, openGuide, staff } from './steps'

/** In the mock's store: an identity card and a household register of citizen.chen's. */
const HOLDER = { account: 'citizen.chen', name: '陈试用', number: '410102190005050053' }
const STATION = 'station.yingchun'

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

async function atMaterials(page: Page): Promise<void> {
  await signIn(page, '/login', HOLDER.account)
  await openGuide(page, '居住证')
  await page.getByRole('button', { name: '马上申请' }).click()
  await heading(page, '第 1 步')
  await page.getByLabel('联系电话').fill('13800001234')
  await next(page)
  await heading(page, '第 2 步')
}

const held = (page: Page) => page.locator('.held').filter({ hasText: '居民身份证' })

async function uploadTheRest(page: Page): Promise<void> {
  const inputs = await page.locator('input[data-material]').all()
  for (const input of inputs) await input.setInputFiles(PHOTO)
  await expect.poll(() => page.getByText('✓ 已上传').count(), PATIENCE).toBe(inputs.length)
}

async function chooseAtStation(page: Page): Promise<void> {
  await staff(page, STATION)
  await page.getByRole('combobox', { name: '群众要办什么?' }).fill('居住证')
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('Enter')
  await page.getByLabel('身份证号码').waitFor()
}

describe.skipIf(process.env.YICHUANG_URL)('nobody is asked twice', () => {
  test('a citizen is spared what the store holds, and sees where it comes from', async () => {
    const { page, complaints, leave } = await site.visit(PHONE)
    await atMaterials(page)
    await held(page).waitFor()
    const text = (await held(page).textContent()) ?? ''
    for (const said of ['不用交', '编号 ********5678', '长期有效', '可信等级 B(颁发机构确认)']) {
      expect(text).toContain(said)
    }
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)

    // One's own choice: something else may be handed in, and taken back.
    await page.getByRole('button', { name: /不用这份.*居民身份证/ }).click()
    await page.getByRole('button', { name: '用证照库里的' }).click()
    await held(page).waitFor()

    await uploadTheRest(page)
    await next(page)
    await heading(page, '第 3 步')
    await next(page)
    await heading(page, '第 4 步')
    await page.getByText('样由证照库提供').waitFor()
    const sent = page.waitForRequest((each) => each.url().endsWith('/v1/cases'))
    await page.getByRole('button', { name: '提交申请' }).click()
    const { materials } = (await sent).postDataJSON() as { materials: Record<string, string>[] }
    expect(
      materials.filter((each) => each.certificate?.startsWith('1.2.156.3005.2.')),
    ).toHaveLength(1)
    const no = await caseNumber(page)
    await leave()

    const office = await site.visit(DESK)
    await staff(office.page, 'ga.acceptor')
    await openFromQueue(office.page, no)
    await office.page.getByRole('cell', { name: /证照库.*居民身份证/ }).waitFor()
    await office.page.getByRole('button', { name: '看证照' }).click()
    await office.page.getByRole('button', { name: '查看', exact: true }).click()
    await office.page.getByText('请写明事由,持证人会看到。').waitFor()
    await office.page.getByLabel('事由').fill('核对申请人身份')
    await office.page.getByRole('button', { name: '查看', exact: true }).click()
    await office.page.getByText(HOLDER.number).waitFor()
    await expectAccessible(office.page)
    expect([...complaints, ...office.complaints]).toEqual([])
    await office.leave()
  })

  test('a clerk is told what not to take, once number and name belong together', async () => {
    const { page, complaints, leave } = await site.visit(DESK)
    await chooseAtStation(page)
    const asked: string[] = []
    page.on('request', (each) => {
      if (each.url().endsWith('/v1/prefill')) asked.push(each.url())
    })
    await page.getByLabel('身份证号码').fill(HOLDER.number)
    await page.getByLabel('姓名').fill('陈试')
    await page.getByText('证照库里这个号码的姓名不是这样写的').waitFor()
    expect(await page.locator('.held').count()).toBe(0)
    await page.getByLabel('姓名').fill(HOLDER.name)
    await page.getByText('样证照库已有,不要再向申请人收取').waitFor()
    await held(page).waitFor()
    await expectAccessible(page)
    // The number travels in a body, never in an address.
    expect(asked).toHaveLength(2)
    expect(asked.join()).not.toContain(HOLDER.number)

    // Another client: nothing of the one before stays attached.
    await page.getByLabel('身份证号码').fill('410102190002020027')
    await expect.poll(() => page.locator('.held').count(), PATIENCE).toBe(0)
    expect(complaints).toEqual([])
    await leave()
  })

  test('the holder reads who looked, why, at which certificate and at what', async () => {
    const desk = await site.visit(DESK)
    await chooseAtStation(desk.page)
    await desk.page.getByLabel('身份证号码').fill(HOLDER.number)
    await desk.page.getByLabel('姓名').fill(HOLDER.name)
    await held(desk.page).waitFor()
    await desk.leave()

    const { page, complaints, leave } = await site.visit(PHONE)
    await signIn(page, '/login', HOLDER.account)
    await page.goto('/me/certificate-reads')
    const line = page
      .getByRole('listitem')
      .filter({ hasText: `可以免交的证照:${ITEM}` })
      .first()
    await line.waitFor()
    expect(await line.textContent()).toMatch(/哪张证:.*居民身份证/)
    expect(await line.textContent()).toMatch(/核对了:姓名或名称、证件号码/)
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    expect(complaints).toEqual([])
    await leave()
  })
})
