import type { QueryClient } from '@tanstack/vue-query'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import type { Conversation, ConversationQuery, Message } from '@/api/types'
import { type Thread, mergeNewest, putMessage } from './messages'
import { type Pages, dropRow, newer, patchRows } from './rows'

export const fetchList = (query: ConversationQuery, cursor?: string) =>
  answer(api.GET('/api/v1/conversations', { params: { query: { ...query, cursor } } }))

export const fetchRows = async (ids: string[]): Promise<Conversation[]> =>
  (await answer(api.GET('/api/v1/conversations', { params: { query: { id: ids, limit: 100 } } }))).conversations

export const fetchConversation = (id: string) => answer(api.GET('/api/v1/conversations/{id}', { params: { path: { id } } }))

export const fetchMessages = (id: string, before?: string) =>
  answer(api.GET('/api/v1/conversations/{id}/messages', { params: { path: { id }, query: { before } } }))

/** Brings every loaded list and the open conversation up to date with rows just read from the server. */
export function takeInRows(cache: QueryClient, rows: Conversation[]) {
  const fresh = new Map(rows.map((row) => [row.id, row]))
  cache.setQueriesData<Pages>({ queryKey: keys.everyConversationList }, (pages) => pages && patchRows(pages, fresh))
  for (const row of rows) cache.setQueryData<Conversation>(keys.conversation(row.id), (old) => old && newer(old, row))
}

/** Takes in what an action of ours made of a conversation: it leaves the lists it no longer belongs to at once. */
export function takeInOwnChange(cache: QueryClient, row: Conversation, belongs: (query: ConversationQuery) => boolean) {
  takeInRows(cache, [row])
  for (const [key, pages] of cache.getQueriesData<Pages>({ queryKey: keys.everyConversationList }))
    if (pages && !belongs(key[1] as ConversationQuery)) cache.setQueryData<Pages>(key, dropRow(pages, row.id))
  void cache.invalidateQueries({ queryKey: keys.counts })
}

export function takeInMessage(cache: QueryClient, message: Message) {
  cache.setQueryData<Thread>(keys.messages(message.conversation_id), (thread) => thread && putMessage(thread, message))
}

/** Reads the newest page of a conversation again and lays it over what is held. */
export async function refreshThread(cache: QueryClient, id: string) {
  const fresh = await fetchMessages(id)
  cache.setQueryData<Thread>(keys.messages(id), (thread) => (thread ? mergeNewest(thread, fresh) : { pages: [fresh], pageParams: [undefined] }))
}
