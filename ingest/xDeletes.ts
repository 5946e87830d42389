// What was deleted on X: the stream does not tell it to us, so X is asked, job by job, which of the posts we count are gone
// (batch compliance). Asking costs nothing. A source like any other, without a cursor: every pass asks about all of them
// anew, and at a start at once, so that nothing deleted is counted for longer than X's terms allow (24 hours). Trouble is
// waited out here, for ever. A post that X took away with its account is gone for good, too.
import { Readable } from 'node:stream'
import { CorruptionError, TransientError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { metrics } from '../metrics.ts'
import { backoffMs, sleep as realSleep, type Sleep } from '../retry.ts'
import type { Batch, Change, Source } from '../types.ts'
import { readLines } from './lines.ts'
import { createTally, spanOf, type Tally } from './tally.ts'

export interface ComplianceJob {
  id: string
  /** created, in_progress, complete, failed or expired. */
  status: string
  uploadUrl: string
  downloadUrl: string
}
export interface ComplianceApi {
  createJob(): Promise<ComplianceJob>
  job(id: string): Promise<ComplianceJob>
}

export interface XDeletesOptions {
  api: (signal: AbortSignal) => ComplianceApi
  /** Ids of the X posts that are counted, newest first. */
  recent: (since: string, limit: number) => Promise<string[]>
  /** From the start of one pass to the next; three of them make a day. */
  everyMs?: number
  /** How often a job is asked whether it is done, and when it is given up. */
  pollMs?: number
  giveUpMs?: number
  /** Posts in a job. */
  most?: number
  now?: () => number
  sleep?: Sleep
  note?: Note
}

const name = 'x-deletes'
const source = 'x'
const hourMs = 3_600_000
const perBatch = 500
const longestLine = 2_000
const defaults = {
  ...{ everyMs: 8 * hourMs, pollMs: 15_000, giveUpMs: 2 * hourMs, most: 1_000_000 },
  ...{ now: Date.now, sleep: realSleep, note: silent as Note },
}
type Settings = typeof defaults & XDeletesOptions & { tally: Tally; signal: AbortSignal }

export function xDeletesSource(options: XDeletesOptions): Source {
  const tally = createTally(name)
  const read = (_cursor: string | null, signal: AbortSignal) => passes({ ...defaults, ...options, tally, signal })
  return { name, status: tally.status, read }
}

async function* passes(settings: Settings): AsyncGenerator<Batch> {
  const { everyMs, now, sleep, tally, signal, note } = settings
  let [failures, askedAt] = [0, 0]
  while (!signal.aborted) {
    const startedAt = now()
    try {
      yield* pass(settings)
      ;[failures, askedAt] = [0, startedAt]
      await sleep(everyMs - (now() - startedAt), signal)
    } catch (error) {
      if (signal.aborted) break
      if (!(error instanceof TransientError)) throw error
      metrics.xDeletes.inc({ outcome: 'failed' })
      const waitMs = Math.max(error.afterMs, backoffMs(failures++, { baseMs: 30_000, capMs: hourMs }))
      note('x.deletes.failed', { reason: error.message, failures, waitMs })
      tally.say(isLate(askedAt, startedAt) ? 'failed' : 'stalled', troubled(error, { askedAt, startedAt, waitMs }))
      await sleep(waitMs, signal)
    }
  }
  tally.say('off', 'Stopped.')
}

const isLate = (askedAt: number, nowMs: number) => askedAt > 0 && nowMs - askedAt > 24 * hourMs

function troubled(
  error: Error,
  { askedAt, startedAt, waitMs }: { askedAt: number; startedAt: number; waitMs: number },
) {
  const since = askedAt ? `, ${spanOf(startedAt - askedAt)} after the last answer` : ''
  const must = isLate(askedAt, startedAt) ? ' X wants deleted posts gone within 24 hours: run undercurrent doctor.' : ''
  return `X did not say which posts were deleted${since}: ${error.message}. Trying again in ${spanOf(waitMs)}.${must}`
}

/** One job: all ids up, and what is gone back. */
async function* pass(settings: Settings): AsyncGenerator<Batch> {
  const { most, now, everyMs, tally, signal } = settings
  const ids = (await known(settings, most)).filter((id) => /^\d{1,20}$/.test(id))
  const again = `Asking again every ${spanOf(everyMs)}.`
  if (!ids.length) return tally.say('live', `No post of X is counted, so there is nothing to ask about. ${again}`)
  tally.say('catching up', `Asking X which of ${ids.length.toLocaleString('en-US')} posts were deleted.`)
  const api = settings.api(signal)
  const job = await api.createJob()
  await send(job.uploadUrl, ids, signal)
  const done = await finished(api, job, settings)
  if (!done) return
  const asked = new Set(ids)
  let gone = 0
  for await (const batch of goneIn(done.downloadUrl, { asked, settings })) {
    gone += batch.length
    tally.took(batch)
    yield { source: name, changes: batch, cursor: null }
  }
  metrics.xDeletes.inc({ outcome: 'answered' })
  const at = new Date(now()).toISOString().slice(11, 16)
  const posts = ids.length.toLocaleString('en-US')
  tally.say('live', `At ${at} UTC ${gone.toLocaleString('en-US')} of ${posts} posts were gone from X. ${again}`)
}

async function known({ recent }: Settings, most: number): Promise<string[]> {
  try {
    return await recent('2006-03-21T00:00:00.000Z', most)
  } catch (cause) {
    if (cause instanceof CorruptionError) throw cause
    throw new TransientError('the store did not say which posts of X are counted', { cause })
  }
}

async function send(url: string, ids: string[], signal: AbortSignal): Promise<void> {
  const response = await ask(url, signal, {
    ...{ method: 'PUT', body: ids.join('\n'), headers: { 'content-type': 'text/plain' } },
  })
  await response.body?.cancel()
}

/** Addresses of X's are signed by themselves: no key of ours goes there. */
async function ask(url: string, signal: AbortSignal, init: RequestInit = {}): Promise<Response> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(600_000)])
  const response = await fetch(url, { ...init, signal: limited, redirect: 'error' }).catch((cause: unknown) => {
    throw new TransientError('X cannot be reached', { cause })
  })
  if (response.ok) return response
  await response.body?.cancel()
  throw new TransientError(`X answered ${response.status} for the list of posts`)
}

async function finished(api: ComplianceApi, job: ComplianceJob, settings: Settings): Promise<ComplianceJob | null> {
  const { pollMs, giveUpMs, now, sleep, signal } = settings
  for (const until = now() + giveUpMs; !signal.aborted; ) {
    const told = await api.job(job.id)
    if (told.status === 'complete') return { ...job, downloadUrl: told.downloadUrl || job.downloadUrl }
    if (told.status === 'failed' || told.status === 'expired') throw new TransientError(`X says the job ${told.status}`)
    if (now() >= until) throw new TransientError(`X did not finish within ${spanOf(giveUpMs)}`)
    await sleep(pollMs, signal)
  }
  return null
}

/** Lines `{"id","action":"delete","reason":...}`; other actions (a place taken off a post) change nothing we keep. */
async function* goneIn(
  url: string,
  { asked, settings }: { asked: Set<string>; settings: Settings },
): AsyncGenerator<Change[]> {
  const { signal, tally, now } = settings
  const { body } = await ask(url, signal)
  if (!body) return
  let batch: Change[] = []
  try {
    for await (const { value: line } of linesOf(body)) {
      const id = goneOf(String(line))
      if (id === undefined) tally.drop('malformed')
      // What was not asked about is not ours, and what was is told once.
      if (!id || !asked.delete(id)) continue
      batch.push({ op: 'delete', source, id, at: new Date(now()).toISOString(), revision: null })
      if (batch.length < perBatch) continue
      yield batch
      batch = []
    }
  } catch (cause) {
    if (cause instanceof CorruptionError) throw cause
    throw new TransientError('the answer of X broke off', { cause })
  }
  if (batch.length) yield batch
}

/** One that is too long comes empty. */
async function* linesOf(body: ReadableStream<Uint8Array>) {
  for await (const lines of readLines(Readable.fromWeb(body as never), { byte: 0, line: 0, row: 0 })) yield* lines
}

/** undefined: not a line of theirs; null: not a deletion. */
function goneOf(line: string): string | null | undefined {
  if (line.length > longestLine) return undefined
  try {
    const { id, action } = JSON.parse(line) as { id?: unknown; action?: unknown }
    if (typeof id !== 'string' || typeof action !== 'string') return undefined
    return action === 'delete' ? id : null
  } catch {
    return undefined
  }
}
