import { SessionLost, type StreamHooks, connectStream } from './stream'

export type LineState = 'connecting' | 'live' | 'down'

export interface LineOptions {
  /** The change number to go on from; asked at each connection. */
  after(): string
  onEvent: StreamHooks['onEvent']
  onState(state: LineState): void
  onSessionLost(): void
  connect?: typeof connectStream
  random?: () => number
}

/** A live line speaks every 20 s; one that is silent for longer than this is dead, whatever the socket believes. */
export const silenceLimit = 45_000
const longestPause = 30_000

/** Waits 1 s, 2 s, 4 s … 30 s, each between half and whole, so that a crowd of browsers does not come back at once. */
export function pauseBefore(attempt: number, random = Math.random): number {
  return Math.min(longestPause, 1000 * 2 ** attempt) * (0.5 + random() / 2)
}

/** Keeps one connection to the live stream alive until it is stopped. */
export function keepLine(options: LineOptions) {
  const connect = options.connect ?? connectStream
  let stopped = false
  let failures = 0
  let attempt = new AbortController()
  let silence: ReturnType<typeof setTimeout> | undefined
  let endPause = () => {}

  function heard() {
    clearTimeout(silence)
    silence = setTimeout(() => attempt.abort(), silenceLimit)
  }

  const hooks: StreamHooks = {
    onOpen() {
      failures = 0
      options.onState('live')
    },
    onByte: heard,
    onEvent: options.onEvent,
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseBefore(failures++, options.random))
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function connectOnce() {
    attempt = new AbortController()
    options.onState('connecting')
    heard()
    try {
      await connect(options.after(), attempt.signal, hooks)
    } catch (error) {
      if (error instanceof SessionLost) {
        stop()
        options.onSessionLost()
      }
    }
    clearTimeout(silence)
  }

  async function run() {
    while (!stopped) {
      await connectOnce()
      if (stopped) return
      options.onState('down')
      await pause()
    }
  }

  function stop() {
    stopped = true
    clearTimeout(silence)
    attempt.abort()
    endPause()
  }

  /** The network or the page is back: do not wait for the end of the pause. */
  function wake() {
    failures = 0
    endPause()
  }

  /** The network is gone: the socket may not notice for minutes. */
  function cut() {
    attempt.abort()
  }

  void run()
  return { stop, wake, cut }
}
