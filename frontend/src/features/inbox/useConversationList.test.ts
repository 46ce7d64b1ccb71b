import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, ref } from 'vue'
import type { Conversation, Me } from '@/api/types'
import { useSession } from '@/stores/session'
import { readFilter } from './filter'
import { createLiveInbox } from './liveInbox'
import { useConversationList } from './useConversationList'

const row = (id: string, minute: number, more: Partial<Conversation> = {}) =>
  ({ id, account_id: '1', kind: 'dm', state: 'open', tags: [], version: String(minute), last_activity_at: `2026-11-22T08:${minute}:00.000Z`, ...more }) as Conversation

let server: Conversation[] = []
vi.mock('./inboxCache', async (original) => ({
  ...(await original<typeof import('./inboxCache')>()),
  fetchList: async () => ({ conversations: server.toSorted((a, b) => b.last_activity_at.localeCompare(a.last_activity_at)) }),
  fetchRows: async (ids: string[]) => server.filter((one) => ids.includes(one.id)),
}))

async function open() {
  const atRest = ref(true)
  const cache = new QueryClient()
  const pinia = createPinia()
  useSession(pinia).enter({ agent: { id: 'me' } } as Me)
  let list!: ReturnType<typeof useConversationList>
  const page = defineComponent({
    setup() {
      list = useConversationList(ref(readFilter('all', {})), atRest)
      return () => null
    },
  })
  mount(page, { global: { plugins: [pinia, [VueQueryPlugin, { queryClient: cache }]] } })
  await flushPromises()
  const live = createLiveInbox(cache)
  const change = async (...ids: string[]) => {
    ids.forEach((id) => live.changed({ kind: 'conversation', id, seq: '1' }))
    await vi.advanceTimersByTimeAsync(150)
  }
  return { list, atRest, change, ids: () => list.rows.value.map((one) => one.id) }
}

beforeEach(() => {
  vi.useFakeTimers()
  server = [row('1', 10), row('2', 20), row('3', 30)]
})

describe('the list an agent works from', () => {
  it('lets arrivals in by itself while it is at rest', async () => {
    const { ids, change } = await open()
    server.push(row('4', 40))
    await change('4')
    expect(ids()).toEqual(['4', '3', '2', '1'])
  })

  it('moves nothing while it is touched, and says how many wait', async () => {
    const { list, atRest, ids, change } = await open()
    atRest.value = false
    server = [row('1', 50, { unread: 1 }), ...server.slice(1), row('4', 40), row('5', 45)]
    await change('1', '4', '5')
    expect(ids()).toEqual(['3', '2', '1'])
    expect(list.rows.value[2]!.unread).toBe(1)
    expect(list.waiting.value).toBe(2)
    expect(list.moved.value).toBe(1)
  })

  it('lets them in when asked, in the order of the server', async () => {
    const { list, atRest, ids, change } = await open()
    atRest.value = false
    server = [row('1', 50), ...server.slice(1), row('4', 40)]
    await change('1', '4')
    await list.letIn()
    expect(ids()).toEqual(['1', '4', '3', '2'])
    expect(list.waiting.value).toBe(0)
    expect(list.moved.value).toBe(0)
  })

  it('forgets a waiting one that somebody else has resolved meanwhile', async () => {
    const { list, atRest, change } = await open()
    atRest.value = false
    server.push(row('4', 40))
    await change('4')
    server = server.map((one) => (one.id === '4' ? { ...one, state: 'resolved', version: '99' } : one))
    await change('4')
    expect(list.waiting.value).toBe(0)
  })

  it('leaves a row that no longer belongs where it is until the list is at rest again', async () => {
    const { atRest, ids, change } = await open()
    atRest.value = false
    server = server.map((one) => (one.id === '2' ? { ...one, state: 'resolved', version: '99' } : one))
    await change('2')
    expect(ids()).toEqual(['3', '2', '1'])
    atRest.value = true
    await change('3')
    expect(ids()).toEqual(['3', '1'])
  })
})
