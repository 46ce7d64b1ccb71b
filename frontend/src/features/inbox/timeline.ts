import { compareDecimal } from '@/api/decimal'
import type { Message, TimelineEvent } from '@/api/types'
import { dayOf } from '@/composables/useDates'
import type { Outgoing } from '@/stores/drafts'

/** One line of the conversation as it is shown. */
export type TimelineItem =
  | { show: 'day'; key: string; at: string }
  | { show: 'unread'; key: string }
  | { show: 'message'; key: string; at: string; message: Message }
  | { show: 'event'; key: string; at: string; event: TimelineEvent }
  | { show: 'outgoing'; key: string; at: string; outgoing: Outgoing }

type Dated = Extract<TimelineItem, { at: string }>

/** Messages and events in the order they happened; a message before the event it caused. */
function happened(messages: Message[], events: TimelineEvent[]): Dated[] {
  const said = messages.map((message): Dated => ({ show: 'message', key: `m${message.id}`, at: message.sent_at, message }))
  const noted = events.map((event): Dated => ({ show: 'event', key: `e${event.id}`, at: event.at, event }))
  return [...said, ...noted].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** The oldest of the last `unread` inbound messages; a follow or a menu click is nothing to read. */
export function firstUnread(messages: Message[], unread: number): string | undefined {
  if (!unread) return undefined
  const inbound = messages.filter((message) => message.direction === 'in' && message.kind !== 'event')
  return inbound.at(-Math.min(unread, inbound.length))?.id
}

/** Builds what is shown: days between, the divider over the first unread message, replies not yet accepted at the end. */
export function buildTimeline(messages: Message[], events: TimelineEvent[], outgoing: Outgoing[], unreadFrom?: string): TimelineItem[] {
  const items: TimelineItem[] = []
  let day = ''
  for (const item of happened(messages, events)) {
    const date = dayOf(item.at)
    if (date !== day) items.push({ show: 'day', key: `d${date}`, at: item.at })
    day = date
    if (item.show === 'message' && item.message.id === unreadFrom) items.push({ show: 'unread', key: 'unread' })
    items.push(item)
  }
  return [...items, ...outgoing.map((reply): Dated => ({ show: 'outgoing', key: `o${reply.key}`, at: reply.at, outgoing: reply }))]
}

/** A reply can come back on the stream before the answer to its own request: it is then left out here, lest it be shown twice. */
export function notYetSeen(outgoing: Outgoing[], messages: Message[], me: string): Outgoing[] {
  const ours = messages.filter((message) => message.direction === 'out' && message.author?.id === me)
  const isTaken = (reply: Outgoing) =>
    ours.some((message) => message.text === reply.text && (!reply.seen || compareDecimal(message.id, reply.seen) > 0))
  return outgoing.filter((reply) => reply.state !== 'submitting' || !isTaken(reply))
}
