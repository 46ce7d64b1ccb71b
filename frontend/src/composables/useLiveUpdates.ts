import { useQueryClient } from '@tanstack/vue-query'
import { createBatch } from '@/api/batch'
import { keys } from '@/api/keys'
import type { Change } from '@/api/types'
import { createLiveInbox } from '@/features/inbox/liveInbox'
import { useLive } from '@/stores/live'
import { useSession } from '@/stores/session'

const lists: Partial<Record<Change['kind'], readonly string[]>> = {
  account: keys.accounts,
  agent: keys.agents,
  tag: keys.tags,
  rule: keys.rules,
  group: keys.skillGroups,
}

/** Keeps everything this tab holds as current as the server is. Mounted once, by the shell. */
export function useLiveUpdates() {
  const cache = useQueryClient()
  const session = useSession()
  const inbox = createLiveInbox(cache)
  const others = createBatch(
    async (kinds) => {
      await Promise.all(kinds.map((kind) => cache.invalidateQueries({ queryKey: lists[kind as Change['kind']] })))
      if (kinds.includes('agent')) await session.load()
    },
    { delay: 300 },
  )

  useLive().listen({
    changed(change) {
      if (change.kind === 'conversation' || change.kind === 'message') inbox.changed(change)
      else others.add(change.kind)
    },
    resync() {
      inbox.forget()
      void cache.invalidateQueries()
    },
  })
}
