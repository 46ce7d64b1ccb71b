import { FlaskConical, MessagesSquare, Settings, UserRound } from '@lucide/vue'
import { useQuery } from '@tanstack/vue-query'
import { type Component, computed } from 'vue'
import { useRoute } from 'vue-router'
import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useSession } from '@/stores/session'

export interface Place {
  name: 'inbox' | 'sandbox' | 'settings' | 'me'
  to: string
  icon: Component
  active: boolean
  waiting: number
}

/** Where a person can go, as far as his role reaches. */
export function usePlaces() {
  const session = useSession()
  const route = useRoute()
  const counts = useQuery({ queryKey: keys.counts, queryFn: () => answer(api.GET('/api/v1/conversations/counts')) })

  const places = computed(() => {
    const all: (Omit<Place, 'active' | 'waiting'> & { shown: boolean })[] = [
      { name: 'inbox', to: '/', icon: MessagesSquare, shown: session.can('read') },
      { name: 'sandbox', to: '/sandbox', icon: FlaskConical, shown: session.plays },
      { name: 'settings', to: '/settings', icon: Settings, shown: session.can('read') },
      { name: 'me', to: '/me', icon: UserRound, shown: true },
    ]
    return all
      .filter((place) => place.shown)
      .map(({ shown: _, ...place }): Place => ({
        ...place,
        active: route.path.startsWith(place.name === 'inbox' ? '/inbox' : place.to),
        waiting: place.name === 'inbox' ? (counts.data.value?.awaiting_mine ?? 0) : 0,
      }))
  })
  return { places }
}
