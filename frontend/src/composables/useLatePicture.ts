import { onScopeDispose, ref, watch } from 'vue'

const pauses = [1500, 5000, 15_000]

/** A picture that the server may still be fetching: nothing is shown until it is there, and it is asked for again a few times. */
export function useLatePicture(url: () => string | undefined) {
  const there = ref(false)
  const attempt = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined

  function again() {
    const pause = pauses[attempt.value]
    if (pause) timer = setTimeout(() => attempt.value++, pause)
  }

  watch(url, () => {
    clearTimeout(timer)
    there.value = false
    attempt.value = 0
  })
  onScopeDispose(() => clearTimeout(timer))
  return { there, attempt, again }
}
