import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { answer, api } from '@/api/client'
import { asRefusal } from '@/api/refusal'
import type { Me, MeChange, Permission } from '@/api/types'

/** Who is signed in, and what that person may do. */
export const useSession = defineStore('session', () => {
  const me = shallowRef<Me>()
  const asked = ref(false)

  const signedIn = computed(() => me.value !== undefined)
  const can = (permission: Permission) => me.value?.permissions.includes(permission) ?? false

  /** The pretend platform is for those who also bind real ones. */
  const plays = computed(() => (me.value?.sandbox ?? false) && can('manage_accounts'))

  /** Asks the server who we are, once; a refusal of another kind than "nobody" is thrown. */
  async function load() {
    try {
      me.value = await answer(api.GET('/api/v1/me'))
    } catch (error) {
      if (asRefusal(error).status !== 401) throw error
      me.value = undefined
    }
    asked.value = true
  }

  async function signIn(login: string, password: string) {
    me.value = await answer(api.POST('/api/v1/session', { body: { login, password } }))
    asked.value = true
  }

  async function signOut() {
    await answer(api.DELETE('/api/v1/session'))
    forget()
  }

  async function change(change: MeChange) {
    me.value = await answer(api.PATCH('/api/v1/me', { body: change }))
  }

  function enter(who: Me) {
    me.value = who
    asked.value = true
  }

  function forget() {
    me.value = undefined
  }

  return { me, asked, signedIn, can, plays, load, signIn, signOut, change, enter, forget }
})
