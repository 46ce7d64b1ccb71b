import { expect, it } from 'vitest'
import { ulid } from './ulid'

it('makes keys the contract accepts, which sort by the time they were made', () => {
  const [first, second] = [ulid(1_700_000_000_000), ulid(1_700_000_000_001)]
  expect(first).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(first < second).toBe(true)
  expect(new Set(Array.from({ length: 1000 }, () => ulid(5))).size).toBe(1000)
})
