import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newFan, openConversation, openWindow, phone, quiet, signIn } from './world.mjs'

const routes = ['/inbox/mine', '/inbox/all', '/settings', '/settings/accounts', '/settings/agents', '/settings/groups', '/settings/tags', '/settings/rules', '/me', '/sandbox', '/nowhere']

for (const width of [390, 360]) {
  test(`no page scrolls sideways at ${width} px`, async (t) => {
    const context = await openWindow(t, { ...phone, viewport: { width, height: 780 } })
    const page = await signIn(context)
    // The row of filter chips, a group, scrolls by itself; everything else fits.
    for (const route of routes) {
      await page.goto(route)
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
      await page.waitForTimeout(400)
      const room = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll('main *')].filter((one) => /auto|scroll/.test(getComputedStyle(one).overflowY) && !one.matches('[role=group]'))
        return [document.documentElement, ...boxes].map((one) => one.scrollWidth)
      })
      assert.ok(Math.max(...room) <= width, `${route} is ${Math.max(...room)} px wide`)
    }
  })
}

test('the back gesture leads from the contact to the conversation to the list', async (t) => {
  const context = await openWindow(t, phone)
  const page = await signIn(context)
  await quiet(t, context)
  const fan = await newFan(context)
  await fan.dm('在吗')
  await openConversation(page, fan.name)
  const conversation = page.url()
  await page.getByRole('button', { name: `${fan.name} ` }).click()
  const contact = page.getByRole('dialog', { name: '粉丝资料' })
  await contact.waitFor()
  await page.goBack()
  await contact.waitFor({ state: 'hidden' })
  assert.equal(page.url(), conversation)
  await page.goBack()
  await page.waitForURL(/\/inbox\/all$/)
  await page.locator('[data-conversation]').first().waitFor()
})

test('Enter breaks the line on a phone', async (t) => {
  const context = await openWindow(t, phone)
  const page = await signIn(context)
  await quiet(t, context)
  const fan = await newFan(context)
  await fan.dm('在吗')
  await openConversation(page, fan.name)
  const box = page.getByRole('textbox', { name: '回复', exact: true })
  await box.fill('第一行')
  await box.press('Enter')
  await box.pressSequentially('2')
  assert.equal(await box.inputValue(), '第一行\n2')
})
