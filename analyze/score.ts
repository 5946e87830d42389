// `undercurrent score`: posts as NDJSON in, one line of scores per line, in order, and nothing else. Needs no store.
// Every line is hostile: one that is no post still gets its line, saying why. Memory does not grow with the input: a
// window of lines is read while the one before it is scored. Line numbers and reasons leave here, never post text.

import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import type { Mention, Model, Score, SkipReason } from '../types.ts'

export interface ScoreLinesOptions {
  input: AsyncIterable<string | Buffer>
  output: Writable
  model: Model
}

type Id = string | number | null

/** One line of the answer. The empty fields stay, so that every line has the same shape. */
interface Line extends Pick<Score, 'lang' | 'model' | 'sentiment' | 'emotion' | 'irony' | 'offensive' | 'hate'> {
  id: Id
  stance: Record<string, number> | null
  skipped?: SkipReason | 'malformed'
  /** Why, for a line that is no post. */
  error?: string
}

/** Lines without their ends; null for one that is too long (it is read past, not kept). */
type Window = (string | null)[]

type Asked = { id: Id; mention: Mention } | { id: Id; skipped: 'malformed' | 'empty'; error: string }

const windowLines = 512
/** One window on its way through the model, one behind it. */
const mostScoring = 2
const longestLine = 1_048_576

/** Ends when the input ends. Rejects when the output breaks (a closed pipe) or the model is closed. */
export async function scoreLines({ input, output, model }: ScoreLinesOptions): Promise<void> {
  await pipeline(answers(input, model), output, { end: false })
}

async function* answers(input: AsyncIterable<string | Buffer>, model: Model): AsyncGenerator<string> {
  const source = windows(input)
  let reading: Promise<IteratorResult<Window>> | null = source.next()
  const scoring: Promise<string>[] = []
  while (reading || scoring.length > 0) {
    const turns: Promise<string | IteratorResult<Window>>[] = scoring.slice(0, 1)
    if (reading && scoring.length < mostScoring) turns.push(reading)
    const turn = await Promise.race(turns)
    if (typeof turn === 'string') {
      scoring.shift()
      yield turn
    } else if (turn.done) reading = null
    else {
      scoring.push(awaitedLater(answer(turn.value, model)))
      reading = awaitedLater(source.next())
    }
  }
}

/** A failure counts when its turn comes, not before. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

async function answer(window: Window, model: Model): Promise<string> {
  const asked = window.map(parse)
  const scores = await model.score(asked.flatMap((one) => ('mention' in one ? [one.mention] : [])))
  let at = 0
  return asked
    .map((one) => `${JSON.stringify('mention' in one ? scored(one.id, scores[at++]!) : refused(one, model))}\n`)
    .join('')
}

const targetId = 'target'

function scored(id: Id, score: Score): Line {
  const { lang, model, irony, offensive, hate, skipped } = score
  const stance = score.stance[targetId]
  return {
    id,
    lang,
    model,
    sentiment: rounded(score.sentiment),
    emotion: rounded(score.emotion),
    irony: irony === null ? null : round(irony),
    offensive: offensive === null ? null : round(offensive),
    hate: hate === null ? null : round(hate),
    stance: stance ? rounded(stance) : null,
    ...(skipped ? { skipped } : {}),
  }
}

function refused({ id, skipped, error }: Extract<Asked, { error: string }>, model: Model): Line {
  const none = { sentiment: {}, emotion: {}, irony: null, offensive: null, hate: null, stance: null }
  return { id, lang: '', model: model.id, ...none, skipped, error }
}

const round = (value: number) => Math.round(value * 1e6) / 1e6
const rounded = (values: Record<string, number>) =>
  Object.fromEntries(Object.entries(values).map(([label, value]) => [label, round(value)]))

function parse(line: string | null): Asked {
  if (line === null)
    return { id: null, skipped: 'malformed', error: `the line is longer than ${longestLine} characters` }
  let value: unknown
  try {
    value = JSON.parse(line.trim()) // trim also takes a byte order mark and the CR of CRLF
  } catch {
    return { id: null, skipped: 'malformed', error: 'the line is not JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: null, skipped: 'malformed', error: 'the line is not a JSON object' }
  }
  return asPost(value as Record<string, unknown>)
}

function asPost({ id: given, text, lang, target }: Record<string, unknown>): Asked {
  const id = typeof given === 'string' || typeof given === 'number' ? given : null
  const malformed = (error: string): Asked => ({ id, skipped: 'malformed', error })
  if (text === undefined || text === null || text === '') return { id, skipped: 'empty', error: 'there is no text' }
  if (typeof text !== 'string') return malformed('text must be a string')
  if (lang !== undefined && lang !== null && typeof lang !== 'string') return malformed('lang must be a string')
  if (target !== undefined && target !== null && typeof target !== 'string') return malformed('target must be a string')
  return { id, mention: mentionOf(text, lang ?? null, target ?? '') }
}

function mentionOf(text: string, lang: string | null, target: string): Mention {
  const unsaid = { author: null, likes: null, reposts: null, replyTo: null, revision: null, quotable: true }
  return {
    topic: '',
    topicVersion: 0,
    targets: target.trim() === '' ? [] : [{ id: targetId, text: target }],
    post: { op: 'create', source: '', id: '', text, at: '', lang, ...unsaid },
    version: { revision: null, arrival: 0 },
  }
}

/** The lines of each chunk as it comes, so that whoever writes one line and waits for its answer gets it. */
async function* windows(input: AsyncIterable<string | Buffer>): AsyncGenerator<Window> {
  for await (const lines of linesOf(input)) {
    for (let at = 0; at < lines.length; at += windowLines) yield lines.slice(at, at + windowLines)
  }
}

async function* linesOf(input: AsyncIterable<string | Buffer>): AsyncGenerator<Window> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let tooLong = false
  for await (const chunk of input) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n')
    const last = parts.pop()!
    const lines: Window = []
    for (const part of parts) {
      lines.push(tooLong || rest.length + part.length > longestLine ? null : rest + part)
      rest = ''
      tooLong = false
    }
    tooLong ||= rest.length + last.length > longestLine
    rest = tooLong ? '' : rest + last
    yield lines
  }
  rest += decoder.end()
  if (tooLong) yield [null]
  else if (rest !== '') yield [rest]
}
