import type { InfiniteData } from '@tanstack/vue-query'
import { compareDecimal } from '@/api/decimal'
import type { Conversation, ConversationPage } from '@/api/types'

/** The pages of one list, as the query cache holds them. */
export type Pages = InfiniteData<ConversationPage, string | undefined>

export const rowsOf = (pages: Pages | undefined): Conversation[] => pages?.pages.flatMap((page) => page.conversations) ?? []

/** Of two readings of the same conversation the later one, whatever order they came in; what only the fuller one holds is kept. */
export function newer(old: Conversation, now: Conversation): Conversation {
  return compareDecimal(now.version, old.version) < 0 ? old : { ...now, post: now.post ?? old.post }
}

/** Newest activity first, as the server lists them. */
export const byActivity = (a: Conversation, b: Conversation) =>
  Date.parse(b.last_activity_at) - Date.parse(a.last_activity_at) || compareDecimal(b.id, a.id)

/** The window that closes soonest first. */
export const byClosing = (a: Conversation, b: Conversation) =>
  Date.parse(a.window?.until ?? '') - Date.parse(b.window?.until ?? '') || compareDecimal(a.id, b.id)

/** Brings rows up to date where they stand: nothing moves. */
export function patchRows(pages: Pages, fresh: Map<string, Conversation>): Pages {
  const patch = (page: ConversationPage) => {
    if (!page.conversations.some((row) => fresh.has(row.id))) return page
    return { ...page, conversations: page.conversations.map((row) => newer(row, fresh.get(row.id) ?? row)) }
  }
  return { ...pages, pages: pages.pages.map(patch) }
}

/** Lets newcomers in and puts everything in its place again; rows that no longer belong leave. What stands after the loaded rows stays for its page. */
export function admitRows(pages: Pages, newcomers: Conversation[], stays: (row: Conversation) => boolean, order = byActivity): Pages {
  const known = new Map(rowsOf(pages).map((row) => [row.id, row]))
  for (const row of newcomers) known.set(row.id, newer(known.get(row.id) ?? row, row))
  const next_cursor = pages.pages.at(-1)?.next_cursor
  const last = next_cursor ? rowsOf(pages).at(-1) : undefined
  const conversations = [...known.values()].filter((row) => stays(row) && (!last || order(row, last) <= 0)).sort(order)
  return { pages: [{ conversations, next_cursor }], pageParams: [undefined] }
}

export function dropRow(pages: Pages, id: string): Pages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, conversations: page.conversations.filter((row) => row.id !== id) })) }
}

/** Rows that have had news since the list was last put in order, and would stand higher in it now. */
export function risen(rows: Conversation[]): string[] {
  let oldestAbove = Infinity
  return rows
    .filter((row) => {
      const at = Date.parse(row.last_activity_at)
      const rose = at > oldestAbove
      oldestAbove = Math.min(oldestAbove, at)
      return rose
    })
    .map((row) => row.id)
}
