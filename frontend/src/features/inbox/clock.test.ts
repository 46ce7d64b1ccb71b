import { describe, expect, it } from 'vitest'
import type { Conversation } from '@/api/types'
import { clockChip } from './clock'

const now = Date.parse('2026-11-22T12:00:00Z')
const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString()
const row = (more: Partial<Conversation>) => ({ state: 'open', awaiting: true, waiting_since: at(-0.5), ...more }) as Conversation

describe('the clock chip', () => {
  it('says how long the fan has waited', () => {
    expect(clockChip(row({}), now)).toMatchObject({ word: 'waiting', passed: 1_800_000, long: false })
    expect(clockChip(row({ waiting_since: at(-2) }), now)).toMatchObject({ long: true })
  })

  it('says when the window closes once that is the nearer', () => {
    expect(clockChip(row({ window: { open: true, until: at(31) } }), now)).toMatchObject({ word: 'waiting' })
    expect(clockChip(row({ window: { open: true, until: at(5) } }), now)).toMatchObject({ word: 'open', soon: false })
    expect(clockChip(row({ window: { open: true, until: at(1) } }), now)).toMatchObject({ word: 'open', soon: true })
  })

  it('says when the window closes, however far, in a list ordered by that', () => {
    expect(clockChip(row({ window: { open: true, until: at(31) } }), now, true)).toMatchObject({ word: 'open', far: true })
    expect(clockChip(row({ awaiting: false, window: { open: true, until: at(1) } }), now, true)).toMatchObject({ word: 'open', soon: true })
    expect(clockChip(row({}), now, true)).toMatchObject({ word: 'waiting' })
  })

  it('says that it is closed, also when it has closed since the row was read', () => {
    expect(clockChip(row({ window: { open: false } }), now)).toEqual({ word: 'closed' })
    expect(clockChip(row({ window: { open: true, until: at(-1) } }), now)).toEqual({ word: 'closed' })
  })

  it('says nothing when nobody waits', () => {
    expect(clockChip(row({ awaiting: false }), now)).toBeUndefined()
    expect(clockChip(row({ state: 'resolved' }), now)).toBeUndefined()
  })
})
