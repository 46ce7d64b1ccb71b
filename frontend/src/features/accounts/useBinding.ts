import { answer, api } from '@/api/client'
import { useAct } from '@/composables/useAct'

/** Sends the person to the platform's consent page; he comes back to the accounts page. */
export function useBinding() {
  const { busy, act } = useAct()

  const bind = (platform: string, account_id?: string) =>
    act(async () => {
      const step = await answer(api.POST('/api/v1/bindings', { body: { platform, account_id } }))
      if (step.url) location.assign(step.url)
    })

  return { busy, bind }
}
