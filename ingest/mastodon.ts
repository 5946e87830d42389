// One Mastodon instance as a source: its own public posts and hashtags, and those of others where it is the one that may
// tell them. Streams are read side by side and each waits until what it brought was taken, so memory is one portion a
// stream. The source is named mastodon:HOST, as each has a cursor of its own; what it tells is of the source mastodon.
import { type Note, silent } from '../journal.ts'
import { metrics } from '../metrics.ts'
import { type BackoffOptions, sleep as realSleep, type Sleep } from '../retry.ts'
import type { Batch, Source, SourceStatus } from '../types.ts'
import type { Trouble } from './ask.ts'
import { Instance, type Plan } from './mastodonHost.ts'
import { cursorOf, marksOf, placeOf } from './mastodonPlace.ts'
import { type Marked, Stream } from './mastodonStream.ts'
import { createTally, spanOf, type Tally } from './tally.ts'

export interface MastodonOptions {
  instance: { host: string; token: string | null; tags: string[]; public: boolean; remote: boolean }
  /** Hosts (like social.example) of all instances that are read. */
  homes: string[]
  /** How far back the very first start reaches. */
  rewindMs: number
  now?: () => number
  note?: Note
  sleep?: Sleep
  perSecond?: number
  pageSize?: number
  pollMs?: number
  lookEvery?: number
  streamEvery?: number
  stallMs?: number
  timeoutMs?: number
  mostPages?: number
  refusedMs?: number
  backoff?: BackoffOptions
}

const defaults = {
  ...{ now: Date.now, note: silent, sleep: realSleep, perSecond: 1, pageSize: 40, pollMs: 30_000, lookEvery: 10 },
  ...{ streamEvery: 240, stallMs: 60_000, timeoutMs: 20_000, mostPages: 600, refusedMs: 600_000 },
  ...{ backoff: {} as BackoffOptions },
}

export function mastodonSource(options: MastodonOptions): Source {
  const { origin, host } = new URL(options.instance.host)
  const name = `mastodon:${host}`
  const tally = createTally(name)
  const board = createBoard(tally, host)
  const { remote, token } = options.instance
  const settings = {
    ...{ ...defaults, ...options, origin, token },
    teller: { origin, remote, homes: options.homes.map((home) => home.toLowerCase()).filter((home) => home !== host) },
    onTrouble: ({ reason, attempt, waitMs }: Trouble) => {
      const advice = attempt >= 4 ? ' Check the network and sources.mastodon.instances in the configuration.' : ''
      board.trouble(
        attempt >= 4 ? 'failed' : 'stalled',
        `${host} ${reason}. Trying again in ${spanOf(waitMs)}.${advice}`,
      )
    },
  }
  const plans = plansOf(options.instance)
  return {
    name,
    status: tally.status,
    async *read(cursor, signal) {
      const known = marksOf(cursor)
      const marks = new Map(plans.flatMap(({ key }) => (known.has(key) ? [[key, known.get(key)!]] : [])))
      const stop = new AbortController()
      const either = AbortSignal.any([signal, stop.signal])
      const instance = new Instance(settings, either)
      const openStream = (plan: Plan) => {
        const place = placeOf(marks.get(plan.key))
        return new Stream(settings, instance, { plan, place, signal: either, say: board.sayOf(plan.key) }).follow()
      }
      try {
        if (!signal.aborted) yield* batches(plans.map(openStream), { name, marks, tally, signal: either })
      } finally {
        stop.abort()
        tally.say('off', plans.length > 0 ? 'Stopped.' : `${host}: nothing to read. Set public: true, or name tags.`)
      }
    },
  }
}

function plansOf({ tags, public: isPublic, remote }: MastodonOptions['instance']): Plan[] {
  const [path, query] = remote ? ['', ''] : ['/local', 'local=true']
  const all: Plan = {
    ...{ key: 'public', label: 'public posts', stream: `/api/v1/streaming/public${path}` },
    timeline: `/api/v1/timelines/public?${query}`,
  }
  const names = [...new Set(tags.map((tag) => tag.replace(/^#/, '').toLowerCase()))]
  const ofTags = names.map((tag) => ({
    ...{ key: `#${tag}`, label: `posts with #${tag}` },
    stream: `/api/v1/streaming/hashtag${path}?tag=${encodeURIComponent(tag)}`,
    timeline: `/api/v1/timelines/tag/${encodeURIComponent(tag)}?${query}`,
  }))
  return isPublic ? [all, ...ofTags] : ofTags
}

interface Reading {
  name: string
  marks: Map<string, string>
  tally: Tally
  signal: AbortSignal
}

/** What the streams bring, together; each goes on once its portion was taken and what came of it is durable. */
async function* batches(
  streams: AsyncGenerator<Marked>[],
  { name, marks, tally, signal }: Reading,
): AsyncGenerator<Batch> {
  const ready: { stream: AsyncGenerator<Marked>; step: IteratorResult<Marked> }[] = []
  const failures: unknown[] = []
  let running = streams.length
  let wake = () => {}
  // No race of promises: a quiet stream's would gather what waits for it, for as long as it is quiet.
  const stop = () => wake()
  const advance = (stream: AsyncGenerator<Marked>) => {
    const step = stream.next().then((step) => ready.push({ stream, step }))
    step.catch((error) => failures.push(error)).finally(stop)
  }
  signal.addEventListener('abort', stop)
  for (const stream of streams) advance(stream)
  let cursor = cursorOf(marks)
  try {
    while (running > 0 && !signal.aborted) {
      if (failures.length > 0) throw failures[0]
      const next = ready.shift()
      if (!next) await new Promise<void>((resolve) => (wake = resolve))
      else if (next.step.done) running--
      else {
        const batch = batchOf(next.step.value, { name, marks, tally, cursor })
        if (batch) yield batch
        cursor = batch?.cursor ?? cursor
        advance(next.stream)
      }
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** null: nothing changed, and no place moved. */
function batchOf(portion: Marked, { name, marks, tally, cursor }: Omit<Reading, 'signal'> & { cursor: string }) {
  const { changes, drops, key, mark } = portion
  for (const reason of drops) tally.drop(reason)
  for (const change of changes) if (change.op === 'gap') metrics.gaps.inc({ source: name })
  tally.took(changes)
  marks.set(key, mark)
  const after = cursorOf(marks)
  return changes.length > 0 || after !== cursor ? { source: name, changes, cursor: after } : null
}

const order: SourceStatus['state'][] = ['failed', 'stalled', 'connecting', 'catching up', 'live']

/** The state of the source is the worst of its streams'. */
function createBoard(tally: Tally, host: string) {
  const lines = new Map<string, { state: SourceStatus['state']; detail: string }>()
  const show = () => {
    const all = [...lines.values()]
    const worst = all.reduce((a, b) => (order.indexOf(b.state) < order.indexOf(a.state) ? b : a))
    const others = all.filter(({ state }) => state === 'live').length
    const rest = worst.state !== 'live' && others > 0 ? ` ${others} of ${all.length} streams are read.` : ''
    tally.say(worst.state, `${worst.detail.startsWith(host) ? '' : `${host}: `}${worst.detail}${rest}`)
  }
  return {
    sayOf: (key: string) => (state: SourceStatus['state'], detail: string) => {
      lines.delete('')
      lines.set(key, { state, detail })
      show()
    },
    /** Of the instance as a whole; over as soon as a stream says anything else. */
    trouble: (state: SourceStatus['state'], detail: string) => {
      lines.set('', { state, detail })
      show()
    },
  }
}
