import { ref } from 'vue'

const now = ref(Date.now())
setInterval(() => (now.value = Date.now()), 10_000)

/** The time in milliseconds, moving every ten seconds: enough for words like "4 minutes left". */
export const useClock = () => now
