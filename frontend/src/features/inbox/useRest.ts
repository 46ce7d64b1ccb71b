import { type Ref, computed, ref } from 'vue'

/** Whether a list lies untouched: at its top, without the pointer over it or the focus in it. Only then may it move by itself. */
export function useRest(scroller: Ref<HTMLElement | undefined>) {
  const scrolled = ref(false)
  const hovered = ref(false)
  const focused = ref(false)

  const watchers = {
    scroll: () => (scrolled.value = (scroller.value?.scrollTop ?? 0) > 4),
    pointerenter: (event: PointerEvent) => (hovered.value = event.pointerType === 'mouse'),
    pointerleave: () => (hovered.value = false),
    focusin: () => (focused.value = true),
    focusout: () => (focused.value = false),
  }

  return { atRest: computed(() => !scrolled.value && !hovered.value && !focused.value), watchers }
}
