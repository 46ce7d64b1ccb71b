import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, newFan, openWindow, quiet, rowOf, signIn, unique } from './world.mjs'

test('a tag, a group, an agent and a rule are made, and the rule tags and routes the next message', async (t) => {
  const context = await openWindow(t)
  const page = await signIn(context, undefined, '/settings/tags')
  await quiet(t, context)
  const [tag, group, agent, rule, word] = ['标签', '小组', '坐席', '规则', '暗号'].map(unique)
  const save = () => page.getByRole('button', { name: '保存' }).click()

  await page.getByRole('button', { name: '新建标签' }).click()
  await page.getByLabel('名称').fill(tag)
  await page.getByText('紫', { exact: true }).click()
  await save()
  await page.getByRole('list').getByText(tag).waitFor()

  await page.getByRole('link', { name: '坐席' }).click()
  await page.getByRole('button', { name: '添加坐席' }).click()
  await page.getByLabel('姓名').fill(agent)
  await page.getByLabel('登录名').fill(unique('seat'))
  await page.getByLabel('密码').fill('a long enough passphrase 7')
  await save()
  await page.getByText(agent).waitFor()

  await page.getByRole('link', { name: '技能组' }).click()
  await page.getByRole('button', { name: '新建技能组' }).click()
  await page.getByLabel('名称').fill(group)
  await page.getByRole('dialog').getByRole('checkbox', { name: agent }).check()
  await save()
  await page.getByText(group).waitFor()

  await page.getByRole('link', { name: '分配规则' }).click()
  await page.getByRole('button', { name: '新建规则' }).click()
  await page.getByLabel('名称').fill(rule)
  await page.getByLabel('包含任意一个词').fill(word)
  await page.getByRole('dialog').getByRole('checkbox', { name: tag }).check()
  await page.getByLabel('分给技能组').selectOption({ label: group })
  await page.getByRole('button', { name: '完成' }).click()
  const up = page.getByRole('button', { name: `上移 ${rule}` })
  while (await up.isEnabled()) await up.click()
  await page.getByRole('button', { name: '发布' }).click()
  await page.getByText('规则已生效').waitFor()

  const fan = await newFan(context)
  await fan.dm(`你好，${word}`)
  await page.goto('/inbox/all')
  await rowOf(page, fan.name).getByText(tag).waitFor({ timeout: 30_000 })
  const id = await rowOf(page, fan.name).getAttribute('data-conversation')
  assert.equal((await api(context, 'GET', `conversations/${id}`)).skill_group?.name, group)
})

test('rules that have not been published are not lost by leaving', async (t) => {
  const page = await signIn(await openWindow(t), undefined, '/settings/rules')
  await page.getByRole('button', { name: '新建规则' }).click()
  await page.getByLabel('名称').fill('半条规则')
  await page.getByRole('button', { name: '完成' }).click()
  await page.getByRole('link', { name: '标签' }).click()
  await page.getByRole('dialog', { name: '离开这个页面？' }).getByRole('button', { name: '取消' }).click()
  await page.getByText('半条规则').waitFor()
  assert.match(page.url(), /rules$/)
})

test('a manager authorises an account anew over the consent page and comes back to its checked abilities', async (t) => {
  const page = await signIn(await openWindow(t), undefined, '/settings/accounts')
  const card = page.getByRole('article').first()
  const name = await card.getByRole('heading', { level: 2 }).innerText()
  await card.getByRole('button', { name: '重新授权' }).click()
  await page.waitForURL(/\/oauth2\/authorize/)
  await page.getByLabel(name).check()
  await page.getByRole('button', { name: '授权' }).click()
  await page.waitForURL(/\/settings\/accounts\?bound=\d+/)
  await page.getByText(`${name} 绑定成功`).waitFor()

  await card.getByRole('button', { name: '重新授权' }).click()
  await page.waitForURL(/\/oauth2\/authorize/)
  await page.getByRole('button', { name: '取消' }).click()
  await page.waitForURL(/binding_error=/)
  await page.getByRole('alert').first().waitFor()
})

test('an account is paused and resumed', async (t) => {
  const page = await signIn(await openWindow(t), undefined, '/settings/accounts')
  const card = page.getByRole('article').last()
  await card.getByRole('button', { name: '暂停收发' }).click()
  await card.getByText('已暂停', { exact: true }).waitFor()
  await card.getByRole('button', { name: '恢复收发' }).click()
  await card.getByText('已暂停', { exact: true }).waitFor({ state: 'hidden' })
})
