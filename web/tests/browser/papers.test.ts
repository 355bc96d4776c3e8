/** Materials opened, corrections decided, drafts kept, answers that reach who complained. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PEOPLE } from '../../mock/people'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PATIENCE, PHONE, PHOTO, signIn, type Site, type Visit } from './site'
import {
  caseNumber,
  fillUntilReview,
  grant,
  heading,
  next,
  startApplication,
  submit,
  uploadAll,
} from './steps'

/** Shots of both widths for whoever looks at them: YICHUANG_SHOTS names a folder. */
const SHOTS = process.env.YICHUANG_SHOTS
const WIDTHS = [360, 1280]

const CITIZEN = 'citizen.wang'

let site: Site
let phone: Visit
let desk: Visit
let page: Page
let office: Page

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())
beforeEach(async () => {
  phone = await site.visit(PHONE)
  desk = await site.visit(DESK)
  ;[page, office] = [phone.page, desk.page]
})
afterEach(async () => {
  expect([...phone.complaints, ...desk.complaints]).toEqual([])
  await phone.leave()
  await desk.leave()
})

async function expectSound(shown: Page, name: string): Promise<void> {
  await expectAccessible(shown)
  const size = shown.viewportSize() ?? PHONE
  for (const width of WIDTHS) {
    await shown.setViewportSize({ width, height: 800 })
    await expectNoSidewaysScroll(shown)
    if (SHOTS) await shown.screenshot({ path: `${SHOTS}/${name}-${width}.png`, fullPage: true })
  }
  await shown.setViewportSize(size)
}

function known(account: string): { name: string; id_number: string } {
  const found = PEOPLE.find((each) => each.account === account)
  return { name: found?.name ?? '', id_number: found?.holder_id_number ?? '' }
}

async function handIn(account = CITIZEN): Promise<string> {
  await startApplication(page, account)
  await fillUntilReview(page, '电子证照')
  return submit(page)
}

const staff = (account: string): Promise<void> => signIn(office, '/staff/login', account)

async function openCase(no: string): Promise<void> {
  await office.goto(`/staff/cases/${no}`)
  await office.getByText('办理经过').waitFor()
}

/** One request as somebody else, beside the pages. */
async function call(
  account: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const send = async (how: string, to: string, content?: object, token = ''): Promise<unknown> => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    const answer = await fetch(site.url + to, {
      method: how,
      headers: { ...headers, 'Idempotency-Key': crypto.randomUUID() },
      ...(content ? { body: JSON.stringify(content) } : {}),
    })
    return answer.json()
  }
  const { access_token } = (await send('POST', '/local/tokens', { account })) as {
    access_token: string
  }
  return send(method, path, body, access_token)
}

/** A picture that the policy let through and that has been drawn. */
const drawn = (shown: Page): Promise<boolean> =>
  shown
    .locator('.material img')
    .evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)

describe('materials', () => {
  test('who decides opens what was handed in, and so does who handed it in', async () => {
    const no = await handIn()
    await staff('ga.acceptor')
    await openCase(no)
    await office.locator('.material button').first().click()
    await office.locator('.material a').waitFor()
    if (site.mock) await expect.poll(() => drawn(office), PATIENCE).toBe(true)
    await expectSound(office, 'staff-material')
    await office.locator('.material button', { hasText: '收起' }).click()
    expect(await office.locator('.material a').count()).toBe(0)

    await page.goto(`/cases/${no}`)
    await page.locator('.material button').first().click()
    const link = page.locator('.material a')
    await link.waitFor()
    if (site.mock) await expect.poll(() => drawn(page), PATIENCE).toBe(true)
    await expectSound(page, 'citizen-material')
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    expect(await download.failure()).toBeNull()
    expect(new URL(page.url()).pathname).toBe(`/cases/${no}`)
  })

  test('whoever only watches, and whoever comes after the end, is not offered them', async () => {
    const no = await handIn()
    await staff('supervisor')
    await openCase(no)
    await office.getByText('上传').first().waitFor()
    expect(await office.locator('.material button').count()).toBe(0)
    await page.goto(`/cases/${no}`)
    await page.getByRole('button', { name: '撤回申请' }).click()
    await page.getByRole('button', { name: '撤回', exact: true }).click()
    await heading(page, /撤回/)
    await staff('ga.acceptor')
    await openCase(no)
    expect(await office.locator('.material button').count()).toBe(0)
    expect(await page.locator('.material button').count()).toBeGreaterThan(0)
  })
})

describe('a name that is to be corrected', () => {
  async function asked(value: string): Promise<string> {
    const no = await handIn()
    await page.goto('/me/data')
    const card = page.locator('section', { hasText: no })
    await card.getByRole('button', { name: '更正' }).click()
    await page.getByLabel('改哪一项').selectOption('name')
    await page.getByLabel('改成').fill(value)
    await page.getByLabel('为什么要改').fill('户口本上是这样写的')
    await page.locator('form').getByRole('button', { name: '更正' }).click()
    await page.getByText('核对证件后更正').waitFor()
    return no
  }

  test('is looked at on request, decided once, and then asked no more', async () => {
    const no = await asked('王样例一')
    await staff('ga.acceptor')
    await openCase(no)
    await office.getByRole('heading', { name: '申请人要求更正信息' }).waitFor()
    // Every look is on the person's record: nothing is shown by itself.
    expect(await office.getByRole('main').textContent()).not.toContain('王样例一')
    await office.getByRole('button', { name: '查看更正申请' }).click()
    await office.getByText('王样例一').waitFor()
    await office.getByRole('button', { name: '登记决定' }).click()
    await office.getByText('请选择是否更正').waitFor()
    await expectSound(office, 'staff-correction')
    await office.getByLabel('予以更正', { exact: true }).check()
    await office.getByRole('button', { name: '登记决定' }).click()
    await office.getByText('已更正申请人信息').waitFor()
    await office.getByText('个人信息已更正').waitFor()
    expect(await office.getByRole('heading', { name: '申请人要求更正信息' }).count()).toBe(0)
  })

  test('is refused with a reason alone', async () => {
    const no = await asked('王样例二')
    await staff('ga.acceptor')
    await openCase(no)
    await office.getByRole('button', { name: '查看更正申请' }).click()
    await office.getByLabel('不予更正', { exact: true }).check()
    await office.getByRole('button', { name: '登记决定' }).click()
    await office.getByText('请写明不予更正的理由').waitFor()
    await office.getByLabel('不予更正的理由').fill('与身份证不一致')
    await office.getByRole('button', { name: '登记决定' }).click()
    await office.getByText('已答复不予更正').waitFor()
  })

  test('is not offered where none waits, nor to whoever only watches', async () => {
    const no = await asked('王样例三')
    await staff('supervisor')
    await openCase(no)
    expect(await office.getByText('申请人要求更正信息').count()).toBe(0)
  })
})

describe('a draft', () => {
  const saved = (shown: Page): Promise<void> =>
    shown.locator('[data-draft="saved"]').waitFor({ timeout: PATIENCE.timeout })

  test('goes on where it was on another device, and is gone once handed in', async () => {
    await startApplication(page, CITIZEN)
    await page.getByLabel('联系电话').fill('13800007777')
    await page.getByLabel('要说明的情况').fill('周末来取')
    await next(page)
    await heading(page, '第 2 步')
    await uploadAll(page)
    await saved(page)
    await expectSound(page, 'citizen-draft-saved')

    await signIn(office, '/login', CITIZEN)
    await office.goto('/me')
    await office.getByRole('heading', { name: '没填完的申请' }).waitFor()
    await expectSound(office, 'citizen-drafts')
    await office.getByRole('link', { name: /接着填/ }).click()
    await heading(office, '第 2 步')
    await office.getByText('✓ 已上传').first().waitFor()
    await office.getByRole('button', { name: '上一步' }).click()
    expect(await office.getByLabel('联系电话').inputValue()).toBe('13800007777')
    expect(await office.getByLabel('要说明的情况').inputValue()).toBe('周末来取')
    for (const step of ['第 2 步', '第 3 步', '第 4 步']) {
      await next(office)
      await heading(office, step)
    }
    await submit(office)
    const kept = await office.evaluate(() => JSON.stringify({ ...sessionStorage }))
    expect(kept).not.toContain('周末来取')
    await office.goto('/me')
    await office.getByText('我的办件').first().waitFor()
    await expect.poll(() => office.getByText('没填完的申请').count(), PATIENCE).toBe(0)
  })

  test('is saved when the form is left before the pause is over', async () => {
    await startApplication(page, CITIZEN)
    await page.getByLabel('要说明的情况').fill('马上走')
    await page.goto('/me')
    await page.getByRole('heading', { name: '没填完的申请' }).waitFor()
    await page.getByRole('button', { name: /删除/ }).click()
    await page.getByRole('button', { name: '删除', exact: true }).click()
    await expect.poll(() => page.getByText('没填完的申请').count(), PATIENCE).toBe(0)
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain('马上走')
  })

  test('loses nothing while the network is away, and is saved when it is back', async () => {
    await startApplication(page, CITIZEN)
    await page.route('**/v1/me/drafts/**', (route) => route.abort('connectionfailed'))
    await page.getByLabel('要说明的情况').fill('断网也要留着')
    await page.locator('[data-draft="away"]').waitFor()
    await expectSound(page, 'citizen-draft-away')
    await page.unroute('**/v1/me/drafts/**')
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await saved(page)
    await page.reload()
    await heading(page, '第 1 步')
    expect(await page.getByLabel('要说明的情况').inputValue()).toBe('断网也要留着')
  })

  test('that could not be read is not written over: the person says which goes on', async () => {
    await startApplication(page, CITIZEN)
    await page.getByLabel('要说明的情况').fill('手机上填的')
    await saved(page)
    await signIn(office, '/login', CITIZEN)
    const at = new URL(page.url()).pathname
    await office.route('**/v1/me/drafts/**', (route) => route.abort('connectionfailed'))
    await office.goto(at)
    await heading(office, '第 1 步')
    await office.getByLabel('要说明的情况').fill('电脑上填的')
    await office.locator('[data-draft="away"]').waitFor()
    await office.unroute('**/v1/me/drafts/**')
    await office.evaluate(() => window.dispatchEvent(new Event('online')))
    await office.getByRole('button', { name: '用以前填的' }).waitFor()
    await expectSound(office, 'citizen-draft-two')
    await office.getByRole('button', { name: '用以前填的' }).click()
    await expect
      .poll(() => office.getByLabel('要说明的情况').inputValue(), PATIENCE)
      .toBe('手机上填的')
    await saved(office)
  })
})

test('what was answered to an objection reaches who made it', async ({ skip }) => {
  if (!site.mock) skip()
  const no = await handIn()
  await grant(office, no)
  await page.goto(`/cases/${no}`)
  await page.getByText('对办理过程或结果有不同意见').click()
  await page.getByLabel('您的意见').fill('少发了一本')
  await page.getByRole('button', { name: '提交异议' }).click()
  await page.getByText('监察窗口正在核实').waitFor()
  expect(await page.getByRole('heading', { name: '您的意见处理到哪一步' }).count()).toBe(1)

  const { items } = (await call('supervisor', 'GET', '/v1/redress')) as {
    items: { id: string; case_no: string; kind: string }[]
  }
  const one = items.find((each) => each.case_no === no && each.kind === 'objection')
  const step = (account: string, name: string, body: object): Promise<unknown> =>
    call(account, 'POST', `/v1/redress/${one?.id ?? ''}/${name}`, body)
  await step('supervisor', 'verification', { founded: true, text: '窗口漏发' })
  await step('ga.chief', 'rectification', { text: '已约谈经办人' })
  await step('ga.chief', 'answer', { text: '已补发一本,向您致歉。' })
  await page.reload()
  await page.getByText('已补发一本').waitFor()
  await page.getByText('情况属实').waitFor()
  await expectSound(page, 'citizen-redress')
  const shown = await page.getByRole('main').textContent()
  for (const kept of ['窗口漏发', '约谈']) expect(shown).not.toContain(kept)
  await step('supervisor', 'call-back', { satisfied: true, text: '满意' })
  await page.reload()
  await page.getByText('异议 · 已经办结').waitFor()
})

test('an agent at the counter shows the mandate, and the case says who came', async ({ skip }) => {
  if (!site.mock) skip()
  const wang = { id_type: '111', ...known('citizen.wang'), phone: '13800001234' }
  const li = { id_type: '111', ...known('citizen.li'), phone: '' }
  const { id } = (await call('citizen.wang', 'POST', '/v1/mandates', {
    kind: 'family',
    relation: 'child',
    principal: wang,
    agent: li,
    items: [],
    acts: ['submit'],
    first_day: '2026-01-01',
    last_day: '2099-01-01',
  })) as { id: string }
  await call('citizen.wang', 'POST', `/v1/mandates/${id}/confirmation`, {})

  await staff('station.yingchun')
  await office.getByRole('combobox', { name: '群众要办什么?' }).fill('居住证')
  await office.getByRole('option').first().waitFor()
  await office.keyboard.press('Enter')
  await office.getByLabel('身份证号码').fill(wang.id_number)
  await office.getByLabel('姓名').fill(wang.name)
  await office.getByLabel('联系电话').fill(wang.phone)
  const inputs = await office.locator('input[data-material]').all()
  for (const input of inputs) await input.setInputFiles(PHOTO)
  await office.getByText(`已收 ${inputs.length} / ${inputs.length} 样`).waitFor()
  await office.getByLabel('代办人').check()
  await office.keyboard.press('Control+Enter')
  await office.getByText('请填写委托编号').waitFor()
  await office.getByLabel('委托编号').fill('no-such-mandate')
  await office.keyboard.press('Control+Enter')
  await office.getByText('没有当事人有效的委托授权').first().waitFor()
  await expectSound(office, 'staff-intake-agent')
  await office.getByLabel('委托编号').fill(id)
  await office.keyboard.press('Control+Enter')
  const no = await caseNumber(office)
  await openCase(no)
  await office.getByText(/李\*+.*代办/).waitFor()
})
