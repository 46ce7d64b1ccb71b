import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useClock } from './useClock'

const timeZone = 'Asia/Shanghai'
const formats = new Map<string, Intl.DateTimeFormat>()

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = locale + JSON.stringify(options)
  const known = formats.get(name) ?? new Intl.DateTimeFormat(locale, { timeZone, hourCycle: 'h23', ...options })
  formats.set(name, known)
  return known
}

/** The day of an instant on the workspace's calendar, as 2026-11-22. */
export const dayOf = (instant: string | number) =>
  format('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(instant))

const hour = 3_600_000

/** Instants in words: always the workspace's time zone and 24 hours. */
export function useDates() {
  const { locale, t } = useI18n()
  const now = useClock()
  const today = computed(() => dayOf(now.value))
  const yesterday = computed(() => dayOf(now.value - 24 * hour))
  const write = (instant: string, options: Intl.DateTimeFormatOptions) => format(locale.value, options).format(new Date(instant))

  const time = (instant: string) => write(instant, { hour: '2-digit', minute: '2-digit' })
  const exact = (instant: string) => write(instant, { dateStyle: 'medium', timeStyle: 'medium' } as Intl.DateTimeFormatOptions)

  /** The heading over the messages of one day. */
  function day(instant: string): string {
    const date = dayOf(instant)
    if (date === today.value) return t('time.today')
    if (date === yesterday.value) return t('time.yesterday')
    const thisYear = date.slice(0, 4) === today.value.slice(0, 4)
    return write(instant, { month: 'long', day: 'numeric', weekday: 'short', ...(thisYear ? {} : { year: 'numeric' }) })
  }

  /** The shortest that says when: the time today, else the day. */
  function short(instant: string): string {
    const date = dayOf(instant)
    if (date === today.value) return time(instant)
    if (date === yesterday.value) return t('time.yesterday')
    const thisYear = date.slice(0, 4) === today.value.slice(0, 4)
    return write(instant, thisYear ? { month: 'numeric', day: 'numeric' } : { year: 'numeric', month: 'numeric', day: 'numeric' })
  }

  /** The day and the time, the day left out when it is today. */
  const moment = (instant: string) => (dayOf(instant) === today.value ? time(instant) : t('time.moment', { day: short(instant), time: time(instant) }))

  /** A length of time in its largest sensible unit. */
  function span(milliseconds: number): string {
    const minutes = Math.max(1, Math.round(milliseconds / 60_000))
    if (minutes < 60) return t('time.minutes', { n: minutes })
    if (minutes < 48 * 60) return t('time.hours', { n: Math.floor(minutes / 60) })
    return t('time.days', { n: Math.floor(minutes / 1440) })
  }

  /** A length of time given in seconds, exact below a minute. */
  const lasting = (seconds: number) => (seconds < 60 ? t('time.seconds', { n: seconds }) : span(seconds * 1000))

  const ago = (instant: string) => {
    const passed = now.value - Date.parse(instant)
    return passed < 60_000 ? t('time.justNow') : t('time.ago', { span: span(passed) })
  }

  return { now, time, exact, day, short, moment, span, lasting, ago }
}
