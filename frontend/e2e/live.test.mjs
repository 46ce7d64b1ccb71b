import assert from 'node:assert/strict'
import { test } from 'node:test'
import { control, newFan, openWindow, quiet, rowOf, signIn, unique } from './world.mjs'

const places = (page) =>
  page.locator('[data-conversation]').evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.dataset.conversation, Math.round(row.getBoundingClientRect().top)])))

test('arrivals move nothing while the list is scrolled; the pill lets them in', async (t) => {
  const context = await openWindow(t)
  const page = await signIn(context)
  await quiet(t, context)
  await page.locator('[data-conversation]').first().waitFor()
  const list = page.getByRole('region', { name: '会话列表' })
  await list.hover()
  await page.mouse.wheel(0, 500)
  await page.waitForTimeout(300)
  const before = await places(page)
  const fans = await Promise.all([newFan(context), newFan(context)])
  for (const fan of fans) await fan.dm(unique('新来的'))
  const pill = page.getByRole('button', { name: '2 个新会话' })
  await pill.waitFor({ timeout: 30_000 })
  const now = await places(page)
  for (const [id, top] of Object.entries(before)) if (id in now) assert.equal(now[id], top, `row ${id} moved`)
  await pill.click()
  for (const fan of fans) await rowOf(page, fan.name).waitFor()
})

test('what happened while the network was gone is there five seconds after it is back, each once', async (t) => {
  const context = await openWindow(t)
  const outside = await openWindow(t)
  const page = await signIn(context)
  await signIn(outside)
  await quiet(t, outside)
  const fan = await newFan(outside)
  await fan.dm('第一句')
  await rowOf(page, fan.name).click({ timeout: 30_000 })
  await page.getByRole('article').filter({ hasText: '第一句' }).waitFor()

  await context.setOffline(true)
  await page.getByText('网络已断开').waitFor()
  const words = unique('断网时说的')
  await fan.dm(words)
  await page.waitForTimeout(12_000)
  await context.setOffline(false)
  await page.getByText('网络已断开').waitFor({ state: 'hidden' })
  const said = page.getByRole('article').filter({ hasText: words })
  await said.waitFor({ timeout: 10_000 })
  assert.equal(await said.count(), 1)
})

test('five tabs share one line', async (t) => {
  const context = await openWindow(t)
  const lines = []
  context.on('request', (request) => request.url().endsWith('/api/v1/stream') && lines.push(request))
  const first = await signIn(context)
  await first.locator('[data-conversation]').first().waitFor()
  const tabs = [first]
  for (let tab = 1; tab < 5; tab++) {
    const page = await context.newPage()
    await page.goto('/inbox/all')
    tabs.push(page)
  }
  await quiet(t, context)
  const fan = await newFan(context)
  await fan.dm('大家好')
  for (const page of tabs) await rowOf(page, fan.name).waitFor({ timeout: 30_000 })
  assert.equal(lines.length, 1)
})

test('a burst of five hundred leaves the page usable', async (t) => {
  const context = await openWindow(t)
  const page = await signIn(context)
  await page.locator('[data-conversation]').first().waitFor()
  const watched = page.evaluate(async () => {
    let longest = 0
    let last = performance.now()
    const until = last + 10_000
    while (last < until) {
      const now = await new Promise(requestAnimationFrame)
      longest = Math.max(longest, now - last)
      last = Math.max(last, now)
    }
    return longest
  })
  await control(context, 'POST', 'burst', { count: 500 })
  const longest = await watched
  assert.ok(longest < 1000, `the page stood still for ${Math.round(longest)} ms`)
  assert.ok((await page.locator('*').count()) < 3000, 'too many nodes')
})
