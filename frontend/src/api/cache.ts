import { QueryClient } from '@tanstack/vue-query'
import { asRefusal } from './refusal'

/** Whether asking again can help: the line may come back, a busy server may recover, a plain no stays a no. */
const mayHelp = (error: Error) => ['offline', 'unavailable', 'limited'].includes(asRefusal(error).code)

/** The only place where data of the server is kept in the browser; the live stream keeps it current, so nothing is asked again by itself. */
export const createCache = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        retry: (count, error) => count < 2 && mayHelp(error),
      },
      mutations: { networkMode: 'always' },
    },
  })
