import { describe, expect, it } from 'vitest'
import type { Conversation } from '@/api/types'
import { type Pages, admitRows, byClosing, dropRow, newer, patchRows, risen, rowsOf } from './rows'

const row = (id: string, minute: number, more: Partial<Conversation> = {}) =>
  ({ id, version: '1', last_activity_at: `2026-11-22T08:${String(minute).padStart(2, '0')}:00.000Z`, ...more }) as Conversation
const pages = (...lists: Conversation[][]): Pages => ({
  pages: lists.map((conversations, index) => ({ conversations, next_cursor: index < lists.length - 1 ? `c${index}` : undefined })),
  pageParams: lists.map(() => undefined),
})
const ids = (list: Pages) => rowsOf(list).map((one) => one.id)
const everybody = () => true

describe('the rows of a list', () => {
  it('are brought up to date where they stand', () => {
    const before = pages([row('3', 30), row('2', 20)], [row('1', 10)])
    const after = patchRows(before, new Map([['1', row('1', 50, { version: '2', unread: 4 })]]))
    expect(ids(after)).toEqual(['3', '2', '1'])
    expect(rowsOf(after)[2]!.unread).toBe(4)
    expect(after.pages[0]).toBe(before.pages[0])
  })

  it('are never replaced by an older reading, however late it comes', () => {
    expect(newer(row('1', 1, { version: '10' }), row('1', 1, { version: '9' })).version).toBe('10')
    expect(newer(row('1', 1, { version: '9' }), row('1', 1, { version: '10' })).version).toBe('10')
  })

  it('stand in order of activity once newcomers are let in, and leave when they no longer belong', () => {
    const before = pages([row('3', 30), row('2', 20), row('1', 10)])
    const after = admitRows(before, [row('4', 25), row('1', 40, { version: '2' })], (one) => one.id !== '2')
    expect(ids(after)).toEqual(['1', '3', '4'])
  })

  it('leave what is older than the loaded pages to the page it belongs to', () => {
    const before: Pages = { pages: [{ conversations: [row('3', 30), row('2', 20)], next_cursor: 'more' }], pageParams: [undefined] }
    const after = admitRows(before, [row('9', 5), row('8', 25)], everybody)
    expect(ids(after)).toEqual(['3', '8', '2'])
    expect(after.pages.at(-1)!.next_cursor).toBe('more')
  })

  it('can stand in order of what closes soonest', () => {
    const closing = (id: string, hour: number) => row(id, 10, { window: { open: true, until: `2026-11-23T${hour}:00:00Z` } })
    expect(ids(admitRows(pages([closing('1', 12), closing('2', 20)]), [closing('3', 15)], everybody, byClosing))).toEqual(['1', '3', '2'])
  })

  it('are counted as risen only when they would stand higher now', () => {
    expect(risen([row('3', 30), row('2', 20), row('1', 10)])).toEqual([])
    expect(risen([row('3', 30), row('2', 20), row('1', 25)])).toEqual(['1'])
  })

  it('can be dropped one by one', () => {
    expect(ids(dropRow(pages([row('2', 2)], [row('1', 1)]), '2'))).toEqual(['1'])
  })
})
