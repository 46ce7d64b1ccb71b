import { Activity, ListOrdered, Plug, Tags, Users, UsersRound } from '@lucide/vue'
import { computed } from 'vue'
import type { Permission } from '@/api/types'
import { useSession } from '@/stores/session'

const all = [
  { name: 'accounts', icon: Plug, needs: 'read' },
  { name: 'agents', icon: Users, needs: 'manage_agents' },
  { name: 'groups', icon: UsersRound, needs: 'manage_agents' },
  { name: 'tags', icon: Tags, needs: 'manage_tags' },
  { name: 'rules', icon: ListOrdered, needs: 'manage_rules' },
  { name: 'system', icon: Activity, needs: 'see_system' },
] as const

/** The settings this person may see. */
export function useSections() {
  const session = useSession()
  return { sections: computed(() => all.filter((section) => session.can(section.needs as Permission))) }
}
