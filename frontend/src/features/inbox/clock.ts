import type { Conversation } from '@/api/types'

/** What the clock chip of a row says. `left` is in milliseconds. */
export type ClockChip = { word: 'closed' } | { word: 'open'; left: number; soon: boolean; far: boolean } | { word: 'waiting'; passed: number; long: boolean }

const hour = 3_600_000

/** The nearer of reply window and waiting time: a window that closes within six hours comes first, then how long the fan has waited. In a list by `closing` windows, each says its own. */
export function clockChip(row: Conversation, now: number, closing = false): ClockChip | undefined {
  if (row.state === 'resolved') return undefined
  if (row.window && !row.window.open && row.awaiting) return { word: 'closed' }
  const left = row.window?.until && row.window.open ? Date.parse(row.window.until) - now : Infinity
  if (row.awaiting && left <= 0) return { word: 'closed' }
  const far = left >= 6 * hour
  if (closing ? left > 0 && left < Infinity : row.awaiting && !far) return { word: 'open', left, soon: left < 2 * hour, far }
  if (!row.awaiting || !row.waiting_since) return undefined
  const passed = now - Date.parse(row.waiting_since)
  return { word: 'waiting', passed, long: passed > hour }
}
