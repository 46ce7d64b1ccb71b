import { useQueryClient } from '@tanstack/vue-query'
import { useI18n } from 'vue-i18n'
import { answer, api } from '@/api/client'
import { asRefusal } from '@/api/refusal'
import type { Conversation, Tag, Transfer } from '@/api/types'
import { useAct } from '@/composables/useAct'
import { useSession } from '@/stores/session'
import { belongs } from './filter'
import { fetchConversation, takeInOwnChange } from './inboxCache'

/** What an agent does with a conversation as a whole: take, assign, transfer, resolve, reopen, tag. */
export function useHandling(id: string) {
  const { t } = useI18n()
  const cache = useQueryClient()
  const session = useSession()
  const { busy, act } = useAct()
  const params = { path: { id } }

  const takeIn = (row: Conversation) => takeInOwnChange(cache, row, (query) => belongs(row, query, session.me!.agent.id))

  /** Does it; a refusal usually means that somebody was faster, so what he did is fetched and shown. */
  function handle(work: () => Promise<Conversation>, doneText?: string) {
    return act(async () => {
      try {
        takeIn(await work())
      } catch (error) {
        if (asRefusal(error).status === 409) takeIn(await fetchConversation(id))
        throw error
      }
    }, doneText)
  }

  /** Who leads may move everything, an agent what is his own. */
  const mayMove = (row: Conversation) => session.can('assign') || (session.can('take') && row.assignee?.id === session.me?.agent.id)

  return {
    busy,
    mayMove,
    take: () => handle(() => answer(api.POST('/api/v1/conversations/{id}/take', { params })), t('done.taken')),
    assign: (agentId: string | null, was: string | null) =>
      handle(() => answer(api.POST('/api/v1/conversations/{id}/assign', { params, body: { agent_id: agentId, was } })), t('done.assigned')),
    transfer: (to: Transfer) => handle(() => answer(api.POST('/api/v1/conversations/{id}/transfer', { params, body: to })), t('done.transferred')),
    resolve: () => handle(() => answer(api.POST('/api/v1/conversations/{id}/resolve', { params })), t('done.resolved')),
    reopen: () => handle(() => answer(api.POST('/api/v1/conversations/{id}/reopen', { params })), t('done.reopened')),
    addTag: (tag: Tag) => handle(() => answer(api.PUT('/api/v1/conversations/{id}/tags/{tag_id}', { params: { path: { id, tag_id: tag.id } } }))),
    removeTag: (tag: Tag) => handle(() => answer(api.DELETE('/api/v1/conversations/{id}/tags/{tag_id}', { params: { path: { id, tag_id: tag.id } } }))),
  }
}
