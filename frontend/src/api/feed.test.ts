import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openFeed } from './feed'
import type { StreamHooks } from './stream'

/** Web Locks as the browser has them: one holder a name, the others wait in line. */
class PretendLocks {
  private turn: Promise<unknown> = Promise.resolve()
  request(_: string, { signal }: { signal: AbortSignal }, hold: () => Promise<unknown>) {
    const mine = this.turn.then(() => (signal.aborted ? undefined : hold()))
    this.turn = mine.catch(() => {})
    return mine
  }
}

/** A channel that delivers at once and in order, to everybody but its sender. */
class PretendChannel {
  static all: PretendChannel[] = []
  onmessage?: (message: { data: unknown }) => void
  constructor(readonly name: string) {
    PretendChannel.all.push(this)
  }
  postMessage(data: unknown) {
    for (const other of PretendChannel.all) if (other !== this && other.name === this.name) other.onmessage?.({ data: structuredClone(data) })
  }
  close() {
    PretendChannel.all = PretendChannel.all.filter((channel) => channel !== this)
  }
}

let connections: { after: string; hooks: StreamHooks }[] = []
const connect = (after: string, signal: AbortSignal, hooks: StreamHooks) =>
  new Promise<void>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')))
    connections.push({ after, hooks })
    hooks.onOpen()
  })

const tell = (seq: number, id = String(seq)) =>
  connections.at(-1)!.hooks.onEvent({ id: String(seq), event: 'change', data: JSON.stringify({ kind: 'conversation', id, seq: String(seq) }) })

async function openTab(after = '10') {
  const seen: string[] = []
  const resync = vi.fn()
  const feed = openFeed({ name: 'w', after, connect, onChange: (change) => seen.push(change.seq), onResync: resync, onState: () => {}, onSessionLost: () => {} })
  await vi.waitFor(() => expect(connections.length).toBeGreaterThan(0))
  await new Promise((resolve) => setTimeout(resolve))
  return { feed, seen, resync }
}

beforeEach(() => {
  connections = []
  PretendChannel.all = []
  vi.stubGlobal('BroadcastChannel', PretendChannel)
  Object.defineProperty(navigator, 'locks', { value: new PretendLocks(), configurable: true })
})
afterEach(() => vi.unstubAllGlobals())

describe('the feed', () => {
  it('applies each change once and in order, also when the server repeats itself', async () => {
    const tab = await openTab()
    for (const seq of [11, 12, 12, 11, 13]) tell(seq)
    expect(tab.seen).toEqual(['11', '12', '13'])
  })

  it('does not ask again for what it may not see', async () => {
    const tab = await openTab()
    tell(11)
    connections[0]!.hooks.onEvent({ id: '15', event: '', data: '' })
    const second = await openTab('11')
    tab.feed.close()
    await vi.waitFor(() => expect(connections).toHaveLength(2))
    expect(connections[1]!.after).toBe('15')
    expect(second.resync).not.toHaveBeenCalled()
  })

  it('needs one line for five tabs', async () => {
    const tabs = []
    for (let tab = 0; tab < 5; tab++) tabs.push(await openTab())
    tell(11)
    tell(12)
    expect(connections).toHaveLength(1)
    for (const tab of tabs) expect(tab.seen).toEqual(['11', '12'])
  })

  it('tells a tab that opens later what it has missed', async () => {
    await openTab('10')
    for (const seq of [11, 12, 13]) tell(seq)
    const late = await openTab('11')
    tell(14)
    expect(late.seen).toEqual(['12', '13', '14'])
  })

  it('goes on in another tab, from the last change seen, when the leading one closes', async () => {
    const first = await openTab()
    const second = await openTab()
    tell(11)
    first.feed.close()
    await vi.waitFor(() => expect(connections).toHaveLength(2))
    expect(connections[1]!.after).toBe('11')
    tell(12)
    expect(second.seen).toEqual(['11', '12'])
  })

  it('has every tab start over when the server no longer knows what was missed', async () => {
    const first = await openTab()
    const second = await openTab()
    connections[0]!.hooks.onEvent({ id: '900', event: 'resync', data: '{}' })
    tell(901)
    expect(first.resync).toHaveBeenCalledOnce()
    expect(second.resync).toHaveBeenCalledOnce()
    expect(second.seen).toEqual(['901'])
  })

  it('lets a tab start over that joins with a number older than anybody remembers', async () => {
    await openTab('1000')
    const stale = await openTab('10')
    tell(1001)
    expect(stale.resync).toHaveBeenCalledOnce()
    expect(stale.seen).toEqual(['1001'])
  })

  it('keeps a line of its own where the browser gives no locks', async () => {
    Reflect.deleteProperty(navigator, 'locks')
    await openTab()
    await openTab()
    expect(connections).toHaveLength(2)
  })
})
