import { defineStore } from 'pinia'
import { onScopeDispose, ref } from 'vue'
import { openFeed } from '@/api/feed'
import type { LineState } from '@/api/line'
import type { Change, Me } from '@/api/types'

export interface LiveListener {
  changed(change: Change): void
  resync(): void
}

/** The live stream of this browser: whether the line is up, and who listens. */
export const useLive = defineStore('live', () => {
  const state = ref<LineState>('connecting')
  const online = ref(navigator.onLine)
  const downSince = ref<number>()
  const listeners = new Set<LiveListener>()
  let feed: ReturnType<typeof openFeed> | undefined

  function setState(next: LineState) {
    state.value = next
    downSince.value = next === 'live' ? undefined : (downSince.value ?? Date.now())
  }

  function start(me: Me, onSessionLost: () => void) {
    stop()
    feed = openFeed({
      name: `weibox:${me.workspace.id}:${me.agent.id}`,
      after: me.seq,
      onChange: (change) => listeners.forEach((listener) => listener.changed(change)),
      onResync: () => listeners.forEach((listener) => listener.resync()),
      onState: setState,
      onSessionLost,
    })
  }

  function stop() {
    feed?.close()
    feed = undefined
  }

  /** Listens until the surrounding component or scope ends. */
  function listen(listener: LiveListener) {
    listeners.add(listener)
    onScopeDispose(() => listeners.delete(listener))
  }

  addEventListener('online', () => {
    online.value = true
    feed?.wake()
  })
  addEventListener('offline', () => {
    online.value = false
    feed?.cut()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') feed?.wake()
  })

  return { state, online, downSince, start, stop, listen }
})
