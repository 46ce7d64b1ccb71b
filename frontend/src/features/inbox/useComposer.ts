import { computed, ref, watch } from 'vue'
import type { Conversation } from '@/api/types'
import { useMedia } from '@/composables/useMedia'
import { usePreferences } from '@/composables/usePreferences'
import { useDrafts } from '@/stores/drafts'
import { useLive } from '@/stores/live'
import { lengthOf } from './length'

export type KeyMeaning = 'send' | 'sendAndResolve' | 'nothing'

/** What a press of Enter means. One that confirms a candidate of an input method never sends: browsers say so by `isComposing`, Safari by the legacy key code 229. */
export function meaningOf(event: KeyboardEvent, enterSends: boolean): KeyMeaning {
  const enter = event.key === 'Enter' || event.code === 'Enter' || event.code === 'NumpadEnter'
  if (!enter || event.isComposing || event.keyCode === 229) return 'nothing'
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? 'sendAndResolve' : 'send'
  return enterSends !== event.shiftKey && !event.altKey ? (enterSends ? 'send' : 'nothing') : 'nothing'
}

/** What is being written for one conversation, and whether it may go out. */
export function useComposer(id: string, conversation: () => Conversation, newest: () => string | undefined) {
  const drafts = useDrafts()
  const live = useLive()
  const preferences = usePreferences()
  const { phone } = useMedia()
  const note = ref(drafts.draft(id)?.note ?? false)

  const text = computed({
    get: () => drafts.draft(id)?.text ?? '',
    set: (value) => drafts.write(id, value, note.value, newest()),
  })
  watch(note, (value) => drafts.write(id, text.value, value, newest()))
  watch(() => drafts.draft(id)?.note, (kept) => kept !== undefined && (note.value = kept))

  const limits = computed(() => conversation().limits)
  const length = computed(() => lengthOf(text.value, limits.value?.count_as ?? 'characters'))
  const tooLong = computed(() => !note.value && Boolean(limits.value?.max_length) && length.value > limits.value!.max_length)
  const closed = computed(() => !note.value && conversation().window?.open === false)
  const accountBroken = computed(() => !note.value && (conversation().account_state ?? 'active') !== 'active')
  const ready = computed(() => text.value.trim() !== '' && !tooLong.value && !closed.value && !accountBroken.value && live.online)
  const enterSends = computed(() => preferences.enterSends && !phone.value)

  return { note, text, length, limits, tooLong, closed, accountBroken, ready, enterSends }
}
