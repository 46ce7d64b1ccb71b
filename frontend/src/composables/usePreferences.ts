import { reactive, watch } from 'vue'

export type AfterResolving = 'stay' | 'next'

/** What a person sets for this browser alone. */
export interface Preferences {
  singleKeys: boolean
  enterSends: boolean
  compact: boolean
  contactPanel: boolean
  afterResolving: AfterResolving
}

const place = 'weibox:preferences'
const presets: Preferences = { singleKeys: true, enterSends: true, compact: false, contactPanel: true, afterResolving: 'stay' }

function read(): Preferences {
  try {
    return { ...presets, ...JSON.parse(localStorage.getItem(place) ?? '{}') }
  } catch {
    return { ...presets }
  }
}

const preferences = reactive(read())
watch(preferences, () => localStorage.setItem(place, JSON.stringify(preferences)))

export const usePreferences = () => preferences
