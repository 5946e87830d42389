// The bundled sample: posts we invented, replayed as if Jetstream had sent them. Each line of ingest/sample/*.ndjson
// becomes real frame bytes and goes through the very decoder of bluesky.ts. Times are moved so that the last minute is
// the first start's; that start is kept in the cursor, so a restart neither moves nor repeats anything. Its authors are
// did:web names under .invalid, which can belong to nobody. Its stories are of invented sites under .example.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { CorruptionError } from '../errors.ts'
import type { SampleStory } from '../given.ts'
import type { Batch, Change, Source } from '../types.ts'
import { decodeFrame, inflate, nsid, postCollection, tidOf } from './jetstream.ts'
import { createTally, type Tally } from './tally.ts'

/** One line of a sample file. `minute` counts from the start of the sample's 36 hours. */
interface Line {
  minute: number
  author?: string
  id?: string
  op?: 'update' | 'delete' | 'withdraw'
  text?: string
  lang?: string
  replyTo?: string
  likes?: number
  reposts?: number
}

const name = 'sample'
const batchLimit = 500
const bundled = join(import.meta.dirname, 'sample')

export interface SampleOptions {
  dir?: string
  now?: () => number
}

export function sampleSource({ dir = bundled, now = Date.now }: SampleOptions = {}): Source {
  const tally = createTally(name)
  return {
    name,
    status: tally.status,
    read: (cursor, signal) => replay(startOf(cursor, now()), { dir, signal, tally }),
  }
}

/** Everyone who posts in the sample: withdrawing them removes it. */
export async function sampleAuthors(dir = bundled): Promise<string[]> {
  const lines = await readLines(dir)
  return [...new Set(lines.flatMap(({ author }) => (author ? [didOf(author)] : [])))]
}

export async function sampleStories(dir = bundled): Promise<SampleStory[]> {
  const told = JSON.parse(await readFile(join(dir, 'stories.json'), 'utf8')) as (SampleStory & { broader?: boolean })[]
  return told.map(({ broader = false, ...story }) => ({ ...story, isBroader: broader }))
}

interface Start {
  /** Unix milliseconds of the sample's last minute. */
  endMs: number
  /** Lines already replayed. */
  done: number
}

function startOf(cursor: string | null, now: number): Start {
  if (cursor === null) return { endMs: now, done: 0 }
  try {
    const { endMs, done } = JSON.parse(cursor)
    if (Number.isSafeInteger(endMs) && Number.isSafeInteger(done)) return { endMs, done }
  } catch {}
  throw new CorruptionError('the durable cursor of source sample does not parse')
}

type Replay = { dir: string; signal: AbortSignal; tally: Tally }
async function* replay({ endMs, done }: Start, { dir, signal, tally }: Replay): AsyncGenerator<Batch> {
  tally.say('catching up', 'Reading the bundled sample.')
  const lines = await readLines(dir)
  const owners = new Map(lines.flatMap(({ id, author }) => (id && author ? [[id, author] as const] : [])))
  for (let from = done; from < lines.length && !signal.aborted; from += batchLimit) {
    const part = lines.slice(from, from + batchLimit)
    const changes = part.flatMap((line, at) => {
      const timeUs = (endMs - line.agoMs) * 1000
      return changesOf(
        { ...line, author: line.author ?? owners.get(line.id ?? '') },
        { seq: from + at + 1, timeUs, owners, tally },
      )
    })
    tally.took(changes)
    yield { source: name, changes, cursor: JSON.stringify({ endMs, done: from + part.length }) }
  }
  if (!signal.aborted) tally.say('finished', 'The bundled sample is read. It is made up; remove it with one click.')
}

/** All lines by minute, each with how long before the end it happens: spread evenly within its minute, in order. */
async function readLines(dir: string): Promise<(Line & { agoMs: number })[]> {
  const files = (await readdir(dir)).filter((file) => file.endsWith('.ndjson')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')))
  const lines: Line[] = texts.flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  )
  lines.sort((a, b) => a.minute - b.minute)
  const minutes = Map.groupBy(lines, ({ minute }) => minute)
  const last = lines.at(-1)?.minute ?? 0
  return [...minutes.values()].flatMap((same) =>
    same.map((line, at) => ({
      ...line,
      agoMs: Math.round((last - line.minute + 1 - (at + 1) / same.length) * 60_000),
    })),
  )
}

interface Context {
  seq: number
  timeUs: number
  /** Author by post id, for replies. */
  owners: Map<string, string>
  tally: Tally
}

/** What a line says, read off the wire; likes and reposts are not on that wire and follow as they are. */
function changesOf(line: Line, context: Context): Change[] {
  const changes: Change[] = []
  if (line.op || line.text !== undefined) {
    const text = inflate(frameOf(line, context), true, null)
    const frame = decodeFrame(text, { source: name, now: context.timeUs / 1000 })
    if (frame.kind === 'drop') context.tally.drop(frame.reason)
    if (frame.kind !== 'change') return []
    changes.push(frame.change)
  }
  if (line.likes === undefined && line.reposts === undefined) return changes
  const { likes = 0, reposts = 0 } = line
  const id = uriOf(line.id ?? '', line.author)
  return [
    ...changes,
    { op: 'counts', source: name, id, likes, reposts, at: new Date(context.timeUs / 1000).toISOString() },
  ]
}

const didOf = (handle: string) => `did:web:${handle.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}.sample.invalid`
const uriOf = (id: string, author = '') => `at://${didOf(author)}/${postCollection}/${id}`

/** The bytes Jetstream would have sent for this line: one zstd frame. */
function frameOf(line: Line, { seq, timeUs, owners }: Context): Buffer {
  const did = didOf(line.author ?? '')
  const time = new Date(timeUs / 1000).toISOString()
  const envelope = { seq, did, time, witnessedAt: time }
  const parent = line.replyTo && { uri: uriOf(line.replyTo, owners.get(line.replyTo)) }
  const reply = parent ? { reply: { root: parent, parent } } : {}
  const langs = line.lang ? { langs: [line.lang] } : {}
  const record = { $type: postCollection, createdAt: time, text: line.text, ...langs, ...reply }
  const commit = { rev: tidOf(timeUs, seq), operation: line.op ?? 'create', collection: postCollection, rkey: line.id }
  const payload =
    line.op === 'withdraw'
      ? { $type: `${nsid}#account`, ...envelope, account: { did, active: false, status: 'deleted' } }
      : { $type: `${nsid}#commit`, ...envelope, ...commit, ...(line.op === 'delete' ? {} : { record }) }
  return zstdCompressSync(JSON.stringify({ $type: 'message', payload }))
}
