import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, composer, hireAgent, newFan, openConversation, openWindow, quiet, signIn, unique } from './world.mjs'

async function twoAtOne(t) {
  const context = await openWindow(t)
  const page = await signIn(context)
  await quiet(t, context)
  const colleague = await hireAgent(t, context)
  const fan = await newFan(context)
  await fan.dm('退款什么时候到账？')
  await openConversation(page, fan.name)
  await openConversation(colleague.page, fan.name)
  return { context, page, colleague, fan }
}

test('a draft is not sent over the answer a colleague has given meanwhile', async (t) => {
  const { page, colleague, fan } = await twoAtOne(t)
  const [mine, theirs] = [unique('我的回答'), unique('同事的回答')]
  await composer(page).fill(mine)
  await composer(colleague.page).fill(theirs)
  await composer(colleague.page).press('Enter')
  await page.getByRole('article').filter({ hasText: theirs }).waitFor({ timeout: 15_000 })

  await composer(page).press('Enter')
  const card = page.getByRole('alertdialog')
  await card.getByText(theirs).waitFor()
  await card.getByRole('button', { name: '修改' }).click()
  assert.equal(await composer(page).inputValue(), mine)
  assert.ok((await fan.chat()).messages.every((message) => message.text !== mine))

  await composer(page).press('Enter')
  await page.getByRole('article').filter({ hasText: mine }).getByText('已发送').waitFor({ timeout: 20_000 })
})

/** Rules may have given the conversation to somebody already. */
async function giveBack(context, page) {
  const id = page.url().split('/').at(-1)
  const { assignee } = await api(context, 'GET', `conversations/${id}`)
  if (assignee) await api(context, 'POST', `conversations/${id}/assign`, { agent_id: null, was: assignee.id })
  await page.getByRole('button', { name: '接入' }).waitFor()
}

test('of two who take the same conversation the second sees who has it', async (t) => {
  const { context, page, colleague } = await twoAtOne(t)
  await giveBack(context, page)
  // The second window has not heard yet: its line is held, and its press comes late.
  await colleague.context.route('**/api/v1/stream', (route) => route.abort())
  await colleague.page.reload()
  await composer(colleague.page).waitFor()
  await page.getByRole('button', { name: '接入' }).click()
  await page.getByRole('button', { name: '接入' }).waitFor({ state: 'hidden' })
  await colleague.page.getByRole('button', { name: '接入' }).click()
  await colleague.page.getByRole('alert').first().waitFor()
  await colleague.page.getByText(/由 .+ 负责/).waitFor()
})
