import { describe, expect, it } from 'vitest'
import { type ServerEvent, eventParser } from './events'

const parse = (...chunks: string[]) => {
  const seen: ServerEvent[] = []
  const push = eventParser((event) => seen.push(event))
  chunks.forEach(push)
  return seen
}

describe('the parser of server-sent events', () => {
  it('reads an event however the network has cut it', () => {
    const whole = 'id: 7\nevent: change\ndata: {"kind":"tag"}\n\n'
    for (let cut = 1; cut < whole.length; cut++)
      expect(parse(whole.slice(0, cut), whole.slice(cut))).toEqual([{ id: '7', event: 'change', data: '{"kind":"tag"}' }])
  })

  it('takes comment lines for signs of life only', () => {
    expect(parse(': beat\n\n', ': beat\r\n\r\n')).toEqual([])
  })

  it('joins data of several lines', () => {
    expect(parse('id: 1\ndata: a\ndata: b\n\ndata: c\n\n').map((event) => [event.id, event.data])).toEqual([['1', 'a\nb'], ['', 'c']])
  })

  it('tells of a number that stands alone', () => {
    expect(parse('id: 8\n\n')).toEqual([{ id: '8', event: '', data: '' }])
  })
})
