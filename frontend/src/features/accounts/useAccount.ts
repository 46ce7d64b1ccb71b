import { useQuery } from '@tanstack/vue-query'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'

/** One account with what lists of accounts leave out, above all when it is read next; read anew while somebody looks. */
export function useAccount(id: string) {
  return useQuery({
    queryKey: keys.account(id),
    queryFn: () => answer(api.GET('/api/v1/accounts/{id}', { params: { path: { id } } })),
    refetchInterval: 30_000,
  })
}
