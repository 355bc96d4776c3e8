import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PATIENCE, PHONE, type Site } from './site'
import { fillUntilReview, grant, startApplication, submit } from './steps'

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

test('an application on the phone becomes a certificate on the phone, shown and verified', async () => {
  const citizen = await site.visit(PHONE)
  const { page } = citizen
  await startApplication(page, 'citizen.wang')
  await fillUntilReview(page, '电子证照')
  const no = await submit(page)

  const office = await site.visit(DESK)
  await grant(office.page, no)
  await office.leave()

  // The certificate is made and delivered by the platform itself; the page follows by itself too.
  await page.getByRole('button', { name: '查看进度' }).click()
  await page.waitForURL(new RegExp(`/cases/${no}$`))
  await expect
    .poll(
      async () => {
        await page.reload()
        await page.getByText('办理经过').waitFor()
        return page.getByRole('link', { name: '查看电子证照' }).count()
      },
      { ...PATIENCE, interval: 1_000 },
    )
    .toBe(1)
  for (const event of ['收', '受理', '审查', '准予', '送达']) {
    expect(await page.locator('.timeline').textContent(), event).toContain(event)
  }
  await expectAccessible(page)

  await page.getByRole('link', { name: '查看电子证照' }).click()
  await page.locator('.sheet').waitFor()
  const sheet = (await page.locator('.sheet').textContent()) ?? ''
  const identifier = /1\.2\.156\.3005\.2\.[0-9A-Z.]+/.exec(sheet)?.[0] ?? ''
  expect(identifier).not.toBe('')
  await expectAccessible(page)
  await expectNoSidewaysScroll(page)

  await page.getByRole('button', { name: '生成亮证码' }).click()
  await page.getByRole('img', { name: '亮证二维码' }).waitFor()
  // What others look at is the code alone: no name, no number, no other code to scan by mistake.
  expect(await page.locator('.sheet').count()).toBe(0)
  const code = (await page.locator('.present .code').textContent())?.trim() ?? ''
  await expectAccessible(page)

  const verifier = await site.visit(PHONE)
  await verifier.page.goto(`/verify?identifier=${encodeURIComponent(identifier)}`)
  await verifier.page.getByText('✓ 相符').waitFor()
  expect(await verifier.page.getByRole('main').textContent()).not.toContain('王样例')
  await verifier.page.getByLabel('持证人姓名').fill('另一个人')
  await verifier.page.getByRole('button', { name: '核验' }).click()
  await verifier.page.getByText('✗ 不相符').waitFor()
  await verifier.page.getByLabel('持证人姓名').fill('')
  const show = async (): Promise<void> => {
    await verifier.page.getByLabel('证照标识或亮证码').fill(`yichuang-show:${code}`)
    await verifier.page.getByRole('button', { name: '核验' }).click()
  }
  // Scanned from the holder's screen, the code opens what was chosen, and leaves no trace behind.
  await verifier.page.goto(`/verify#yichuang-show:${code}`)
  await verifier.page.getByText('王样例').waitFor()
  expect(await verifier.page.getByRole('main').textContent()).not.toMatch(/41010219/)
  expect(verifier.page.url()).not.toContain(code)
  await expectAccessible(verifier.page)
  await verifier.page.getByRole('button', { name: '核验另一张' }).click()
  await show()
  await verifier.page.getByRole('alert').waitFor()
  await verifier.leave()

  await page.goto('/me/certificates')
  await page.getByRole('link', { name: '居住证' }).first().waitFor()
  await page.goto('/me/certificate-reads')
  await page.getByRole('heading', { name: '谁查过我的证照' }).waitFor()
  await expectAccessible(page)

  await page.goto(`/cases/${no}`)
  await page.getByLabel('非常满意', { exact: true }).check()
  await page.getByRole('button', { name: '提交评价' }).click()
  await expect.poll(() => page.getByRole('button', { name: '提交评价' }).count(), PATIENCE).toBe(0)

  expect([...citizen.complaints, ...office.complaints, ...verifier.complaints]).toEqual([])
  await citizen.leave()
})
