import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { api, openWindow, signIn, unique } from './world.mjs'

const secret = 'pretend-secret' // Of the app that the pretend Weibo knows.

/** A push as the platform signs it, of a form that nobody knows. */
async function pushUnreadable(context, words) {
  const { accounts } = await api(context, 'GET', 'accounts')
  const { webhook_url: hook } = await api(context, 'GET', `accounts/${accounts[0].id}`)
  const [timestamp, nonce] = [String(Date.now()), unique('once')]
  const signature = createHash('sha1').update([secret, timestamp, nonce].sort().join('')).digest('hex')
  const response = await context.request.post(`${hook}?${new URLSearchParams({ timestamp, nonce, signature })}`, { data: { words } })
  assert.ok(response.ok(), await response.text())
}

test('what could not be read is kept, can be looked at, and says so when it still cannot be read', async (t) => {
  const context = await openWindow(t)
  const page = await signIn(context, undefined, '/settings/system')
  await page.getByRole('heading', { name: '系统状态' }).waitFor()
  const words = unique('看不懂')
  await pushUnreadable(context, words)
  const letter = page.getByRole('listitem').filter({ hasText: words })
  await letter.waitFor({ state: 'attached', timeout: 15_000 }) // The page looks by itself.
  await letter.getByText('原文').click()
  await letter.getByText(words).waitFor()
  await letter.getByRole('button', { name: '重新解析' }).click()
  await page.getByRole('alert').filter({ hasText: '仍然无法解析' }).waitFor()
  assert.equal(await letter.count(), 1)
})
