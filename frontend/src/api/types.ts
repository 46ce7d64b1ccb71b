import type { components, operations } from './schema'

type Schemas = components['schemas']

export type Account = Schemas['Account']
export type Agent = Schemas['Agent']
export type AgentChange = Schemas['AgentChange']
export type AgentRef = Schemas['AgentRef']
export type Attachment = Schemas['Attachment']
export type Capability = Schemas['Capability']
export type Conversation = Schemas['Conversation']
export type ConversationCounts = Schemas['ConversationCounts']
export type ConversationPage = Schemas['ConversationPage']
export type ConversationQuery = NonNullable<operations['conversations']['parameters']['query']>
export type DeadLetter = Schemas['DeadLetter']
export type Delivery = Schemas['Delivery']
export type Kind = Schemas['Kind']
export type Limits = Schemas['Limits']
export type Locale = Schemas['Locale']
export type Me = Schemas['Me']
export type MeChange = Schemas['MeChange']
export type Message = Schemas['Message']
export type MessagePage = Schemas['MessagePage']
export type NewAgent = Schemas['NewAgent']
export type NewReply = Schemas['NewReply']
export type Permission = Schemas['Permission']
export type Platform = Schemas['Platform']
export type Post = Schemas['Post']
export type Presence = Schemas['Presence']
export type ReplyWindow = Schemas['Window']
export type Role = Schemas['Role']
export type Rule = Schemas['Rule']
export type RuleList = Schemas['RuleList']
export type Sentence = Schemas['Sentence']
export type SkillGroup = Schemas['SkillGroup']
export type System = Schemas['System']
export type Tag = Schemas['Tag']
export type TimelineEvent = Schemas['Event']
export type Transfer = Schemas['Transfer']
export type View = NonNullable<ConversationQuery['view']>

/** One committed change, as the live stream tells it. Of kind `message`, the id is that of the conversation. */
export interface Change {
  kind: 'conversation' | 'message' | 'account' | 'agent' | 'tag' | 'rule' | 'group'
  id: string
  seq: string
  account_id?: string
}
