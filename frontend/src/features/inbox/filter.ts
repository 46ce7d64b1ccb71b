import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Conversation, ConversationQuery, Kind, View } from '@/api/types'

export const views: View[] = ['mine', 'unassigned', 'all']
export const kinds: Kind[] = ['dm', 'comment', 'mention']
export const states = ['open', 'snoozed', 'resolved'] as const
export type StateFilter = (typeof states)[number] | 'all'

/** What a list shows, as the address of the page says it. Open conversations are what an agent comes for, so they need no word. */
export interface InboxFilter {
  view: View
  state: StateFilter
  accountIds: string[]
  kinds: Kind[]
  assigneeId?: string
  tagId?: string
  awaiting: boolean
  /** Those whose reply window closes soonest first; only such as have one. */
  closing: boolean
}

const texts = (value: LocationQuery[string] | undefined) => [value ?? []].flat().filter((one): one is string => typeof one === 'string')
const isId = (text: string) => /^[1-9]\d{0,18}$/.test(text)

export function readFilter(view: string, query: LocationQuery): InboxFilter {
  const state = texts(query.state)[0]
  return {
    view: views.find((one) => one === view) ?? 'all',
    state: ([...states, 'all'] as StateFilter[]).find((one) => one === state) ?? 'open',
    accountIds: texts(query.account).filter(isId),
    kinds: kinds.filter((kind) => texts(query.kind).includes(kind)),
    assigneeId: texts(query.assignee).find(isId),
    tagId: texts(query.tag).find(isId),
    awaiting: texts(query.awaiting)[0] === '1',
    closing: texts(query.sort)[0] === 'closing',
  }
}

/** The query parameters of a filter; what is preset is left out, so that addresses stay short. */
export function writeFilter(filter: InboxFilter): LocationQueryRaw {
  return {
    state: filter.state === 'open' ? undefined : filter.state,
    account: filter.accountIds.length ? filter.accountIds : undefined,
    kind: filter.kinds.length ? filter.kinds : undefined,
    assignee: filter.assigneeId,
    tag: filter.tagId,
    awaiting: filter.awaiting ? '1' : undefined,
    sort: filter.closing ? 'closing' : undefined,
  }
}

export const isNarrowed = (filter: InboxFilter) => Object.values(writeFilter(filter)).some((value) => value !== undefined)

/** The same question in the words of the contract. */
export function toQuery(filter: InboxFilter): ConversationQuery {
  return {
    view: filter.view,
    state: filter.state === 'all' ? undefined : filter.state,
    account_id: filter.accountIds.length ? filter.accountIds : undefined,
    kind: filter.kinds.length ? filter.kinds : undefined,
    assignee_id: filter.assigneeId,
    tag_id: filter.tagId,
    awaiting: filter.awaiting || undefined,
    sort: filter.closing ? 'closing' : undefined,
  }
}

/** Whether a row the live stream brought belongs into the list of this query. The server answers the same when it is asked. */
export function belongs(row: Conversation, query: ConversationQuery, me: string): boolean {
  const inView = { mine: row.assignee?.id === me, unassigned: !row.assignee, all: true }[query.view ?? 'all']
  return (
    inView &&
    (!query.state || row.state === query.state) &&
    (!query.account_id?.length || query.account_id.includes(row.account_id)) &&
    (!query.kind?.length || query.kind.includes(row.kind)) &&
    (!query.assignee_id || row.assignee?.id === query.assignee_id) &&
    (!query.tag_id || row.tags.some((tag) => tag.id === query.tag_id)) &&
    (!query.awaiting || row.awaiting) &&
    (query.sort !== 'closing' || Boolean(row.window?.open && row.window.until))
  )
}
