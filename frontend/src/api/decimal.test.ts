import { expect, it } from 'vitest'
import { compareDecimal, later } from './decimal'

it('orders numbers that are too large for a JavaScript number', () => {
  expect(compareDecimal('9223372036854775806', '9223372036854775807')).toBeLessThan(0)
  expect(compareDecimal('10', '9')).toBeGreaterThan(0)
  expect(compareDecimal('42', '42')).toBe(0)
  expect(later('99', '100')).toBe('100')
})
