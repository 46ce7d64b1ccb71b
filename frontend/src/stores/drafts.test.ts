import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Me } from '@/api/types'
import { useDrafts } from './drafts'
import { useSession } from './session'

const me = (agent: string) => ({ agent: { id: agent }, workspace: { id: '1' } }) as Me

/** The page as it is after a reload: new stores, the same browser. */
function reload(agent = '7') {
  setActivePinia(createPinia())
  useSession().enter(me(agent))
  return useDrafts()
}

beforeEach(() => localStorage.clear())

describe('drafts', () => {
  it('survive a reload', () => {
    reload().write('5', '您好', false, '40')
    expect(reload().draft('5')).toEqual({ text: '您好', note: false, seen: '40' })
  })

  it('know the message that was the newest when they were begun', () => {
    const drafts = reload()
    drafts.write('5', '您', false, '40')
    drafts.write('5', '您好', false, '41')
    expect(drafts.draft('5')!.seen).toBe('40')
    drafts.write('5', '', false)
    drafts.write('5', '再来', false, '42')
    expect(drafts.draft('5')!.seen).toBe('42')
  })

  it('belong to one agent', () => {
    reload('7').write('5', '您好', false)
    expect(reload('8').draft('5')).toBeUndefined()
  })

  it('stay when the session is lost and are there again after signing in', () => {
    const drafts = reload()
    drafts.write('5', '您好', false)
    useSession().forget()
    useSession().enter(me('7'))
    expect(drafts.draft('5')!.text).toBe('您好')
  })
})

describe('replies on their way', () => {
  it('leave the composer at once and have a key of their own', () => {
    const drafts = reload()
    drafts.write('5', '您好', false, '40')
    const first = drafts.submit({ conversationId: '5', text: '您好', seen: '40' })
    const second = drafts.submit({ conversationId: '5', text: '您好', seen: '40' })
    expect(drafts.draft('5')).toBeUndefined()
    expect(first.key).not.toBe(second.key)
    expect(drafts.outgoing('5')).toHaveLength(2)
  })

  it('are not known to be accepted after a reload, and keep their key so that trying again sends nothing twice', () => {
    const { key } = reload().submit({ conversationId: '5', text: '您好' })
    expect(reload().outgoing('5')).toMatchObject([{ key, state: 'unsubmitted' }])
  })
})
