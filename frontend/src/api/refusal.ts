import type { components } from './schema'
import type { Sentence } from './types'

type Body = components['schemas']['Error']['error']

/** Anything that kept a request from being done: the server's refusal, or a line that carried no answer (code `offline`). */
export class Refusal extends Error {
  constructor(
    readonly body: Body,
    readonly status: number,
  ) {
    super(body.en)
    this.name = 'Refusal'
  }

  get code() {
    return this.body.code
  }

  get sentence(): Sentence {
    return { zh: this.body.zh, en: this.body.en }
  }
}

const silent = (status: number): Body => ({
  code: 'internal',
  zh: `服务没有正常回答（${status}），请稍后重试`,
  en: `The server did not answer properly (${status}); please try again in a moment`,
})

/** The server refused; what it said is kept, and an answer without words gets plain ones. */
export function refusalOf(status: number, answer: unknown): Refusal {
  const body = (answer as { error?: Body } | undefined)?.error
  return new Refusal(body?.code ? body : silent(status), status)
}

/** No answer came: whether the request was carried out is not known. */
export function noAnswer(): Refusal {
  const zh = '网络不通，没有收到服务的回答，请检查网络后重试'
  const en = 'No answer from the server; check the network and try again'
  return new Refusal({ code: 'offline', zh, en }, 0)
}

export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : noAnswer()
}
