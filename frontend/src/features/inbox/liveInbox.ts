import type { QueryClient } from '@tanstack/vue-query'
import { createBatch } from '@/api/batch'
import { keys } from '@/api/keys'
import type { Change, Conversation } from '@/api/types'
import { fetchRows, refreshThread, takeInRows } from './inboxCache'

type RowsListener = (rows: Conversation[]) => void
const rowsListeners = new Set<RowsListener>()

/** Hears of every conversation that has changed, freshly read. Returns how to stop. */
export function onRows(listener: RowsListener) {
  rowsListeners.add(listener)
  return () => rowsListeners.delete(listener)
}

const shown = (cache: QueryClient, key: readonly unknown[]) => cache.getQueryCache().find({ queryKey: key })?.isActive() ?? false

/** Turns changes of the live stream into fresh data in the query cache, with few and large questions. */
export function createLiveInbox(cache: QueryClient) {
  const rows = createBatch(async (ids) => {
    const fresh = await fetchRows(ids)
    takeInRows(cache, fresh)
    rowsListeners.forEach((listener) => listener(fresh))
  })
  const threads = createBatch(
    async (ids) => {
      await Promise.all(ids.filter((id) => shown(cache, keys.messages(id))).map((id) => refreshThread(cache, id)))
    },
    { delay: 30 },
  )
  const details = createBatch(async (ids) => {
    await Promise.all(ids.map((id) => cache.invalidateQueries({ queryKey: keys.conversation(id), exact: true })))
  })
  const counts = createBatch(() => cache.invalidateQueries({ queryKey: keys.counts }), { delay: 1000 })

  return {
    changed(change: Change) {
      threads.add(change.id) // A conversation's event lines change with it, so its thread is read again as well.
      rows.add(change.id)
      if (shown(cache, keys.conversation(change.id))) details.add(change.id)
      counts.add('counts')
    },
    forget() {
      for (const batch of [rows, threads, details, counts]) batch.clear()
    },
  }
}
