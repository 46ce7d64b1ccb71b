import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { afterwards, api, desktop, openWindow, phone, signIn } from './world.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = new URL('../screenshots/', import.meta.url).pathname
mkdirSync(pictures, { recursive: true })

const routes = {
  inbox: '/inbox/all',
  conversation: 'a direct message',
  comment: 'a comment',
  settings: '/settings',
  accounts: '/settings/accounts',
  agents: '/settings/agents',
  groups: '/settings/groups',
  tags: '/settings/tags',
  rules: '/settings/rules',
  system: '/settings/system',
  me: '/me',
  sandbox: '/sandbox',
  nowhere: '/nowhere',
}
const kinds = { conversation: 'dm', comment: 'comment' }

async function go(page, name) {
  const kind = kinds[name]
  if (!kind) return page.goto(routes[name])
  const { conversations } = await (await page.request.get(`/api/v1/conversations?kind=${kind}&limit=1`)).json()
  return page.goto(`/inbox/all/${conversations[0].id}`)
}

async function scan(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
  return violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(' | ')}`)
}

const looks = {
  1440: desktop,
  820: { viewport: { width: 820, height: 1180 } },
  390: phone,
  dark: { ...desktop, colorScheme: 'dark' },
  english: desktop,
}
const speak = (context, locale) => api(context, 'PATCH', 'me', { locale })

for (const [look, options] of Object.entries(looks)) {
  test(`nothing serious stands in anybody's way: ${look}`, async (t) => {
    const context = await openWindow(t, options)
    const found = {}
    const lookAt = async (page, name) => {
      await page.waitForTimeout(900)
      await page.screenshot({ path: `${pictures}${name}-${look}.png` })
      const problems = await scan(page)
      if (problems.length) found[name] = problems
    }
    const door = await context.newPage()
    await door.goto('/login')
    await lookAt(door, 'login')
    await door.goto('/setup?token=none')
    await lookAt(door, 'setup')
    const page = await signIn(context)
    if (look === 'english') {
      await speak(context, 'en')
      afterwards(t, () => speak(context, 'zh-CN'))
    }
    for (const name of Object.keys(routes)) {
      await go(page, name)
      await lookAt(page, name)
    }
    assert.deepEqual(found, {})
  })
}
