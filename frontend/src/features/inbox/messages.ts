import type { InfiniteData } from '@tanstack/vue-query'
import { compareDecimal } from '@/api/decimal'
import type { Message, MessagePage } from '@/api/types'

/** The pages of one conversation, newest page first; inside a page the oldest message comes first. */
export type Thread = InfiniteData<MessagePage, string | undefined>

const byTime = (a: Message, b: Message) => Date.parse(a.sent_at) - Date.parse(b.sent_at) || compareDecimal(a.id, b.id)

const union = <T extends { id: string }>(old: T[], fresh: T[]): T[] => [...new Map([...old, ...fresh].map((one) => [one.id, one])).values()]

export const messagesOf = (thread: Thread | undefined): Message[] => thread?.pages.toReversed().flatMap((page) => page.messages) ?? []

export const newestId = (thread: Thread | undefined): string | undefined => messagesOf(thread).at(-1)?.id

/** Lays a fresh reading of the newest page over what is held. Where the two do not touch, the fresh one stands alone: a gap is never shown as if it were none. */
export function mergeNewest(thread: Thread, fresh: MessagePage): Thread {
  const [newest, ...earlier] = thread.pages
  const known = new Set(newest?.messages.map((message) => message.id))
  const touches = !fresh.earlier_cursor || fresh.messages.some((message) => known.has(message.id))
  if (!newest || !touches) return { pages: [fresh], pageParams: [undefined] }
  const merged: MessagePage = {
    messages: union(newest.messages, fresh.messages).sort(byTime),
    events: union(newest.events, fresh.events),
    earlier_cursor: newest.earlier_cursor,
  }
  return { ...thread, pages: [merged, ...earlier] }
}

/** Puts one message in the place of its older reading, or at the end when it is new. */
export function putMessage(thread: Thread, message: Message): Thread {
  const held = thread.pages.some((page) => page.messages.some((one) => one.id === message.id))
  const place = (page: MessagePage, index: number): MessagePage => {
    if (held) return { ...page, messages: page.messages.map((one) => (one.id === message.id ? message : one)) }
    return index === 0 ? { ...page, messages: [...page.messages, message].sort(byTime) } : page
  }
  return { ...thread, pages: thread.pages.map(place) }
}
