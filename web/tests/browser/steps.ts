/** What several suites do on their way, as a person does it. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { PATIENCE, PHOTO, signIn } from './site'

export const ITEM = '居住证申领'

export const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { name }).waitFor()

export const next = (page: Page): Promise<void> =>
  page.getByRole('button', { name: '下一步' }).click()

/** From the home page by plain words to the guide of an item. */
export async function openGuide(page: Page, words: string, name = ITEM): Promise<void> {
  await page.goto('/')
  await page.getByRole('searchbox').fill(words)
  await page.getByRole('button', { name: '搜索' }).click()
  await page.getByRole('link', { name }).first().click()
  await page.getByRole('heading', { name, exact: true }).waitFor()
}

/** What an earlier test of the same person began and did not hand in. */
export async function forgetDrafts(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const session = sessionStorage.getItem('yichuang.session') ?? '{}'
    const headers = {
      Authorization: `Bearer ${(JSON.parse(session) as { token?: string }).token ?? ''}`,
    }
    const answer = await fetch('/v1/me/drafts', { headers })
    const { items } = (await answer.json()) as { items: { item_code: string }[] }
    for (const { item_code } of items) {
      await fetch(`/v1/me/drafts/${item_code}`, { method: 'DELETE', headers })
    }
  })
}

/** A signed-in citizen at the first step of the form. */
export async function startApplication(page: Page, account: string): Promise<void> {
  await signIn(page, '/login', account)
  await forgetDrafts(page)
  await openGuide(page, '居住证')
  await page.getByRole('button', { name: '马上申请' }).click()
  await heading(page, '第 1 步')
}

export async function uploadAll(page: Page): Promise<void> {
  const inputs = await page.locator('input[data-material]').all()
  for (const input of inputs) await input.setInputFiles(PHOTO)
  await expect.poll(() => page.getByText('✓ 已上传').count(), PATIENCE).toBe(inputs.length)
}

/** Through the first three steps to the last look before submitting. */
export async function fillUntilReview(page: Page, channel?: string): Promise<void> {
  await page.getByLabel('联系电话').fill('13800001234')
  await next(page)
  await heading(page, '第 2 步')
  await uploadAll(page)
  await next(page)
  await heading(page, '第 3 步')
  if (channel) await page.getByLabel(channel).check()
  await next(page)
  await heading(page, '第 4 步')
}

export async function submit(page: Page): Promise<string> {
  await page.getByRole('button', { name: '提交申请' }).click()
  return caseNumber(page)
}

/** The number on a receipt. */
export async function caseNumber(page: Page): Promise<string> {
  const no = (await page.getByTestId('case-no').textContent())?.trim() ?? ''
  expect(no).not.toBe('')
  return no
}

export const staff = (page: Page, account: string): Promise<void> =>
  signIn(page, '/staff/login', account)

/** Opens a case from the list of the desk that is shown. */
export async function openFromQueue(page: Page, no: string): Promise<void> {
  await page.getByRole('link', { name: no }).click()
  await page.getByText('办理经过').waitFor()
}

/** Presses the button of the act that is shown, and sees it done. */
export async function act(page: Page, button: string): Promise<void> {
  await page.locator('form.act').getByRole('button', { name: button }).click()
  await page.getByText('已办理').waitFor()
}

/** Acceptance, review and signature by three people of the deciding body. */
export async function grant(page: Page, no: string, body = 'ga'): Promise<void> {
  await staff(page, `${body}.acceptor`)
  await openFromQueue(page, no)
  await act(page, '受理')
  await staff(page, `${body}.reviewer`)
  await openFromQueue(page, no)
  await page.getByLabel('建议准予').check()
  await page.getByRole('button', { name: '经审查,符合法定条件' }).click()
  await act(page, '提交审查意见')
  await staff(page, `${body}.chief`)
  await openFromQueue(page, no)
  expect(await page.getByText('建议准予:经审查').isVisible()).toBe(true)
  await page.getByLabel('准予', { exact: true }).check()
  await act(page, '签批')
}
