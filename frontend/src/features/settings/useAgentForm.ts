import { useQueryClient } from '@tanstack/vue-query'
import { type Ref, reactive, watch } from 'vue'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import type { Agent, AgentChange, Role } from '@/api/types'
import { useForm } from '@/composables/useForm'

export const roles: Role[] = ['owner', 'admin', 'supervisor', 'agent', 'marketer', 'viewer']

const fieldsOf = (agent?: Agent) => ({
  name: agent?.name ?? '',
  login: agent?.login ?? '',
  password: '',
  role: agent?.role ?? ('agent' as Role),
  capacity: agent?.capacity ?? 20,
  disabled: agent?.disabled ?? false,
  all_accounts: agent?.all_accounts ?? true,
  account_ids: [...(agent?.account_ids ?? [])],
  skill_group_ids: [...(agent?.skill_group_ids ?? [])],
})

type Fields = ReturnType<typeof fieldsOf>

/** Only what has been changed goes to the server: what a colleague changed meanwhile stays as he left it. */
export function changesOf(before: Fields, now: Fields): AgentChange {
  const { login: _, ...changeable } = now
  return Object.fromEntries(Object.entries(changeable).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Fields])))
}

/** The form behind one agent, new or known. */
export function useAgentForm(agent: () => Agent | undefined, open: Ref<boolean>) {
  const cache = useQueryClient()
  const { busy, at, elsewhere, submit } = useForm()
  const fields = reactive(fieldsOf())
  watch(open, (shown) => shown && Object.assign(fields, fieldsOf(agent())))

  function write() {
    const known = agent()
    if (known) return answer(api.PATCH('/api/v1/agents/{id}', { params: { path: { id: known.id } }, body: changesOf(fieldsOf(known), fields) }))
    const { disabled: _, ...body } = fields
    return answer(api.POST('/api/v1/agents', { body }))
  }

  async function save() {
    if (!(await submit(write))) return
    await cache.invalidateQueries({ queryKey: keys.agents })
    open.value = false
  }

  return { fields, busy, at, elsewhere, save }
}
