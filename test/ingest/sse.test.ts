// Server-sent events from bytes that are cut anywhere, and from a body that is read no faster than its events are taken.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEvents, type ServerEvent } from '../../ingest/sse.ts'

const bodyOf = (chunks: Uint8Array[]) => ReadableStream.from(chunks) as ReadableStream<Uint8Array>
async function all(chunks: Uint8Array[], mostBytes?: number): Promise<(ServerEvent | null)[]> {
  const found: (ServerEvent | null)[] = []
  for await (const events of readEvents(bodyOf(chunks), { stallMs: 5_000, mostBytes })) found.push(...events)
  return found
}
const text = (words: string) => [Buffer.from(words)]

describe('what is an event', () => {
  test.each<[string, string, (ServerEvent | null)[]]>([
    ['an event', 'event: update\ndata: {"a":1}\n\n', [{ event: 'update', data: '{"a":1}' }]],
    [
      'heartbeats and comments',
      ':)\n:thump\n\n:thump\nevent: delete\n:x\ndata: 7\n\n',
      [{ event: 'delete', data: '7' }],
    ],
    ['lines that end with CR LF', 'event: a\r\ndata: b\r\n\r\n', [{ event: 'a', data: 'b' }]],
    ['several lines of data', 'data: b\ndata:c\n\n', [{ event: 'message', data: 'b\nc' }]],
    ['no data', 'event: a\n\nevent: b\ndata: c\n\n', [{ event: 'b', data: 'c' }]],
    ['fields nobody knows', 'id: 4\nretry: 5\nnonsense\nevent: a\ndata: b\n\n', [{ event: 'a', data: 'b' }]],
    ['one that never ended', 'event: a\ndata: b\n', []],
    ['nothing', '', []],
  ])('%s', async (_, words, events) => {
    expect(await all(text(words))).toEqual(events)
  })

  test('wherever the bytes are cut, the events are the same', async () => {
    const words = Buffer.from(
      'event: update\r\ndata: {"text":"é🕊 naïve 日本"}\r\n\r\n:thump\nevent: delete\ndata: 12\n\n',
    )
    const whole = await all([words])
    expect(whole).toHaveLength(2)
    const cuts = fc.array(fc.nat(words.length), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const sorted = [0, ...places.sort((a, b) => a - b), words.length]
        const chunks = sorted.slice(1).map((end, at) => words.subarray(sorted[at], end))
        expect(await all(chunks)).toEqual(whole)
      }),
      { seed: 7, numRuns: 200 },
    )
  })

  test('an event that is too long is null, in one line or in many, and the next one is read', async () => {
    const long = 'x'.repeat(400)
    const events = [
      `event: a\ndata: ${long}\n\n`,
      `${`data: ${'y'.repeat(30)}\n`.repeat(20)}\n`,
      'event: b\ndata: c\n\n',
    ]
    const bytes = Buffer.from(events.join(''))
    const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => bytes.subarray(at * 7, at * 7 + 7))
    const expected = [null, null, { event: 'b', data: 'c' }]
    expect(await all([bytes], 200)).toEqual(expected)
    expect(await all(chunks, 200)).toEqual(expected)
  })
})

describe('how it ends', () => {
  const endOf = async (body: ReadableStream<Uint8Array>, stallMs: number) => {
    const reading = readEvents(body, { stallMs })
    for (let step = await reading.next(); ; step = await reading.next()) if (step.done) return step.value
  }
  test('closed by the other side, or broken', async () => {
    expect(await endOf(bodyOf(text('data: a\n\n')), 1_000)).toBe('closed')
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) })
    expect(await endOf(broken, 1_000)).toBe('closed')
  })
  test('silent for too long; a heartbeat is no silence', async () => {
    let beats = 0
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, beats++ < 6 ? 20 : 5_000))
        if (!isCancelled) controller.enqueue(Buffer.from(':thump\n'))
      },
      cancel: () => {
        isCancelled = true
      },
    })
    expect(await endOf(body, 60)).toBe('stalled')
    expect(beats).toBeGreaterThanOrEqual(6)
    expect(isCancelled).toBe(true)
  })
  test('a taker who is busy is no silence either, and nothing is read ahead', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled++
          controller.enqueue(Buffer.from(`data: ${pulled}\n\n`))
        },
      },
      { highWaterMark: 0 },
    )
    const reading = readEvents(body, { stallMs: 30 })
    await reading.next()
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(pulled).toBe(1)
    expect((await reading.next()).value).toEqual([{ event: 'message', data: '2' }])
    await reading.return('closed')
  })
})
