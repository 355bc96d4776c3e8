import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll } from './checks'
import { DESK, openSite, PHONE, type Site } from './site'
import { fillUntilReview, openFromQueue, staff, startApplication, submit } from './steps'

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

test.skipIf(process.env.YICHUANG_URL)(
  'a department asks another out of a case, and reads the answer there',
  async () => {
    const citizen = await site.visit(PHONE)
    await startApplication(citizen.page, 'citizen.wang')
    await fillUntilReview(citizen.page, '电子证照')
    const no = await submit(citizen.page)
    await citizen.leave()

    const { page, complaints, leave } = await site.visit(DESK)
    await staff(page, 'ga.acceptor')
    await openFromQueue(page, no)
    await page.getByRole('link', { name: '向其他部门征询' }).click()
    await page.getByRole('button', { name: '发出征询' }).click()
    await page.getByText('请选择问哪个单位。').waitFor()
    await expectAccessible(page)
    await page.getByLabel('问哪个单位').selectOption('rs')
    await page.getByLabel('问什么').fill('是否在本区就业')
    await page.getByLabel('要核对的内容').fill('请核对申请人的就业登记。')
    await page.getByRole('button', { name: '发出征询' }).click()
    await page.getByRole('heading', { name: '是否在本区就业' }).waitFor()
    await page.getByText('待答复').waitFor()
    await expectAccessible(page)

    await staff(page, 'rs.reviewer')
    await page.getByRole('link', { name: '信息征询' }).click()
    await page.getByRole('link', { name: '是否在本区就业' }).click()
    await page.getByRole('button', { name: '答复' }).click()
    await page.getByText('请填写答复。').waitFor()
    await page.getByLabel('答复').fill('已在本区就业。')
    await page.getByRole('button', { name: '答复' }).click()
    await page.getByText('已答复').waitFor()

    await staff(page, 'ga.acceptor')
    await page.goto('/staff/inquiries')
    await page.getByLabel('我们问的').check()
    await page.getByRole('link', { name: '是否在本区就业' }).click()
    await page.getByText('已在本区就业。').waitFor()
    await page.setViewportSize(PHONE)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    expect(complaints).toEqual([])
    await leave()
  },
)
