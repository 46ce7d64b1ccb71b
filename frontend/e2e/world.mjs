// What the end-to-end tests share: a browser, people who are signed in, and fans of the pretend Weibo.
// They run against a server that is already there: WEIBOX_URL, WEIBOX_LOGIN and WEIBOX_PASSWORD, as `weibox demo` prints them.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { chromium } from 'playwright-core'

export const base = process.env.WEIBOX_URL ?? 'http://127.0.0.1:8080'
const owner = { login: process.env.WEIBOX_LOGIN ?? '', password: process.env.WEIBOX_PASSWORD ?? '' }
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const desktop = { viewport: { width: 1440, height: 900 } }
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

let browser
before(async () => {
  assert.ok(owner.login && owner.password, 'WEIBOX_LOGIN and WEIBOX_PASSWORD are needed')
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })
})
after(() => browser?.close())

/** A unique word, so that tests find their own things in a world that lives on. */
export const unique = (word) => `${word}${Date.now().toString(36).slice(-5)}${Math.floor(Math.random() * 1000)}`

const endings = new WeakMap()

/** What is to be put right after a test, the last thing first: a fan can still be asked before the window is closed. */
export function afterwards(t, undo) {
  if (!endings.has(t)) {
    endings.set(t, [])
    t.after(async () => {
      for (const end of endings.get(t).reverse()) await end()
    })
  }
  endings.get(t).push(undo)
}

/** A new browser window. Whatever its pages complain of fails the test at the end; what the test provokes itself is named in `expected`. */
export async function openWindow(t, options = desktop, expected = /Failed to load resource|net::ERR/) {
  const context = await browser.newContext({ baseURL: base, locale: 'zh-CN', timezoneId: 'America/New_York', ...options })
  const complaints = []
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('console', (message) => message.type() === 'error' && !expected.test(message.text()) && complaints.push(message.text()))
  afterwards(t, async () => {
    await context.close()
    assert.deepEqual(complaints, [])
  })
  return context
}

export async function signIn(context, who = owner, path = '/inbox/all') {
  const page = await context.newPage()
  await page.goto(`/login?next=${encodeURIComponent(path)}`)
  await page.getByLabel('登录名').fill(who.login)
  await page.getByLabel('密码').fill(who.password)
  await page.getByLabel('密码').press('Enter') // No mouse: where it rests, the list does not move by itself.
  await page.waitForURL((url) => url.pathname !== '/login')
  return page
}

async function call(context, method, path, data) {
  const response = await context.request.fetch(path, { method, data })
  assert.ok(response.ok(), `${method} ${path}: ${response.status()} ${await response.text()}`)
  return response.status() === 204 ? undefined : response.json()
}

export const api = (context, method, path, data) => call(context, method, `/api/v1/${path}`, data)
export const control = (context, method, path, data) => call(context, method, `/sim/weibo/control/${path}`, data)

/** A new colleague with a window of his own. */
export async function hireAgent(t, ownerContext, name = unique('小林')) {
  const who = { login: unique('lin'), password: 'a long enough passphrase 7' }
  await api(ownerContext, 'POST', 'agents', { name, ...who, role: 'agent', capacity: 100, all_accounts: true })
  const context = await openWindow(t)
  return { name, context, page: await signIn(context, who) }
}

/** A fan of the first brand that is bound, who can write. */
export async function newFan(context, name = unique('粉丝')) {
  const { brands } = await control(context, 'GET', 'state')
  const brand = brands.find((one) => one.authorized)?.uid
  assert.ok(brand, 'no brand of the pretend Weibo is bound')
  const { uid } = await control(context, 'POST', 'fans', { name, authorized: true })
  return {
    name,
    uid,
    brand,
    dm: (text) => control(context, 'POST', 'dm', { fan: uid, brand, text }),
    chat: async () => (await control(context, 'GET', `chats?brand=${brand}`)).chats.find((one) => one.fan.uid === uid),
  }
}

/** Stops the pretend traffic, so that only the test moves things; it goes on afterwards. */
export async function quiet(t, context) {
  await control(context, 'POST', 'traffic', { paused: true })
  afterwards(t, () => control(context, 'POST', 'traffic', { paused: false }))
}

export const rowOf = (page, name) => page.locator('[data-conversation]').filter({ hasText: name })
export const composer = (page) => page.getByRole('textbox', { name: '回复', exact: true })

/** Opens the conversation with a fan from the list, waiting for it to arrive. */
export async function openConversation(page, name) {
  await rowOf(page, name).click({ timeout: 30_000 })
  await composer(page).waitFor()
}
