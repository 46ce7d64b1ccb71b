import { createI18n } from 'vue-i18n'
import type { Locale } from '@/api/types'

const catalogues = { 'zh-CN': () => import('./zh-CN'), en: () => import('./en') }

/** Words of the screens. Each language is fetched when it is first spoken. */
export const i18n = createI18n({ legacy: false, locale: 'zh-CN', fallbackLocale: false, messages: {} })

/** The language of the browser, for those who have not signed in yet. Chinese unless it clearly is another. */
export const browserLocale = (): Locale => (/^zh/i.test(navigator.language) || !navigator.language ? 'zh-CN' : 'en')

export async function speak(locale: Locale) {
  const global = i18n.global
  if (!global.availableLocales.includes(locale)) global.setLocaleMessage(locale, (await catalogues[locale]()).default as never)
  global.locale.value = locale
  document.documentElement.lang = locale
}
