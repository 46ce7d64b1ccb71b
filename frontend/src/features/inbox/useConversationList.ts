import { type QueryKey, useInfiniteQuery, useQueryClient } from '@tanstack/vue-query'
import { type Ref, computed, onScopeDispose, ref, shallowReactive, watch } from 'vue'
import { keys } from '@/api/keys'
import type { Conversation, ConversationPage } from '@/api/types'
import { useSession } from '@/stores/session'
import { type InboxFilter, belongs, toQuery } from './filter'
import { fetchList, fetchRows } from './inboxCache'
import { onRows } from './liveInbox'
import { type Pages, admitRows, byActivity, byClosing, risen, rowsOf } from './rows'

/**
 * The list an agent works from: the server says who is in it and in what order, live changes keep its rows current. While it
 * is not `atRest` (scrolled, pointed at, or holding the focus) nothing in it moves; what came meanwhile waits to be admitted.
 */
export function useConversationList(filter: Ref<InboxFilter>, atRest: Ref<boolean>) {
  const cache = useQueryClient()
  const session = useSession()
  const question = computed(() => toQuery(filter.value))
  const key = computed(() => keys.conversations(question.value))
  const arrived = shallowReactive(new Set<string>())
  const moved = ref(0)

  const query = useInfiniteQuery<ConversationPage, Error, Pages, QueryKey, string | undefined>({
    queryKey: key,
    queryFn: ({ pageParam }) => fetchList(question.value, pageParam),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: Infinity,
  })
  const rows = computed(() => rowsOf(query.data.value))
  const waiting = computed(() => arrived.size)

  const order = computed(() => (filter.value.closing ? byClosing : byActivity))
  const isMine = (row: Conversation) => belongs(row, question.value, session.me!.agent.id)

  function admit(newcomers: Conversation[]) {
    cache.setQueryData<Pages>(key.value, (pages) => pages && admitRows(pages, newcomers, isMine, order.value))
    newcomers.forEach((row) => arrived.delete(row.id))
    moved.value = 0
  }

  function hear(fresh: Conversation[]) {
    const held = new Set(rows.value.map((row) => row.id))
    const newcomers = fresh.filter((row) => !held.has(row.id) && isMine(row))
    fresh.filter((row) => !isMine(row)).forEach((row) => arrived.delete(row.id))
    if (atRest.value) return admit(newcomers)
    newcomers.forEach((row) => arrived.add(row.id))
    moved.value = filter.value.closing ? 0 : risen(rows.value).length
  }

  /** Lets in whatever waits, read once more, and puts the rows in order. */
  async function letIn() {
    const ids = [...arrived].slice(0, 100)
    admit(ids.length ? await fetchRows(ids) : [])
    arrived.clear()
  }

  function startAnew() {
    arrived.clear()
    moved.value = 0
    cache.setQueryData<Pages>(key.value, (pages) => pages && admitRows(pages, [], isMine, order.value))
  }

  /** Lists that nobody looks at are read again when somebody does. */
  function outdateOthers() {
    const mine = JSON.stringify(key.value)
    void cache.invalidateQueries({
      queryKey: keys.everyConversationList,
      predicate: (other) => JSON.stringify(other.queryKey) !== mine,
      refetchType: 'none',
    })
  }

  onScopeDispose(
    onRows((fresh) => {
      hear(fresh)
      outdateOthers()
    }),
  )
  watch(key, startAnew)
  watch(atRest, (rest) => rest && (arrived.size || moved.value) && void letIn())

  return { query, rows, waiting, moved, letIn }
}
