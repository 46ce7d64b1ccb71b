import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LineState, keepLine, pauseBefore, silenceLimit } from './line'
import { SessionLost, type StreamHooks } from './stream'

/** A server whose connections the test opens, feeds and ends by hand. */
function pretendServer() {
  const calls: { after: string; hooks: StreamHooks; end(error?: Error): void; signal: AbortSignal }[] = []
  const connect = (after: string, signal: AbortSignal, hooks: StreamHooks) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')))
      calls.push({ after, hooks, signal, end: (error) => (error ? reject(error) : resolve()) })
    })
  return { calls, connect }
}

function start() {
  const server = pretendServer()
  const states: LineState[] = []
  const lost = vi.fn()
  let seen = '5'
  const line = keepLine({
    connect: server.connect,
    after: () => seen,
    onEvent: (event) => (seen = event.id),
    onState: (state) => states.push(state),
    onSessionLost: lost,
    random: () => 1,
  })
  return { ...server, states, lost, line }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the line', () => {
  it('comes back after one second and goes on after the last event it has seen', async () => {
    const { calls, states } = start()
    calls[0]!.hooks.onOpen()
    calls[0]!.hooks.onEvent({ id: '9', event: 'change', data: '{}' })
    calls[0]!.end()
    await vi.advanceTimersByTimeAsync(999)
    expect(calls).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(calls.map((call) => call.after)).toEqual(['5', '9'])
    expect(states).toEqual(['connecting', 'live', 'down', 'connecting'])
  })

  it('waits longer each time, never beyond thirty seconds, and never all browsers at once', () => {
    expect([0, 1, 2, 3, 4, 5, 9].map((attempt) => pauseBefore(attempt, () => 1))).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000])
    expect(pauseBefore(3, () => 0)).toBe(4000)
  })

  it('takes a line that says nothing for dead', async () => {
    const { calls } = start()
    calls[0]!.hooks.onOpen()
    await vi.advanceTimersByTimeAsync(silenceLimit - 1000)
    calls[0]!.hooks.onByte()
    await vi.advanceTimersByTimeAsync(silenceLimit - 1)
    expect(calls[0]!.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(calls[0]!.signal.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect(calls).toHaveLength(2)
  })

  it('does not wait for the end of a pause when the network is back', async () => {
    const { calls, line } = start()
    for (let failure = 0; failure < 6; failure++) {
      calls.at(-1)!.end(new Error('refused'))
      await vi.advanceTimersByTimeAsync(30_000)
    }
    calls.at(-1)!.end(new Error('refused'))
    await vi.advanceTimersByTimeAsync(0)
    const before = calls.length
    line.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(calls).toHaveLength(before + 1)
  })

  it('stops when the session is lost', async () => {
    const { calls, lost } = start()
    calls[0]!.end(new SessionLost())
    await vi.advanceTimersByTimeAsync(120_000)
    expect(lost).toHaveBeenCalledOnce()
    expect(calls).toHaveLength(1)
  })
})
