import { useI18n } from 'vue-i18n'
import { asRefusal } from '@/api/refusal'
import type { Sentence } from '@/api/types'

/** Chooses the reader's language where the server sends both. */
export function useSentence() {
  const { locale } = useI18n()
  const say = (sentence: Sentence) => (locale.value === 'en' ? sentence.en : sentence.zh)
  const sayError = (error: unknown) => say(asRefusal(error).sentence)
  return { say, sayError }
}
