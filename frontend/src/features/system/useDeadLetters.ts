import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { asRefusal } from '@/api/refusal'
import { useAct } from '@/composables/useAct'
import { useToast } from '@/composables/useToast'

const replayOne = (id: string) => answer(api.POST('/api/v1/dead-letters/{id}/replay', { params: { path: { id } } }))

/** What could not be read, and reading it again: one, or one after another all of them. */
export function useDeadLetters() {
  const { t } = useI18n()
  const cache = useQueryClient()
  const { busy, act } = useAct()
  const { done, failed } = useToast()
  const working = ref<string>()

  const query = useQuery({ queryKey: keys.deadLetters, queryFn: () => answer(api.GET('/api/v1/dead-letters')) })
  const letters = computed(() => query.data.value?.dead_letters ?? [])

  /** Both what is left and its number; a letter that stays has a new reason. */
  const look = () => Promise.all([cache.invalidateQueries({ queryKey: keys.deadLetters }), cache.invalidateQueries({ queryKey: keys.system })])

  async function replay(id: string) {
    working.value = id
    await act(() => replayOne(id), t('deadLetter.replayed'))
    working.value = undefined
    await look()
  }

  /** How many could be read. A letter that cannot is passed over; anything else, such as a lost line, ends the round. */
  async function replayEach(ids: string[]): Promise<number> {
    let read = 0
    for (const id of ids) {
      try {
        await replayOne(id)
        read++
      } catch (error) {
        if (asRefusal(error).code !== 'invalid') throw error
      }
    }
    return read
  }

  async function replayAll() {
    const ids = letters.value.map((letter) => letter.id)
    await act(async () => {
      const read = await replayEach(ids)
      const left = ids.length - read
      if (left) failed(t(read ? 'deadLetter.someLeft' : 'deadLetter.allLeft', { read, left }))
      else done(t('deadLetter.replayedAll', { n: read }, read))
    })
    await look()
  }

  return { query, letters, busy, working, replay, replayAll }
}
