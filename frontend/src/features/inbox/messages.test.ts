import { describe, expect, it } from 'vitest'
import type { Message, MessagePage } from '@/api/types'
import { type Thread, mergeNewest, messagesOf, newestId, putMessage } from './messages'

const message = (id: number, text = `m${id}`) => ({ id: String(id), text, sent_at: new Date(Date.UTC(2026, 10, 22, 8, id)).toISOString() }) as Message
const page = (numbers: number[], earlier_cursor?: string): MessagePage => ({ messages: numbers.map((n) => message(n)), events: [], earlier_cursor })
const thread = (...pages: MessagePage[]): Thread => ({ pages, pageParams: pages.map(() => undefined) })
const ids = (held: Thread) => messagesOf(held).map((one) => Number(one.id))

describe('the messages of a conversation', () => {
  it('read from the oldest page to the newest', () => {
    const held = thread(page([4, 5], 'b'), page([1, 2, 3]))
    expect(ids(held)).toEqual([1, 2, 3, 4, 5])
    expect(newestId(held)).toBe('5')
  })

  it('take in a fresh reading of the newest page and keep the earlier ones', () => {
    const fresh = page([5, 6, 7], 'c')
    fresh.messages[0] = message(5, 'changed')
    const merged = mergeNewest(thread(page([4, 5], 'b'), page([1, 2, 3])), fresh)
    expect(ids(merged)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(messagesOf(merged)[4]!.text).toBe('changed')
    expect(merged.pages[0]!.earlier_cursor).toBe('b')
  })

  it('start anew where a fresh reading does not touch what is held, so that no gap is hidden', () => {
    const merged = mergeNewest(thread(page([4, 5], 'b'), page([1, 2, 3])), page([50, 51], 'z'))
    expect(ids(merged)).toEqual([50, 51])
    expect(merged.pages[0]!.earlier_cursor).toBe('z')
  })

  it('show a message once, in its place, whichever way it came', () => {
    const held = putMessage(putMessage(thread(page([4], 'b'), page([1, 2])), message(5)), message(2, 'recalled'))
    expect(ids(held)).toEqual([1, 2, 4, 5])
    expect(messagesOf(held)[1]!.text).toBe('recalled')
  })
})
