import { eventParser, type ServerEvent } from './events'

/** The stream was refused because nobody is signed in any more. */
export class SessionLost extends Error {}

export interface StreamHooks {
  onOpen(): void
  onByte(): void
  onEvent(event: ServerEvent): void
}

/** Opens the live stream after a change number and resolves when the line ends. Read with fetch, since EventSource can neither resume from a number we choose nor be seen to be alive. */
export async function connectStream(after: string, signal: AbortSignal, hooks: StreamHooks): Promise<void> {
  const headers = { Accept: 'text/event-stream', 'Last-Event-ID': after }
  const response = await fetch('/api/v1/stream', { headers, signal, cache: 'no-store', credentials: 'same-origin' })
  if (response.status === 401) throw new SessionLost()
  if (!response.ok || !response.body) throw new Error(`The stream was refused with ${response.status}`)
  hooks.onOpen()
  const parse = eventParser(hooks.onEvent)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    hooks.onByte()
    parse(part.value)
  }
}
