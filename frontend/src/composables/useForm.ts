import { type Ref, ref } from 'vue'
import { asRefusal } from '@/api/refusal'
import { useSentence } from './useSentence'

/** Sends a form once at a time and keeps what the server said, at the field it names or for the whole form. */
export function useForm() {
  const busy = ref(false)
  const problem = ref('')
  const field = ref('')
  const { sayError } = useSentence()

  function forget() {
    problem.value = field.value = ''
  }

  async function submit<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    forget()
    try {
      return await work()
    } catch (error) {
      problem.value = sayError(error)
      field.value = asRefusal(error).body.field ?? ''
      return undefined
    } finally {
      busy.value = false
    }
  }

  /** The sentence for one field; `known` lists the fields the form shows, so that nothing goes unsaid. */
  const at = (name: string) => (field.value === name ? problem.value : '')
  const elsewhere = (known: string[]) => (problem.value && !known.includes(field.value) ? problem.value : '')

  return { busy, problem: problem as Readonly<Ref<string>>, submit, forget, at, elsewhere }
}
