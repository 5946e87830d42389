// Server-sent events out of a response, as fast as they are taken and no faster: the body is read only when somebody
// waits for more. Lines may be cut anywhere, also inside a character. Comments (heartbeats) only show that the other side
// lives. What is longer than the limit is given as null, so that it can be counted; never more than that is kept.
export interface ServerEvent {
  event: string
  data: string
}

export interface EventOptions {
  /** Without a byte for this long, while we wait for one, the connection is taken for dead. */
  stallMs: number
  mostBytes?: number
}

/** Events in groups as they arrive. Returns how it ended; a connection that breaks is one that was closed. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { stallMs, mostBytes = 1_048_576 }: EventOptions,
): AsyncGenerator<(ServerEvent | null)[], 'closed' | 'stalled'> {
  const reader = body.getReader()
  const parser = createParser(mostBytes)
  try {
    while (true) {
      const chunk = await nextChunk(reader, stallMs)
      if (chunk === 'closed' || chunk === 'stalled') return chunk
      const events = parser(chunk)
      if (events.length > 0) yield events
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  stallMs: number,
): Promise<Uint8Array | 'closed' | 'stalled'> {
  const { promise: stalled, resolve } = Promise.withResolvers<'stalled'>()
  const timer = setTimeout(() => resolve('stalled'), stallMs)
  try {
    const chunk = reader.read().then(
      ({ value }) => value ?? ('closed' as const),
      () => 'closed' as const,
    )
    return await Promise.race([chunk, stalled])
  } finally {
    clearTimeout(timer)
  }
}

function createParser(most: number): (chunk: Uint8Array) => (ServerEvent | null)[] {
  const decoder = new TextDecoder()
  let line = ''
  let event = ''
  let data: string[] = []
  let size = 0
  const end = (): ServerEvent | null | undefined => {
    const told = size > most ? null : data.length > 0 ? { event: event || 'message', data: data.join('\n') } : undefined
    ;[event, data, size] = ['', [], 0]
    return told
  }
  return (chunk) => {
    const events: (ServerEvent | null)[] = []
    const text = decoder.decode(chunk, { stream: true })
    line += text
    // Joined only at its end: a line that comes byte by byte costs no more than one that comes at once.
    const lines = text.includes('\n') ? line.split('\n') : [line]
    line = lines.pop()!
    for (const raw of lines) {
      const whole = raw.endsWith('\r') ? raw.slice(0, -1) : raw
      if (whole === '') {
        const told = end()
        if (told !== undefined) events.push(told)
        continue
      }
      size += whole.length
      const [, name, value] = /^([^:]*):? ?([\s\S]*)$/.exec(whole)!
      if (size > most) data = []
      else if (name === 'event') event = value!
      else if (name === 'data') data.push(value!)
    }
    if (line.length > most) {
      size += line.length
      line = '' // what follows of it is no field that counts: the event is too long already
    }
    return events
  }
}
