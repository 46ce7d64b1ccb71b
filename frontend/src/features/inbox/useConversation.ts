import { type QueryKey, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onMounted } from 'vue'
import { keys } from '@/api/keys'
import type { Conversation, MessagePage } from '@/api/types'
import { fetchConversation, fetchMessages, refreshThread } from './inboxCache'
import { type Thread, messagesOf, newestId } from './messages'
import { type Pages, rowsOf } from './rows'

/** One conversation with its messages: what is cached shows at once, then what the server has now. */
export function useConversation(id: string) {
  const cache = useQueryClient()

  function fromLists(): Conversation | undefined {
    const lists = cache.getQueriesData<Pages>({ queryKey: keys.everyConversationList })
    return lists.flatMap(([, pages]) => rowsOf(pages)).find((row) => row.id === id)
  }

  const detail = useQuery({ queryKey: keys.conversation(id), queryFn: () => fetchConversation(id), placeholderData: fromLists })
  const held = cache.getQueryData(keys.messages(id)) !== undefined
  const thread = useInfiniteQuery<MessagePage, Error, Thread, QueryKey, string | undefined>({
    queryKey: keys.messages(id),
    queryFn: ({ pageParam }) => fetchMessages(id, pageParam),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.earlier_cursor,
    staleTime: Infinity,
  })
  onMounted(() => held && refreshThread(cache, id).catch(() => {})) // What is held stays readable when the line is down.

  return {
    detail,
    thread,
    conversation: computed(() => detail.data.value),
    messages: computed(() => messagesOf(thread.data.value)),
    events: computed(() => thread.data.value?.pages.flatMap((page) => page.events) ?? []),
    newest: computed(() => newestId(thread.data.value)),
  }
}
