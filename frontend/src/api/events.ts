/** One server-sent event. One without data only says how far the stream is. */
export interface ServerEvent {
  id: string
  event: string
  data: string
}

/** Cuts a stream of text into server-sent events, however the network has cut it into chunks. */
export function eventParser(emit: (event: ServerEvent) => void) {
  let buffer = ''
  let next = { id: '', event: '', data: [] as string[] }

  function finish() {
    if (next.id || next.data.length) emit({ id: next.id, event: next.event, data: next.data.join('\n') })
    next = { id: '', event: '', data: [] }
  }

  function readLine(line: string) {
    if (line === '') return finish()
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
    if (field === 'data') next.data.push(value)
    else if (field === 'id' || field === 'event') next[field] = value
  }

  return (chunk: string) => {
    const lines = (buffer + chunk).split(/\r\n|\n/)
    buffer = lines.pop() ?? ''
    lines.forEach(readLine)
  }
}
