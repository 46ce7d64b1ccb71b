import { onScopeDispose } from 'vue'
import { usePreferences } from './usePreferences'

/** Named by the physical key, so that an input method in Chinese mode does not swallow it: `KeyJ`, `Shift+KeyE`, `Mod+KeyK`, `KeyG KeyI`. */
export type Shortcuts = Record<string, () => void>

const layers: Shortcuts[] = []
let leader = ''
let leaderUntil = 0

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const nameOf = (event: KeyboardEvent) =>
  (event.ctrlKey || event.metaKey ? 'Mod+' : '') + (event.shiftKey ? 'Shift+' : '') + event.code

/** On a button these keys already mean "press it". */
const pressesTarget = (event: KeyboardEvent) =>
  /^(Enter|NumpadEnter|Space)$/.test(event.code) && event.target instanceof HTMLElement && event.target.closest('button,a,[role^=menuitem],[role=option]') !== null

const overlayOpen = () => document.querySelector('[role=dialog],[role=alertdialog],[role=menu],[role=listbox]') !== null

function find(name: string): (() => void) | undefined {
  return layers.findLast((layer) => name in layer)?.[name]
}

function run(event: KeyboardEvent, name: string) {
  const action = find(leader && Date.now() < leaderUntil ? `${leader} ${name}` : name)
  leader = ''
  if (action) {
    event.preventDefault()
    action()
  } else if (layers.some((layer) => Object.keys(layer).some((known) => known.startsWith(`${name} `)))) {
    leader = name
    leaderUntil = Date.now() + 1500
  }
}

/** Decides whether a key press is ours, and whose. Exported for the tests. */
export function handleKey(event: KeyboardEvent) {
  const name = nameOf(event)
  const single = !name.startsWith('Mod+') && event.code !== 'Escape'
  if (event.defaultPrevented || event.altKey || event.isComposing || overlayOpen()) return
  if (single && (typing(event.target) || !usePreferences().singleKeys || pressesTarget(event))) return
  run(event, name)
}

addEventListener('keydown', handleKey)

/** Adds keys for as long as the surrounding component lives; the newest component is asked first. */
export function useShortcuts(shortcuts: Shortcuts) {
  layers.push(shortcuts)
  onScopeDispose(() => layers.splice(layers.indexOf(shortcuts), 1))
}
