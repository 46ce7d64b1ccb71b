import { type Ref, nextTick, onMounted, onScopeDispose, ref, watch } from 'vue'

const nearEnd = 48
const nearStart = 400

export interface ThreadScrollOptions {
  /** Keys of what is shown, oldest first. */
  keys: Ref<string[]>
  hasEarlier: Ref<boolean>
  loadEarlier(): Promise<unknown>
}

/**
 * Where the reader is in a conversation. It follows new messages only from the end; when earlier ones come in above, the row
 * being read stays where it is, measured by hand because Safari has no scroll anchoring.
 */
export function useThreadScroll(scroller: Ref<HTMLElement | undefined>, options: ThreadScrollOptions) {
  const atEnd = ref(true)
  const unseen = ref(0)
  let loading = false

  function measure() {
    const box = scroller.value
    if (!box) return
    atEnd.value = box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd
    if (atEnd.value) unseen.value = 0
    if (box.scrollTop < nearStart && options.hasEarlier.value) void earlier()
  }

  function toEnd() {
    scroller.value?.scrollTo({ top: scroller.value.scrollHeight })
    atEnd.value = true
    unseen.value = 0
  }

  function firstVisible(box: HTMLElement): HTMLElement | undefined {
    const top = box.getBoundingClientRect().top
    return [...box.querySelectorAll<HTMLElement>('[data-item]')].find((row) => row.getBoundingClientRect().bottom > top)
  }

  async function earlier() {
    if (loading) return
    loading = true
    await options.loadEarlier()
    loading = false
  }

  /** Opens at the divider when there is one, else at the end. */
  function open() {
    const divider = scroller.value?.querySelector('[data-item=unread]')
    if (divider) divider.scrollIntoView({ block: 'start' })
    else toEnd()
    measure()
  }

  /** How many messages stand after the last one of before. */
  function countNew(now: string[], before: string[]): number {
    const known = new Set(before)
    const added = now.slice(now.lastIndexOf(before.at(-1) ?? '') + 1)
    return added.filter((key) => !known.has(key) && /^[mo]/.test(key)).length
  }

  watch(options.keys, async (now, before) => {
    const box = scroller.value
    const anchor = box && firstVisible(box)
    const top = anchor?.getBoundingClientRect().top ?? 0 // Measured before the page is patched, compared after.
    await nextTick()
    if (!box) return
    if (atEnd.value) return toEnd()
    if (anchor?.isConnected) box.scrollTop += anchor.getBoundingClientRect().top - top
    unseen.value += countNew(now, before)
  })

  const grown = new ResizeObserver(() => atEnd.value && toEnd()) // A picture that has loaded pushes the end down.
  onMounted(() => {
    const box = scroller.value!
    grown.observe(box)
    if (box.firstElementChild) grown.observe(box.firstElementChild)
    open()
  })
  onScopeDispose(() => grown.disconnect())

  return { atEnd, unseen, measure, toEnd }
}
