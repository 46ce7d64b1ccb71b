import { watchEffect } from 'vue'

/** The title of the window: the page, and how much waits there. */
export function useTitle(page: () => string, waiting: () => number = () => 0) {
  watchEffect(() => {
    const count = waiting()
    document.title = `${count ? `(${count > 999 ? '999+' : count}) ` : ''}${page()} · Weibox`
  })
}
