// A new or changed topic gets its history at once, and a new model its scores: bounded readers from the oldest kept
// post up to the change that made the topic. What was filled is remembered as a setting, so a restart resumes.
import { createHash } from 'node:crypto'
import { crash } from '../crash.ts'
import type { Status } from '../given.ts'
import { sleep } from '../retry.ts'
import { filledKey, rescoredKey } from '../settings.ts'
import type { Log, Position, SettingChange, Topic } from '../types.ts'
import { type Analysis, compile, digest } from './analyze.ts'
import { aheadOf, type Marked, markedFirst, marksIn } from './rescored.ts'
import { tell } from './told.ts'

/** What is being filled now (one entry per topic version), and how many topic versions still wait for their turn. */
export interface HistoryState {
  underway: Status['histories']
  waiting: number
  /** The last position the follower has taken up: from the next on it matches every topic known now. */
  taken: Position
  /** Settles when the slice that is being written now is in; never rejects. */
  writing: Promise<unknown>
}

/** Before the first look at the topics: something may be waiting, so no lag of 0 is claimed. */
export const unknownHistory = (): HistoryState => ({
  underway: [],
  waiting: 1,
  taken: 0,
  writing: Promise.resolve(),
})

/** Where another process fills them: nothing is known of here. */
export const nobodysHistory = (): HistoryState => ({ ...unknownHistory(), waiting: 0 })

/** Fills the history of every topic that lacks it, for ever, until the signal aborts. */
export async function histories(parts: Analysis, signal: AbortSignal): Promise<void> {
  const { log, topics, model, history } = parts
  const filled = new Set<string>()
  const count = () => {
    history.waiting = pendingOf(topics.list(), filled, model.id).length
  }
  let wake = new AbortController()
  const stop = topics.onChange(() => {
    count()
    wake.abort()
  })
  try {
    await learnFilled(log, filled)
    await releaseOrphans(parts, (await firstOf(parts, pendingOf(topics.list(), filled, model.id))).topics)
    while (!signal.aborted) {
      wake = new AbortController()
      count()
      const pending = pendingOf(topics.list(), filled, model.id)
      const waking = AbortSignal.any([signal, wake.signal])
      if (!pending.length) await sleep(2 ** 31 - 1, waking)
      // Another process fills them, or will once it has died: then what it filled is not filled again.
      else if (!log.leads('analyze')) await learnFilled(log, filled).then(() => sleep(idleMs, waking))
      else await firstOf(parts, pending).then((first) => fillFirst(parts, first, { filled, signal }))
    }
  } finally {
    stop()
  }
}

/** How soon one that does not lead looks again whether it does. */
const idleMs = 1_000

/** What a rescore read lacks the posts that came after it, also where a history was filled before. */
async function learnFilled(log: Log, filled: Set<string>): Promise<void> {
  for (const { change } of await log.settings('history:')) if (change.op === 'setting') filled.add(change.key)
  for (const name of (await marksIn(log)).keys()) filled.delete(`history:${name}`)
}

function pendingOf(topics: Topic[], filled: Set<string>, model: string): Topic[] {
  return topics.filter((topic) => !filled.has(filledKey(topic, model)))
}

/** Those a rescore has read alike, as they need only the rest; else all of them. */
async function firstOf({ log, model }: Analysis, pending: Topic[]): Promise<Marked> {
  return markedFirst(pending, model.id, await marksIn(log))
}

interface Filling {
  filled: Set<string>
  signal: AbortSignal
}

async function fillFirst(parts: Analysis, first: Marked, { filled, signal }: Filling): Promise<void> {
  if (!(await fill(parts, first, signal))) return
  for (const topic of first.topics) filled.add(filledKey(topic, parts.model.id))
}

/**
 * One pass over the log for the topics that are next; to the head where several partitions hold copies of a topic's change, as all
 * of them lie before it. False when one of the topics changed or the signal aborted meanwhile.
 */
async function fill(parts: Analysis, { topics: pending, mark }: Marked, signal: AbortSignal): Promise<boolean> {
  const { log, topics, model, note, history } = parts
  const reader = readerOf(pending, model.id)
  const { head, oldest, readers, partitions } = await log.status()
  const end = partitions > 1 ? head : Math.max(history.taken, readers.analyze ?? 0)
  const start = Math.max(readers[reader] ?? 0, oldest - 1)
  const progress = pending.map((topic) => ({
    topic: topic.id,
    version: topic.version,
    done: 0,
    total: Math.max(0, end - start),
  }))
  history.underway.push(...progress)
  const isCurrent = () => pending.every((topic) => topics.get(topic.id)?.version === topic.version)
  try {
    const matching = compile(pending)
    await followed(end, log, signal)
    for await (const slice of log.read(reader, signal, { until: end, limit: 500 })) {
      if (!isCurrent()) break
      const told = { ...tell(slice.changes, aheadOf(mark)), erasures: [], notes: [], topics: [] }
      const digesting = digest({ told, matching, signal }, parts)
      history.writing = digesting.catch(() => {})
      if (!(await digesting)) return false
      crash('history.stored')
      await slice.commit()
      crash('history.committed')
      for (const one of progress) one.done = slice.changes.at(-1)!.position - start
    }
    if (signal.aborted) return false
    crash('history.read')
    if (isCurrent()) await remember(parts, pending)
    crash('history.filled')
    await log.release(reader)
    note('history filled', { topics: pending.length, changes: end - start, complete: isCurrent() })
    return isCurrent()
  } finally {
    for (const one of progress) history.underway.splice(history.underway.indexOf(one), 1)
  }
}

function remember({ log, model }: Analysis, filled: Topic[]): Promise<Position> {
  const said = (topic: Topic): SettingChange[] => [
    { op: 'setting', key: filledKey(topic, model.id), value: 'filled' },
    { op: 'setting', key: rescoredKey(topic, model.id), value: null },
  ]
  return log.append({ source: 'undercurrent', changes: filled.flatMap(said), cursor: null })
}

/**
 * Resolves once the follower has committed this position. Ahead of it, a post of an account whose return is not told yet
 * would be refused, and what is refused once is refused for ever.
 */
export async function followed(position: Position, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && ((await log.status()).readers.analyze ?? 0) < position) await sleep(20, signal)
}

/** The same pending topics resume under the same name; others start anew. */
function readerOf(pending: Topic[], model: string): string {
  const keys = pending.map((topic) => filledKey(topic, model)).sort()
  return `history:${createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16)}`
}

async function releaseOrphans({ log, model }: Analysis, pending: Topic[]): Promise<void> {
  const current = readerOf(pending, model.id)
  const { readers } = await log.status()
  const isOrphan = (reader: string) => reader.startsWith('history:') && reader !== current
  for (const reader of Object.keys(readers)) if (isOrphan(reader)) await log.release(reader)
}
