import createClient from 'openapi-fetch'
import { noAnswer, refusalOf } from './refusal'
import type { paths } from './schema'

type SessionLostListener = () => void
let sessionLost: SessionLostListener = () => {}

/** Who wants to know that the server no longer recognises the session. */
export function onSessionLost(listener: SessionLostListener) {
  sessionLost = listener
}

/** The typed door to `/api/v1`. Wrap each call in `answer`, which returns the data or throws a `Refusal`. */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' })

interface Result<T> {
  data?: T
  error?: unknown
  response: Response
}

const isSignIn = (response: Response) => response.url.endsWith('/api/v1/session')

export async function answer<T>(request: Promise<Result<T>>): Promise<T> {
  const result = await request.catch(() => {
    throw noAnswer()
  })
  if (result.response.ok) return result.data as T
  if (result.response.status === 401 && !isSignIn(result.response)) sessionLost()
  throw refusalOf(result.response.status, result.error)
}
