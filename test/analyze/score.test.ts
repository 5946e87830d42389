import { PassThrough, Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEncoder } from '../../analyze/encoder.ts'
import { scoreLines } from '../../analyze/score.ts'
import { makeTexts } from '../../bench/score.ts'
import type { Mention, Model } from '../../types.ts'
import { mentionOf, modelFolder } from './model.ts'

let model: Model
beforeAll(async () => {
  model = await openEncoder({ folder: modelFolder, threads: 2 })
})
afterAll(() => model[Symbol.asyncDispose]())

async function collect(input: Iterable<string | Buffer>, with_: Model = model): Promise<string> {
  let text = ''
  const output = new Writable({
    write(chunk, _, done) {
      text += chunk
      done()
    },
  })
  await scoreLines({ input: Readable.from(input), output, model: with_ })
  expect(output.writableEnded).toBe(false) // stdout is not ours to close
  return text
}
const score = async (lines: string[]) =>
  (await collect([lines.map((line) => `${line}\n`).join('')]))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('a line of scores', () => {
  test('has exactly the fields of the outside names', async () => {
    const [line] = await score([
      JSON.stringify({ id: 'a', text: 'I hope the talks begin soon', lang: 'en', target: 'peace talks' }),
    ])
    expect(Object.keys(line)).toEqual('id lang model sentiment emotion irony offensive hate stance'.split(' '))
    expect(line).toMatchObject({ id: 'a', lang: 'en', model: model.id })
    expect(Object.keys(line.sentiment)).toEqual(['negative', 'neutral', 'positive'])
    expect(Object.keys(line.stance)).toEqual(['against', 'neither', 'favor'])
    expect(Object.keys(line.emotion)).toEqual(model.labels.emotion)
    for (const name of ['irony', 'offensive', 'hate']) expect(line[name]).toEqual(expect.any(Number))
  })

  test('without a target has no stance', async () => {
    const lines = await score([
      '{"id":"a","text":"I hope so"}',
      '{"id":"b","text":"I hope so","target":null}',
      '{"id":"c","text":"I hope so","target":" "}',
    ])
    expect(lines.map(({ stance }) => stance)).toEqual([null, null, null])
  })

  test('agrees with the model', async () => {
    const text = 'Nobody believes in these talks any more.'
    const [line] = await score([JSON.stringify({ id: 1, text, target: 'the talks' })])
    const [own] = await model.score([mentionOf(text, { targets: [{ id: 't', text: 'the talks' }] })])
    expect(line.sentiment.negative).toBeCloseTo(own!.sentiment.negative!, 5)
    expect(line.stance.favor).toBeCloseTo(own!.stance.t!.favor!, 5)
    expect(line.id).toBe(1)
  })

  test('of a post in another language says so, in the same shape', async () => {
    const [line] = await score(['{"id":"a","text":"Hoffentlich reden sie endlich","lang":"de","target":"talks"}'])
    expect(line).toEqual({
      ...{ id: 'a', lang: 'de', model: model.id, sentiment: {}, emotion: {}, irony: null, offensive: null, hate: null },
      ...{ stance: null, skipped: 'language' },
    })
  })

  test('trusts a given language', async () => {
    const [line] = await score(['{"id":"a","text":"Hoffentlich reden sie endlich","lang":"en"}'])
    expect(line).toMatchObject({ lang: 'en' })
    expect(line.skipped).toBeUndefined()
  })
})

describe('a line that is no post', () => {
  const bad: [string, object][] = [
    ['nonsense', { id: null, skipped: 'malformed', error: 'the line is not JSON' }],
    ['', { id: null, skipped: 'malformed' }],
    ['{"id":"a","text":"cut off', { id: null, skipped: 'malformed' }],
    ['[1,2]', { id: null, skipped: 'malformed', error: 'the line is not a JSON object' }],
    ['null', { id: null, skipped: 'malformed' }],
    ['{"id":"b"}', { id: 'b', skipped: 'empty', error: 'there is no text' }],
    ['{"id":"c","text":""}', { id: 'c', skipped: 'empty' }],
    ['{"id":"d","text":null}', { id: 'd', skipped: 'empty' }],
    ['{"id":"e","text":7}', { id: 'e', skipped: 'malformed', error: 'text must be a string' }],
    ['{"id":"f","text":"x","lang":7}', { id: 'f', skipped: 'malformed', error: 'lang must be a string' }],
    ['{"id":"g","text":"x","target":{}}', { id: 'g', skipped: 'malformed', error: 'target must be a string' }],
    ['{"id":{},"text":""}', { id: null, skipped: 'empty' }],
    ['{"id":"h","text":"  \\u200b "}', { id: 'h', skipped: 'empty' }],
  ]
  test.each(bad)('%j still gets its line', async (line, expected) => {
    const lines = await score(['{"id":"before","text":"fine"}', line, '{"id":"after","text":"fine"}'])
    expect(lines).toHaveLength(3)
    expect(lines[1]).toMatchObject({ ...expected, sentiment: {}, emotion: {}, stance: null, model: model.id })
    expect([lines[0].id, lines[2].id]).toEqual(['before', 'after'])
    expect(lines[2].skipped).toBeUndefined()
  })

  test('a line beyond a mebibyte is read past', async () => {
    const long = JSON.stringify({ id: 'long', text: 'x'.repeat(1_100_000) })
    const chunks = [
      `{"id":1,"text":"a"}\n${long.slice(0, 500_000)}`,
      long.slice(500_000),
      '\n{"id":2,"text":"b"}\n',
      long,
    ]
    const lines = (await collect(chunks))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ id }) => id)).toEqual([1, null, 2, null])
    expect(lines[1].error).toMatch(/longer than 1048576/)
  })
})

describe('the stream', () => {
  test('one line per line, in order, over many windows', async () => {
    const texts = makeTexts(300, 5)
    const input = Array.from({ length: 1_500 }, (_, n) => JSON.stringify({ id: `p${n}`, text: texts[n % 300] }))
    const lines = await score(input)
    expect(lines.map(({ id }) => id)).toEqual(input.map((_, n) => `p${n}`))
  })

  test('bytes cut anywhere, a byte order mark, CRLF, no last newline', async () => {
    const text = '\ufeff{"id":"ä😂","text":"schön 😂","lang":"en"}\r\n{"id":2,"text":"b"}'
    const bytes = Buffer.from(text)
    const whole = await collect([bytes])
    const cut = await collect(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))
    expect(cut).toBe(whole)
    expect(
      whole
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(['ä😂', 2])
  })

  test('nothing in, nothing out', async () => {
    expect(await collect([])).toBe('')
    expect(await collect([''])).toBe('')
  })

  test('whoever writes a line and waits gets its answer', async () => {
    const input = new PassThrough()
    const output = new PassThrough()
    const done = scoreLines({ input, output, model })
    const answers = output[Symbol.asyncIterator]()
    for (const id of ['first', 'second', 'third']) {
      input.write(`${JSON.stringify({ id, text: `the ${id} line` })}\n`)
      const { value } = await answers.next()
      expect(JSON.parse(String(value)).id).toBe(id)
    }
    input.end()
    await done
  })

  test('a slow reader holds the input back', async () => {
    let read = 0
    let scored = 0
    const counting: Model = {
      ...{ id: model.id, labels: model.labels },
      score: (mentions: Mention[]) => {
        scored += mentions.length
        return model.score(mentions)
      },
      [Symbol.asyncDispose]: async () => {},
    }
    async function* endless() {
      for (;;) {
        read++
        yield '{"id":1,"text":"again"}\n'.repeat(512)
      }
    }
    const output = new PassThrough({ highWaterMark: 1 })
    const done = scoreLines({ input: endless(), output, model: counting })
    done.catch(() => {})
    const reader = output[Symbol.asyncIterator]()
    await reader.next()
    await new Promise((resolve) => setImmediate(resolve))
    expect(read).toBeLessThanOrEqual(6)
    expect(scored).toBeLessThanOrEqual(6 * 512)
    output.destroy()
    await expect(done).rejects.toThrow()
  })

  test('a broken pipe ends it', async () => {
    const output = new Writable({
      write: (_, __, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    })
    const input = Readable.from(['{"id":1,"text":"a"}\n'.repeat(50)])
    await expect(scoreLines({ input, output, model })).rejects.toMatchObject({ code: 'EPIPE' })
  })

  test('a closed model ends it', async () => {
    const closed = await openEncoder({ folder: modelFolder, threads: 1 })
    await closed[Symbol.asyncDispose]()
    await expect(collect(['{"id":1,"text":"a"}\n'], closed)).rejects.toMatchObject({ name: 'AbortError' })
  })
})
