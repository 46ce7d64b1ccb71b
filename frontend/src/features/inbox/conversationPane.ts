import { defineAsyncComponent } from 'vue'
import ThreadSkeleton from './ThreadSkeleton.vue'

const load = () => import('./ConversationPane.vue')

/** The conversation beside the list. It is fetched by itself, so that the list need not wait for it. */
export const ConversationPane = defineAsyncComponent({ loader: load, loadingComponent: ThreadSkeleton, delay: 0 })

/** Fetches it before a conversation is chosen. Failed, it is asked for again when it is needed. */
export const fetchConversationPane = () => void load().catch(() => {})
