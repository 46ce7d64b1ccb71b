import { useQuery } from '@tanstack/vue-query'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'

/** How the installation is, read anew every ten seconds while the page can be seen. */
export const useSystem = () => useQuery({ queryKey: keys.system, queryFn: () => answer(api.GET('/api/v1/system')), refetchInterval: 10_000 })
