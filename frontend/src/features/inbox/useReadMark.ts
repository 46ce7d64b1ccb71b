import { useQueryClient } from '@tanstack/vue-query'
import { type Ref, onScopeDispose, watch } from 'vue'
import { answer, api } from '@/api/client'
import { compareDecimal } from '@/api/decimal'
import { keys } from '@/api/keys'
import type { Conversation } from '@/api/types'
import { takeInRows } from './inboxCache'

const glance = 1000

/** Read means: open, in a focused window, visible, its newest message on the screen, for one second. */
export function useReadMark(id: string, newest: Ref<string | undefined>, atEnd: Ref<boolean>) {
  const cache = useQueryClient()
  let marked = '0'
  let timer: ReturnType<typeof setTimeout> | undefined

  async function mark() {
    const upTo = newest.value
    if (!upTo || compareDecimal(upTo, marked) <= 0 || !atEnd.value || !document.hasFocus()) return
    await answer(api.PUT('/api/v1/conversations/{id}/read', { params: { path: { id } }, body: { message_id: upTo } }))
    marked = upTo
    const row = cache.getQueryData<Conversation>(keys.conversation(id))
    if (row) takeInRows(cache, [{ ...row, unread: 0 }])
    void cache.invalidateQueries({ queryKey: keys.counts })
  }

  function wait() {
    clearTimeout(timer)
    timer = setTimeout(() => mark().catch(() => {}), glance) // Not marked now is marked at the next look.
  }

  watch([newest, atEnd], wait, { immediate: true })
  addEventListener('focus', wait)
  onScopeDispose(() => {
    clearTimeout(timer)
    removeEventListener('focus', wait)
  })
}
