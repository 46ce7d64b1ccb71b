import { ref } from 'vue'
import { asRefusal } from '@/api/refusal'
import { useSentence } from './useSentence'
import { useToast } from './useToast'

/** Runs what a button does: busy meanwhile, and a refusal is said in a notice. Resolves to whether it was done. One thing at a time, unless `together`. */
export function useAct({ together = false } = {}) {
  const busy = ref(false)
  const { sayError } = useSentence()
  const { failed, done } = useToast()

  async function act(work: () => Promise<unknown>, doneText?: string): Promise<boolean> {
    if (busy.value && !together) return false
    busy.value = true
    try {
      await work()
      if (doneText) done(doneText)
      return true
    } catch (error) {
      failed(sayError(error), asRefusal(error).body.request_id)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, act }
}
