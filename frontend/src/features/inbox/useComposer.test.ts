import { describe, expect, it } from 'vitest'
import { meaningOf } from './useComposer'

const press = (more: KeyboardEventInit & { keyCode?: number } = {}) => new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', ...more })

describe('Enter in the composer', () => {
  it('sends, and breaks the line with Shift', () => {
    expect(meaningOf(press(), true)).toBe('send')
    expect(meaningOf(press({ shiftKey: true }), true)).toBe('nothing')
  })

  it('breaks the line where the person has set it so, and on phones', () => {
    expect(meaningOf(press(), false)).toBe('nothing')
  })

  it('never sends while it confirms a candidate of an input method', () => {
    expect(meaningOf(press({ isComposing: true }), true)).toBe('nothing')
    expect(meaningOf(press({ isComposing: true, ctrlKey: true }), true)).toBe('nothing')
    expect(meaningOf(press({ keyCode: 229 }), true)).toBe('nothing')
    expect(meaningOf(press({ key: 'Process', keyCode: 229 }), true)).toBe('nothing')
  })

  it('sends with Ctrl or ⌘ whatever is set, and resolves with Shift as well', () => {
    expect(meaningOf(press({ ctrlKey: true }), false)).toBe('send')
    expect(meaningOf(press({ metaKey: true, shiftKey: true }), true)).toBe('sendAndResolve')
  })
})
