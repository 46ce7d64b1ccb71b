import type { Limits } from '@/api/types'

const isHalf = (char: string) => char.codePointAt(0)! <= 0x7f

/** How long a text is as its platform counts: for `weibo` a full-width character is one and two ASCII ones are one, rounded up (docs/platforms/weibo.md §3). */
export function lengthOf(text: string, countAs: Limits['count_as']): number {
  const chars = Array.from(text)
  if (countAs === 'characters') return chars.length
  const halves = chars.filter(isHalf).length
  return chars.length - halves + Math.ceil(halves / 2)
}
