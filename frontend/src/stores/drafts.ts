import { defineStore } from 'pinia'
import { computed, reactive, watch } from 'vue'
import { ulid } from '@/api/ulid'
import type { Sentence } from '@/api/types'
import { useSession } from './session'

/** Text that is being written, and the newest message its writer had seen when he began. */
export interface Draft {
  text: string
  note: boolean
  seen?: string
}

/** A reply that has left the composer and that the server has not yet accepted. Its key makes sending it again harmless. */
export interface Outgoing {
  key: string
  conversationId: string
  text: string
  seen?: string
  replyTo?: string
  resolve?: boolean
  anyway?: boolean
  at: string
  state: 'submitting' | 'unsubmitted'
  reason?: Sentence
}

interface Kept {
  drafts: Record<string, Draft>
  outgoing: Outgoing[]
}

function read(name: string): Kept {
  const kept: Kept = { drafts: {}, outgoing: [] }
  try {
    Object.assign(kept, JSON.parse(localStorage.getItem(name) ?? '{}'))
  } catch {
    // What cannot be read is not a draft any more.
  }
  // Whether a reply that was on its way when the page closed has been accepted is not known; its key makes asking again safe.
  for (const reply of kept.outgoing) reply.state = 'unsubmitted'
  return kept
}

/** Drafts and unaccepted replies of this agent, kept in the browser so that a reload or a lost session costs nothing. */
export const useDrafts = defineStore('drafts', () => {
  const session = useSession()
  const place = computed(() => (session.me ? `weibox:drafts:${session.me.workspace.id}:${session.me.agent.id}` : ''))
  const kept = reactive<Kept>({ drafts: {}, outgoing: [] })

  watch(place, (name) => name && Object.assign(kept, read(name)), { immediate: true, flush: 'sync' })
  watch(kept, () => place.value && localStorage.setItem(place.value, JSON.stringify(kept)), { deep: true, flush: 'sync' })

  const draft = (conversationId: string): Draft | undefined => kept.drafts[conversationId]

  /** Keeps the text; the message it was written against is the one seen when the first letter was typed. */
  function write(conversationId: string, text: string, note: boolean, newest?: string) {
    if (!text) return discard(conversationId)
    kept.drafts[conversationId] = { text, note, seen: draft(conversationId)?.seen ?? newest }
  }

  function discard(conversationId: string) {
    delete kept.drafts[conversationId]
  }

  /** The writer has read on, by his own answer or by looking at a colleague's. */
  function haveSeen(conversationId: string, messageId: string) {
    const current = draft(conversationId)
    if (current) current.seen = messageId
  }

  /** Takes the reply out of the composer and onto the screen, before anybody else knows of it. */
  function submit(reply: Pick<Outgoing, 'conversationId' | 'text' | 'seen' | 'replyTo' | 'resolve' | 'anyway'>): Outgoing {
    kept.outgoing.push({ ...reply, key: ulid(), at: new Date().toISOString(), state: 'submitting' })
    discard(reply.conversationId)
    return kept.outgoing.at(-1)!
  }

  function drop(key: string) {
    kept.outgoing = kept.outgoing.filter((reply) => reply.key !== key)
  }

  const outgoing = (conversationId: string) => kept.outgoing.filter((reply) => reply.conversationId === conversationId)

  return { draft, write, discard, haveSeen, submit, drop, outgoing }
})
