import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'

// What a workspace is made of, each list as the server has it now.
export function useAgents() {
  const query = useQuery({ queryKey: keys.agents, queryFn: () => answer(api.GET('/api/v1/agents')), staleTime: 60_000 })
  return { query, agents: computed(() => query.data.value?.agents ?? []) }
}

export function useSkillGroups() {
  const query = useQuery({ queryKey: keys.skillGroups, queryFn: () => answer(api.GET('/api/v1/skill-groups')), staleTime: 60_000 })
  return { query, groups: computed(() => query.data.value?.skill_groups ?? []) }
}

export function useTags() {
  const query = useQuery({ queryKey: keys.tags, queryFn: () => answer(api.GET('/api/v1/tags')), staleTime: 60_000 })
  return { query, tags: computed(() => query.data.value?.tags ?? []) }
}

export function useAccounts() {
  const query = useQuery({ queryKey: keys.accounts, queryFn: () => answer(api.GET('/api/v1/accounts')), staleTime: 60_000 })
  return { query, accounts: computed(() => query.data.value?.accounts ?? []) }
}

export function usePlatforms() {
  const query = useQuery({ queryKey: keys.platforms, queryFn: () => answer(api.GET('/api/v1/platforms')), staleTime: Infinity })
  return { query, platforms: computed(() => query.data.value?.platforms ?? []) }
}
