import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EffectScope, effectScope } from 'vue'
import { usePreferences } from './usePreferences'
import { useShortcuts } from './useShortcuts'

const next = vi.fn()
const settings = vi.fn()
let scope: EffectScope

function press(code: string, more: KeyboardEventInit = {}, target: EventTarget = document.body) {
  target.dispatchEvent(new KeyboardEvent('keydown', { code, bubbles: true, cancelable: true, ...more }))
}

beforeEach(() => {
  vi.clearAllMocks()
  scope = effectScope()
  scope.run(() => useShortcuts({ KeyJ: next, 'KeyG KeyS': settings }))
})
afterEach(() => {
  scope.stop()
  usePreferences().singleKeys = true
  document.body.replaceChildren()
})

describe('single keys', () => {
  it('are known by their place, so that a Chinese input method does not swallow them', () => {
    press('KeyJ', { key: 'Process', keyCode: 229 } as KeyboardEventInit)
    expect(next).toHaveBeenCalledOnce()
  })

  it('rest while somebody types, while a candidate is chosen and with Alt', () => {
    const field = document.body.appendChild(document.createElement('textarea'))
    press('KeyJ', {}, field)
    press('KeyJ', { isComposing: true })
    press('KeyJ', { altKey: true })
    expect(next).not.toHaveBeenCalled()
  })

  it('rest while a dialog is open', () => {
    document.body.appendChild(document.createElement('div')).setAttribute('role', 'dialog')
    press('KeyJ')
    expect(next).not.toHaveBeenCalled()
  })

  it('can be switched off', () => {
    usePreferences().singleKeys = false
    press('KeyJ')
    expect(next).not.toHaveBeenCalled()
  })

  it('can follow each other', () => {
    press('KeyS')
    press('KeyG')
    press('KeyS')
    press('KeyS')
    expect(settings).toHaveBeenCalledOnce()
  })

  it('end with the component that brought them', () => {
    scope.stop()
    press('KeyJ')
    expect(next).not.toHaveBeenCalled()
  })
})
