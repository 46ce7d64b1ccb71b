import { expect, it } from 'vitest'
import { lengthOf } from './length'

it.each([
  ['你好', 2],
  ['ab', 1],
  ['abc', 2],
  ['你好abc', 4],
  ['，。', 2],
  ['', 0],
  ['https://t.cn/A6x 看这里', 12],
])('counts %s as Weibo does: %i', (text, length) => {
  expect(lengthOf(text, 'weibo')).toBe(length)
})

it('counts characters one by one elsewhere, an emoji as one', () => {
  expect(lengthOf('ab你😀', 'characters')).toBe(4)
})
