import { expect, it } from 'vitest'
import { safeNext } from './next'

it('goes on only to a page of ours', () => {
  expect(safeNext('/inbox/all?kind=dm')).toBe('/inbox/all?kind=dm')
  for (const trap of ['//evil.example', '/\\evil.example', 'https://evil.example', '/login?next=/login', undefined, ['/x']]) expect(safeNext(trap)).toBe('/')
})
