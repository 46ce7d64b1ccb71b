import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import en from './en'
import zh from './zh-CN'

type Words = { [key: string]: string | Words }

const flat = (words: Words, path = ''): [string, string][] =>
  Object.entries(words).flatMap(([key, value]) => (typeof value === 'string' ? [[path + key, value] as [string, string]] : flat(value, `${path}${key}.`)))

const chinese = new Map(flat(zh))
const english = new Map(flat(en))
const slots = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort()
const sources = import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../**/*.test.ts'], { query: '?raw', import: 'default', eager: true })

describe('the catalogues', () => {
  it('have the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('fill in the same values', () => {
    for (const [key, text] of chinese) expect(slots(english.get(key) ?? ''), key).toEqual(slots(text))
  })

  it('can all be spoken', () => {
    for (const [locale, words] of [['zh-CN', zh], ['en', en]] as const) {
      const { t } = createI18n({ legacy: false, locale, messages: { [locale]: words } }).global
      for (const [key] of flat(words)) expect(() => t(key, { n: 2, name: 'x' }, 2)).not.toThrow()
    }
  })

  it('hold every key that a page asks for by its name', () => {
    for (const [path, source] of Object.entries(sources))
      for (const [, key] of source.matchAll(/\bt\(\s*'([\w.]+)'/g)) expect(chinese.has(key!), `${key} in ${path}`).toBe(true)
  })

  it('hold nothing that no page asks for', () => {
    const all = Object.values(sources).join('\n')
    const asked = (key: string) => all.includes(`'${key}'`) || [...all.matchAll(/`([\w.]+\.)\$\{/g)].some(([, prefix]) => key.startsWith(prefix!))
    expect([...chinese.keys()].filter((key) => !asked(key))).toEqual([])
  })

  it('leave no Chinese in the English ones', () => {
    for (const [key, text] of english) expect(text, key).not.toMatch(/\p{Script=Han}/u)
  })
})
