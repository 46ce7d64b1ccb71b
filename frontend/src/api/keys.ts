import type { ConversationQuery } from './types'

/** The names under which answers are kept in the query cache; every prefix can be invalidated as a whole. */
export const keys = {
  account: (id: string) => ['accounts', id] as const,
  accounts: ['accounts'] as const,
  agents: ['agents'] as const,
  conversation: (id: string) => ['conversation', id] as const,
  conversations: (filter: ConversationQuery) => ['conversations', filter] as const,
  counts: ['counts'] as const,
  deadLetters: ['dead-letters'] as const,
  everyConversationList: ['conversations'] as const,
  messages: (id: string) => ['messages', id] as const,
  platforms: ['platforms'] as const,
  rules: ['rules'] as const,
  sandbox: ['sandbox'] as const,
  sessions: ['sessions'] as const,
  skillGroups: ['skill-groups'] as const,
  system: ['system'] as const,
  tags: ['tags'] as const,
}
