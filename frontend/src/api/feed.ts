import { compareDecimal, later } from './decimal'
import type { ServerEvent } from './events'
import { type LineState, keepLine } from './line'
import type { connectStream } from './stream'
import type { Change } from './types'

export interface FeedOptions {
  /** One name per workspace and agent: tabs of the same name share one line. */
  name: string
  /** The change number the page was loaded at. */
  after: string
  onChange(change: Change): void
  /** What was missed is too old to be told: everything must be asked for again. */
  onResync(): void
  onState(state: LineState): void
  onSessionLost(): void
  connect?: typeof connectStream
}

/** What tabs say to each other. The tab that holds the line leads; the others listen. */
type Word =
  | { say: 'change'; change: Change }
  | { say: 'resync'; seq: string }
  | { say: 'state'; state: LineState }
  | { say: 'leading' }
  | { say: 'join'; tab: string; after: string }
  | { say: 'welcome'; tab: string; state: LineState; missed: Change[] | 'too old'; seq: string }

const memory = 500

/**
 * The one live feed of a browser. The tab that gets the lock keeps the line and tells the others; when it closes, the next
 * one takes over from the last change it has seen. Each tab applies each change once and in order.
 */
export function openFeed(options: FeedOptions) {
  const tab = crypto.getRandomValues(new Uint32Array(2)).join('-')
  const shared = 'locks' in navigator && 'BroadcastChannel' in globalThis
  const channel = shared ? new BroadcastChannel(options.name) : undefined
  const leave = new AbortController()
  let line: ReturnType<typeof keepLine> | undefined
  let state: LineState = 'connecting'
  let last = options.after
  let remembered: Change[] = []
  let rememberedSince = options.after
  let awaitingWelcome: Change[] | undefined

  const tell = (word: Word) => channel?.postMessage(word)

  function apply(change: Change) {
    if (compareDecimal(change.seq, last) <= 0) return
    last = change.seq
    remembered.push(change)
    if (remembered.length > memory) rememberedSince = remembered.shift()!.seq
    options.onChange(change)
  }

  function startOver(seq: string) {
    last = seq
    remembered = []
    rememberedSince = seq
    options.onResync()
  }

  function setState(next: LineState) {
    state = next
    options.onState(next)
    if (line) tell({ say: 'state', state })
  }

  function hear(event: ServerEvent) {
    if (event.event === 'resync') {
      startOver(event.id || last)
      tell({ say: 'resync', seq: last })
    } else if (event.event === 'change') {
      const change = JSON.parse(event.data) as Change
      apply(change)
      tell({ say: 'change', change })
    } else if (event.id) {
      last = later(last, event.id) // Something happened that is not for our eyes.
    }
  }

  function lead() {
    awaitingWelcome = undefined
    line = keepLine({ ...options, after: () => last, onEvent: hear, onState: setState })
    tell({ say: 'leading' })
  }

  function join() {
    awaitingWelcome = []
    tell({ say: 'join', tab, after: last })
  }

  function welcome(guest: string, after: string) {
    const known = compareDecimal(after, rememberedSince) >= 0
    const missed = known ? remembered.filter((change) => compareDecimal(change.seq, after) > 0) : 'too old'
    tell({ say: 'welcome', tab: guest, state, missed, seq: last })
  }

  function beWelcomed(word: Extract<Word, { say: 'welcome' }>) {
    const heldBack = awaitingWelcome ?? []
    awaitingWelcome = undefined
    if (word.missed === 'too old') startOver(word.seq)
    else word.missed.forEach(apply)
    heldBack.forEach(apply)
    last = later(last, word.seq)
    setState(word.state)
  }

  function listen(word: Word) {
    if (word.say === 'join') return line && welcome(word.tab, word.after)
    if (line) return
    if (word.say === 'change') awaitingWelcome ? awaitingWelcome.push(word.change) : apply(word.change)
    else if (word.say === 'resync') startOver(word.seq)
    else if (word.say === 'state') setState(word.state)
    else if (word.say === 'leading') join()
    else if (word.say === 'welcome' && word.tab === tab) beWelcomed(word)
  }

  function waitForTheLead() {
    const untilLeft = new Promise<void>((resolve) => leave.signal.addEventListener('abort', () => resolve()))
    const held = () => {
      lead()
      return untilLeft
    }
    navigator.locks.request(options.name, { signal: leave.signal }, held).catch(() => {}) // Left before its turn came.
  }

  if (channel) {
    channel.onmessage = (message: MessageEvent<Word>) => listen(message.data)
    join()
    waitForTheLead()
  } else {
    lead()
  }

  return {
    wake: () => line?.wake(),
    cut: () => line?.cut(),
    close() {
      leave.abort()
      line?.stop()
      channel?.close()
    },
  }
}
