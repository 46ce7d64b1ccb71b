import { describe, expect, it } from 'vitest'
import type { Conversation } from '@/api/types'
import { belongs, isNarrowed, readFilter, toQuery, writeFilter } from './filter'

const row = (more: Partial<Conversation> = {}) => ({ id: '1', account_id: '1', kind: 'dm', state: 'open', tags: [{ id: '4' }], awaiting: true, ...more }) as Conversation

describe('the filter', () => {
  it('is the address of the page and nothing else', () => {
    const query = { state: 'resolved', account: ['1', '2'], kind: ['dm', 'mention'], assignee: '3', tag: '4', awaiting: '1', sort: 'closing' }
    expect(writeFilter(readFilter('all', query))).toEqual(query)
    expect(isNarrowed(readFilter('mine', {}))).toBe(false)
  })

  it('takes nothing from an address that is not an answer to its question', () => {
    const filter = readFilter('nonsense', { state: 'x', account: ["1' or 1=1", '2'], kind: 'spam', tag: '-1' })
    expect(filter).toMatchObject({ view: 'all', state: 'open', accountIds: ['2'], kinds: [], tagId: undefined })
  })

  it('leaves the state out of the question when every state is wanted', () => {
    expect(toQuery(readFilter('all', { state: 'all' })).state).toBeUndefined()
    expect(toQuery(readFilter('all', {})).state).toBe('open')
  })

  it('knows which rows belong to it', () => {
    const asked = (view: string, query = {}) => toQuery(readFilter(view, query))
    expect(belongs(row(), asked('unassigned'), 'me')).toBe(true)
    expect(belongs(row({ assignee: { id: 'me', name: '' } }), asked('mine'), 'me')).toBe(true)
    expect(belongs(row({ assignee: { id: 'other', name: '' } }), asked('mine'), 'me')).toBe(false)
    expect(belongs(row({ state: 'resolved' }), asked('all'), 'me')).toBe(false)
    expect(belongs(row(), asked('all', { tag: '4', kind: 'dm', account: '1', awaiting: '1' }), 'me')).toBe(true)
    expect(belongs(row(), asked('all', { kind: 'comment' }), 'me')).toBe(false)
    expect(belongs(row({ window: { open: true } }), asked('all', { sort: 'closing' }), 'me')).toBe(false)
    expect(belongs(row({ window: { open: true, until: '2026-11-23T00:00:00Z' } }), asked('all', { sort: 'closing' }), 'me')).toBe(true)
  })
})
