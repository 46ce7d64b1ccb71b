import { describe, expect, it } from 'vitest'
import type { Message, TimelineEvent } from '@/api/types'
import type { Outgoing } from '@/stores/drafts'
import { buildTimeline, firstUnread, notYetSeen } from './timeline'

const message = (id: string, sent_at: string, more: Partial<Message> = {}) => ({ id, sent_at, direction: 'in', text: id, ...more }) as Message
const reply = (more: Partial<Outgoing> = {}): Outgoing => ({ key: 'k', conversationId: '1', text: '您好', at: '2026-11-22T08:00:00Z', state: 'submitting', seen: '7', ...more })
const shown = (...args: Parameters<typeof buildTimeline>) => buildTimeline(...args).map((item) => item.key)

describe('the timeline', () => {
  it('parts the days of Shanghai, not those of Greenwich', () => {
    const messages = [message('1', '2026-11-21T15:59:00Z'), message('2', '2026-11-21T16:01:00Z')]
    expect(shown(messages, [], [])).toEqual(['d2026-11-21', 'm1', 'd2026-11-22', 'm2'])
  })

  it('puts events where they happened, the divider over the first unread and unaccepted replies at the end', () => {
    const messages = [message('1', '2026-11-22T01:00:00Z'), message('2', '2026-11-22T03:00:00Z')]
    const events = [{ id: '9', at: '2026-11-22T02:00:00Z' } as TimelineEvent]
    expect(shown(messages, events, [reply()], '2')).toEqual(['d2026-11-22', 'm1', 'e9', 'unread', 'm2', 'ok'])
  })

  it('finds the first unread among inbound messages only', () => {
    const messages = [message('1', ''), message('2', ''), message('3', '', { direction: 'out' }), message('4', '')]
    expect(firstUnread(messages, 2)).toBe('2')
    expect(firstUnread([...messages, message('5', '', { kind: 'event' })], 2)).toBe('2')
    expect(firstUnread(messages, 0)).toBeUndefined()
    expect(firstUnread(messages, 99)).toBe('1')
  })

  it('does not show a reply twice that the stream brings before its answer', () => {
    const ours = message('8', '', { direction: 'out', text: '您好', author: { id: 'me', name: '' } })
    expect(notYetSeen([reply()], [ours], 'me')).toEqual([])
    expect(notYetSeen([reply()], [{ ...ours, id: '6' }], 'me')).toHaveLength(1)
    expect(notYetSeen([reply()], [ours], 'colleague')).toHaveLength(1)
  })
})
