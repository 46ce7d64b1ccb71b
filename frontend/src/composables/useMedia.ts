import { type Ref, ref } from 'vue'

function matches(query: string): Ref<boolean> {
  const list = globalThis.matchMedia?.(query)
  const value = ref(list?.matches ?? false)
  list?.addEventListener('change', (event) => (value.value = event.matches))
  return value
}

const media = {
  phone: matches('(max-width: 767.98px)'),
  desktop: matches('(min-width: 1024px)'),
  wide: matches('(min-width: 1280px)'),
  touch: matches('(pointer: coarse)'),
}

/** How much room there is: phone < 768 px, desktop ≥ 1024, wide ≥ 1280; touch when the finger is the main pointer. */
export const useMedia = () => media
