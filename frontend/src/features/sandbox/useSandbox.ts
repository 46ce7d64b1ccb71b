import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { type InjectionKey, computed, inject, provide, ref } from 'vue'
import { keys } from '@/api/keys'
import { useAct } from '@/composables/useAct'
import { type Fan, type Fault, control } from './control'

const pace = 2000 // Milliseconds between looks, only while the page is visible.

/** The pretend Weibo as the page shows and drives it: one brand, and one fan in whose name things are written. */
function createSandbox() {
  const cache = useQueryClient()
  const { busy, act } = useAct({ together: true })
  const chosenBrand = ref<string>()
  const chosenFan = ref<string>()

  const state = useQuery({ queryKey: [...keys.sandbox, 'state'], queryFn: control.state, refetchInterval: pace })
  const brands = computed(() => state.data.value?.brands ?? [])
  const fans = computed(() => state.data.value?.fans ?? [])
  const brand = computed(() => brands.value.find((one) => one.uid === chosenBrand.value) ?? brands.value[0])
  const fan = computed<Fan | undefined>(() => fans.value.find((one) => one.uid === chosenFan.value) ?? fans.value[0])
  const uid = computed(() => brand.value?.uid ?? '')
  const known = computed(() => uid.value !== '')

  const posts = useQuery({ queryKey: [...keys.sandbox, 'posts', uid], queryFn: () => control.posts(uid.value), enabled: known, refetchInterval: pace })
  const chats = useQuery({ queryKey: [...keys.sandbox, 'chats', uid], queryFn: () => control.chats(uid.value), enabled: known, refetchInterval: pace })

  /** Gives an order and looks at once at what it has changed. */
  function order(name: string, body: object, words?: string) {
    return act(async () => {
      await control.order(name, body)
      await cache.invalidateQueries({ queryKey: keys.sandbox })
    }, words)
  }

  async function createFan(name: string) {
    return act(async () => {
      const made = await control.order('fans', { name, authorized: true })
      await cache.invalidateQueries({ queryKey: keys.sandbox })
      chosenFan.value = made.uid
    })
  }

  async function clearFaults() {
    await act(async () => {
      await control.clearFaults()
      await cache.invalidateQueries({ queryKey: keys.sandbox })
    })
  }

  return {
    state,
    brands,
    fans,
    brand,
    fan,
    posts,
    chats,
    busy,
    order,
    createFan,
    clearFaults,
    addFault: (fault: Fault) => order('fault', fault),
    chooseBrand: (next: string) => (chosenBrand.value = next),
    chooseFan: (next: string) => (chosenFan.value = next),
  }
}

type Sandbox = ReturnType<typeof createSandbox>
const place: InjectionKey<Sandbox> = Symbol('sandbox')

export function provideSandbox(): Sandbox {
  const sandbox = createSandbox()
  provide(place, sandbox)
  return sandbox
}

export const useSandbox = () => inject(place)!
