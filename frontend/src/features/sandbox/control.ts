import { noAnswer, Refusal } from '@/api/refusal'

// The control door of the pretend Weibo (connectors/weibo/sim/control.go). Ids are strings, instants RFC 3339.

export interface Brand {
  uid: string
  name: string
  avatar: string
  push_url: string
  authorized: boolean
  token_expires_at: string | null
}

export interface Fan {
  uid: string
  name: string
  avatar: string
  followers: number
  follows: string[]
}

export interface Comment {
  id: string
  uid: string
  name: string
  avatar: string
  text: string
  created_at: string
  reply_to: string
  deleted: boolean
}

export interface SandboxPost {
  id: string
  uid: string
  name: string
  avatar: string
  text: string
  created_at: string
  picture: string
  deleted: boolean
  comments: Comment[]
}

export interface ChatMessage {
  from: 'fan' | 'brand'
  type: string
  text: string
  picture: string
  created_at: string
  event: string
}

export interface Chat {
  fan: Pick<Fan, 'uid' | 'name' | 'avatar'>
  window_until: string | null
  left: number
  messages: ChatMessage[]
}

export interface Fault {
  endpoint: string
  kind: 'delay' | 'fail' | 'status' | 'drop_before' | 'accept_then_drop' | 'garbage'
  code?: number
  status?: number
  delay_ms?: number
  times: number
}

export type Family = 'open' | 'commercial'
export type Scene = 'daily' | 'promotion' | 'crisis'

export interface SandboxState {
  now: string
  family: Family
  traffic: { paused: boolean; per_minute: number; scene: Scene }
  quotas: { uid: string; used_today: number; limit_today: number; used_hour: number }[]
  brands: Brand[]
  fans: Fan[]
  faults: Fault[]
  counts: Record<string, number>
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const headers = body && { 'Content-Type': 'application/json' }
  const response = await fetch(`/sim/weibo/control/${path}`, { method, headers, body: JSON.stringify(body) }).catch(() => {
    throw noAnswer()
  })
  const answer = await response.json().catch(() => ({}))
  if (response.ok) return answer
  const words = typeof answer.error === 'string' ? answer.error : (answer.error?.zh ?? response.statusText)
  throw new Refusal({ code: 'invalid', zh: words, en: answer.error?.en ?? words }, response.status)
}

/** What can be seen and done in the pretend Weibo. */
export const control = {
  state: () => ask<SandboxState>('GET', 'state'),
  posts: async (brand: string) => (await ask<{ posts: SandboxPost[] }>('GET', `posts?brand=${brand}`)).posts,
  chats: async (brand: string) => (await ask<{ chats: Chat[] }>('GET', `chats?brand=${brand}`)).chats,
  order: (name: string, body: object) => ask<{ uid?: string; id?: string }>('POST', name, body),
  clearFaults: () => ask('DELETE', 'faults'),
}
