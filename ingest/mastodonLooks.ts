// Another look at the Mastodon posts that count: an instance tells nobody who comes later what was deleted, edited or hidden
// meanwhile. Posts of the last six hours every quarter of an hour, of two days every hour, of all days once a day, one by one
// and as slowly as leaves the instance's limit to the streams. A source like any other, without a cursor. A post is taken for
// deleted only when the instance does not have it twice, well apart.
import { CorruptionError, TransientError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { type BackoffOptions, sleep as realSleep, type Sleep } from '../retry.ts'
import type { Batch, Change, Source } from '../types.ts'
import type { Trouble } from './ask.ts'
import { Instance } from './mastodonHost.ts'
import { nameOf, source, toldOf } from './mastodonPost.ts'
import { createTally, spanOf, type Tally } from './tally.ts'

export interface MastodonLooksOptions {
  host: string
  token: string | null
  /** Ids of the Mastodon posts that are counted since a time, newest first. */
  recent: (since: string, limit: number) => Promise<string[]>
  perSecond?: number
  /** From the start of one pass to the next. */
  everyMs?: number
  settleMs?: number
  now?: () => number
  sleep?: Sleep
  note?: Note
  timeoutMs?: number
  backoff?: BackoffOptions
}

const hourMs = 3_600_000
const reserve = 150
const mostKept = 100_000
const defaults = {
  ...{ perSecond: 0.25, everyMs: 900_000, settleMs: 600_000, now: Date.now, sleep: realSleep, note: silent as Note },
  ...{ timeoutMs: 20_000, backoff: {} as BackoffOptions },
}
type Settings = typeof defaults & MastodonLooksOptions & { name: string; origin: string; tally: Tally }

export function mastodonLooksSource(options: MastodonLooksOptions): Source {
  const { origin, host } = new URL(options.host)
  const name = `mastodon-looks:${host}`
  const tally = createTally(name)
  const settings = { ...defaults, ...options, name, origin, tally }
  return { name, status: tally.status, read: (_cursor, signal) => passes(settings, signal) }
}

/** What was known before, bounded: forgetting only means to say something once more, or to ask once more. */
interface Memory {
  /** Revision, likes and boosts, wish to be shown, as told last. */
  told: Map<string, string>
  /** When a post was not there for the first time. */
  missing: Map<string, number>
}

async function* passes(settings: Settings, signal: AbortSignal): AsyncGenerator<Batch> {
  const { name, everyMs, now, sleep, tally, token, origin, timeoutMs, perSecond, backoff } = settings
  const onTrouble = ({ reason, waitMs }: Trouble) =>
    tally.say('stalled', `${new URL(origin).host} ${reason}. Trying again in ${spanOf(waitMs)}.`)
  const instance = new Instance(
    { origin, token, now, sleep, perSecond, pageSize: 1, timeoutMs, backoff, onTrouble, reserve },
    signal,
  )
  const memory: Memory = { told: new Map(), missing: new Map() }
  for (let pass = 0; !signal.aborted; pass++) {
    const startedMs = now()
    const ids = await idsOf(settings, pass)
    tally.say(
      'live',
      `Looking again at ${ids.length.toLocaleString('en-US')} posts, one every ${spanOf(1_000 / perSecond)}.`,
    )
    for (const id of ids) {
      if (signal.aborted) break
      const changes = await look({ instance, memory, settings }, id)
      tally.took(changes)
      if (changes.length) yield { source: name, changes, cursor: null }
    }
    for (const kept of Object.values(memory)) for (const key of kept.keys()) if (kept.size > mostKept) kept.delete(key)
    await sleep(Math.max(1_000, everyMs - (now() - startedMs)), signal)
  }
  tally.say('off', 'Stopped.')
}

/** Of this instance, by their ids there; no more than fit into the time until the next look at them. */
async function idsOf({ recent, now, origin, perSecond, everyMs }: Settings, pass: number): Promise<string[]> {
  const [hours, everyPass] = pass % 96 === 95 ? [24 * 3_650, 96] : pass % 4 === 0 ? [48, 4] : [6, 1]
  const most = Math.ceil((everyMs / 1_000) * perSecond * everyPass)
  const since = new Date(now() - hours * hourMs).toISOString()
  const prefix = nameOf({ origin }, '')
  try {
    const names = await recent(since, 1_000_000)
    return names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])).slice(0, most)
  } catch (cause) {
    if (cause instanceof CorruptionError) throw cause
    throw new TransientError('the store did not say which posts of Mastodon are counted', { cause })
  }
}

interface Looking {
  instance: Instance
  memory: Memory
  settings: Settings
}

async function look({ instance, memory, settings }: Looking, id: string): Promise<Change[]> {
  const { origin, now, settleMs } = settings
  const answer = await instance.status(id)
  if (!answer) return []
  const at = new Date(now()).toISOString()
  const post = nameOf({ origin }, id)
  const gone = (revision: string | null): Change => ({ op: 'delete', source, id: post, at, revision })
  if (answer.status === 404 || answer.status === 410) {
    const first = memory.missing.get(id)
    if (first === undefined) memory.missing.set(id, now())
    if (first === undefined || now() - first < settleMs) return []
    memory.missing.delete(id)
    return [gone(null)]
  }
  if (answer.status !== 200) return []
  memory.missing.delete(id)
  // It was ours to tell when it was taken: whose it is is not asked again.
  const told = toldOf(answer.body, { origin, remote: true, homes: [] }, now())
  if (told.kind === 'unwilling' || told.kind === 'other') return [gone(null)]
  if (told.kind !== 'post') return []
  return newsOf(told, { memory, at })
}

function newsOf(
  { id, isEdited, revision, post }: Extract<ReturnType<typeof toldOf>, { kind: 'post' }>,
  { memory, at }: { memory: Memory; at: string },
): Change[] {
  const { likes, reposts, author, quotable } = post
  const before = JSON.parse(memory.told.get(id) ?? '[null,0,0,true]') as [string | null, number, number, boolean]
  memory.told.set(id, JSON.stringify([revision, likes ?? 0, reposts ?? 0, quotable]))
  const changes: Change[] = []
  if (isEdited && before[0] !== revision) changes.push(post)
  if (likes !== null && reposts !== null && (before[0] === null || likes !== before[1] || reposts !== before[2]))
    changes.push({ op: 'counts', source, id: post.id, likes, reposts, at })
  // Their wish is for all that the account posted here.
  if (author !== null && quotable !== before[3]) changes.push({ op: 'display', source, author, quotable, at })
  return changes
}
