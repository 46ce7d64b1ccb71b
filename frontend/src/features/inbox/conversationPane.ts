import { shallowRef } from 'vue'

/** The conversation beside the list, once it is here. It is fetched by itself, so that the list need not wait for it. */
export const ConversationPane = shallowRef<typeof import('./ConversationPane.vue').default>()

/** Fetches it. Failed, it is asked for again with the next conversation. */
export async function fetchConversationPane() {
  if (ConversationPane.value) return
  const fetched = await import('./ConversationPane.vue').catch(() => undefined)
  ConversationPane.value = fetched?.default
}
