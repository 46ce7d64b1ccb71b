import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { answer, api } from '@/api/client'
import { compareDecimal } from '@/api/decimal'
import { type Refusal, asRefusal } from '@/api/refusal'
import type { Message } from '@/api/types'
import { useAct } from '@/composables/useAct'
import { type Outgoing, useDrafts } from '@/stores/drafts'
import { takeInMessage } from './inboxCache'

/** A reply the server refused because somebody has answered since it was begun. */
export interface Collision {
  outgoing: Outgoing
  newest: Message
}

/** Sends replies and settles their outcomes. */
export function useReplies(conversationId: string) {
  const { t } = useI18n()
  const cache = useQueryClient()
  const drafts = useDrafts()
  const { act } = useAct()
  const collision = ref<Collision>()

  /** The reply has its place among the messages now; a draft begun meanwhile was begun knowing of it. */
  function accept(reply: Outgoing, message: Message) {
    takeInMessage(cache, message)
    drafts.drop(reply.key)
    const draft = drafts.draft(conversationId)
    if (draft && (!draft.seen || compareDecimal(draft.seen, message.id) < 0)) drafts.haveSeen(conversationId, message.id)
  }

  function refuse(reply: Outgoing, refusal: Refusal) {
    if (refusal.code === 'collision' && refusal.body.newest) {
      collision.value = { outgoing: { ...reply }, newest: refusal.body.newest }
      takeInMessage(cache, refusal.body.newest)
    }
    reply.state = 'unsubmitted'
    reply.reason = refusal.sentence
  }

  async function submit(reply: Outgoing) {
    reply.state = 'submitting'
    reply.reason = undefined
    const { key, text, seen, replyTo, anyway, resolve } = reply
    const body = { text, seen, reply_to: replyTo, anyway, resolve }
    try {
      const params = { path: { id: conversationId }, header: { 'Idempotency-Key': key } }
      accept(reply, await answer(api.POST('/api/v1/conversations/{id}/replies', { params, body })))
    } catch (error) {
      refuse(reply, asRefusal(error))
    }
  }

  const send = (text: string, options: Pick<Outgoing, 'seen' | 'replyTo' | 'resolve' | 'anyway'>) =>
    submit(drafts.submit({ conversationId, text, ...options }))

  /** Back into the composer, to be written anew against what is on the screen now. */
  function edit(reply: Outgoing, newest?: string) {
    drafts.drop(reply.key)
    drafts.write(conversationId, reply.text, false, newest)
    if (newest) drafts.haveSeen(conversationId, newest)
  }

  /** A refused reply back into the composer, to be worded differently; the refused one stays on the record. */
  const writeAgain = (text: string) => drafts.write(conversationId, text, false)

  function settleCollision(how: 'anyway' | 'edit' | 'discard') {
    const { outgoing, newest } = collision.value!
    collision.value = undefined
    if (how === 'edit') return edit(outgoing, newest.id)
    drafts.drop(outgoing.key)
    if (how === 'anyway') void send(outgoing.text, { seen: newest.id, replyTo: outgoing.replyTo, resolve: outgoing.resolve, anyway: true })
  }

  const settle = (work: () => Promise<Message>, doneText?: string) => act(async () => takeInMessage(cache, await work()), doneText)
  const params = (id: string) => ({ params: { path: { id } } })

  return {
    collision,
    send,
    edit,
    writeAgain,
    settleCollision,
    retry: submit,
    discard: (reply: Outgoing) => drafts.drop(reply.key),
    addNote: (text: string) =>
      act(async () => takeInMessage(cache, await answer(api.POST('/api/v1/conversations/{id}/notes', { ...params(conversationId), body: { text } })))),
    cancel: (id: string) => settle(() => answer(api.POST('/api/v1/replies/{id}/cancel', params(id))), t('done.cancelled')),
    resend: (id: string, although_unknown?: boolean) => settle(() => answer(api.POST('/api/v1/replies/{id}/resend', { ...params(id), body: { although_unknown } }))),
    confirm: (id: string) => settle(() => answer(api.POST('/api/v1/replies/{id}/confirm', params(id)))),
    recheck: (id: string) => settle(() => answer(api.POST('/api/v1/replies/{id}/recheck', params(id))), t('done.rechecking')),
  }
}
