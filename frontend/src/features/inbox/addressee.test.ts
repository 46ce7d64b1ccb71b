import { describe, expect, it } from 'vitest'
import { cutAddressee, withoutAddressee } from './addressee'

describe('whom a comment answers', () => {
  it('is cut from what was written', () => {
    expect(cutAddressee('回复@山屿咖啡:你们每次都这么说')).toEqual(['回复@山屿咖啡:', '你们每次都这么说'])
    expect(cutAddressee('回复@一只懒洋洋的猫🐱： 好的')).toEqual(['回复@一只懒洋洋的猫🐱： ', '好的'])
  })

  it('is only what stands at the beginning', () => {
    for (const text of ['你好', '请回复@山屿咖啡:谢谢', '回复@山屿咖啡 谢谢', '']) expect(cutAddressee(text)).toEqual(['', text])
    expect(withoutAddressee('回复@甲:回复@乙:好')).toBe('回复@乙:好')
  })

  it('stays when nothing else was written', () => {
    expect(withoutAddressee('回复@山屿咖啡:')).toBe('回复@山屿咖啡:')
  })
})
