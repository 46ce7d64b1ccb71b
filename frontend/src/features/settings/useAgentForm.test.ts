import { expect, it } from 'vitest'
import { changesOf } from './useAgentForm'

it('sends only what has been changed, and never the login', () => {
  const before = { name: '小林', login: 'lin', password: '', role: 'agent' as const, capacity: 20, disabled: false, all_accounts: true, account_ids: [], skill_group_ids: ['1'] }
  expect(changesOf(before, before)).toEqual({})
  expect(changesOf(before, { ...before, login: 'other', capacity: 5, skill_group_ids: ['1', '2'] })).toEqual({ capacity: 5, skill_group_ids: ['1', '2'] })
})
