// The kept posts read by another model, beside or before the pipeline that uses it: passes over the log under a name of
// their own, through the very code that follows the log. What it writes stands beside the former model's rows and takes
// the place of none. Commits after the store has the rows, so it may be killed at any moment and goes on where it was.
import { retry } from '../retry.ts'
import { rescoredKey, set, settingsUnder } from '../settings.ts'
import type { LogStatus, Position, Slice, Topic } from '../types.ts'
import { type Analysis, compile, digest, type Matching } from './analyze.ts'
import { followed } from './history.ts'
import { aheadOf, byMark, type Mark, markOf, marksIn, partitionOf } from './rescored.ts'
import { type Told, tell } from './told.ts'

export interface Rescoring extends Pick<Analysis, 'log' | 'model' | 'store' | 'topics'> {
  /** Posts of earlier times keep their scores; '' none do. */
  from: string
  /** From the beginning of the log, whatever was read before. */
  restart?: boolean
  onProgress?: (progress: Progress) => void
  /** The follower is behind: nothing is read before it has come to where the log ended when this began. */
  onWait?: () => void
}

export interface Progress {
  /** Of this pass, 0..1. */
  done: number
  /** Read by this process so far, and those of them that a topic matches by `from`. */
  posts: number
  topics: string[]
}

export interface Rescored {
  /** Nothing was left to do. False: it was stopped on the way. */
  isComplete: boolean
  /** A pass that was cut off before went on. */
  isResumed: boolean
  posts: number
}

/** What is under way: kept as a setting, so that a pass that was cut off goes on as it began. */
interface Plan extends Mark {
  topics: Record<string, number>
}

const prefix = 'rescore:'
export const readerOf = (model: string): string => prefix + model

/** Brings all topics up to where `analyze` is now. A second time it finds nothing to do. */
export async function rescore(parts: Rescoring, signal: AbortSignal): Promise<Rescored> {
  const result: Rescored = { isComplete: false, isResumed: false, posts: 0 }
  const plan = await resumable(parts)
  await releaseOthers(parts, plan)
  if (plan && !(await pass(parts, plan, { signal, result }))) return result
  const marks = await marksIn(parts.log)
  const known = (topic: Topic) => {
    const mark = markOf(topic, parts.model.id, marks)
    return mark && mark.from <= parts.from && !parts.restart ? mark : null
  }
  await parts.topics.refresh()
  for (const { topics, mark } of byMark(parts.topics.list(), known)) {
    const named = Object.fromEntries(topics.map(({ id, version }) => [id, version]))
    const next: Plan = { from: mark?.from ?? parts.from, read: mark?.read ?? [], topics: named }
    if (!(await pass(parts, next, { signal, result }))) return result
  }
  return { ...result, isComplete: true }
}

async function resumable({ log, model, from, restart }: Rescoring): Promise<(Plan & { isBegun: true }) | null> {
  const kept = (await settingsUnder(log, prefix)).get(model.id)
  const plan = kept && !restart ? (JSON.parse(kept) as Plan) : null
  return plan && plan.from <= from ? { ...plan, isBegun: true } : null
}

/** A name that nobody reads under would hold deletes back in the log for ever. */
async function releaseOthers({ log, model }: Rescoring, plan: Plan | null): Promise<void> {
  const own = plan ? readerOf(model.id) : null
  const { readers } = await log.status()
  for (const name of Object.keys(readers)) if (name.startsWith(prefix) && name !== own) await log.release(name)
  for (const name of (await settingsUnder(log, prefix)).keys())
    if (prefix + name !== own) await set(log, { [prefix + name]: null })
}

interface Passing {
  signal: AbortSignal
  result: Rescored
}

/** One reading of the log up to where the follower is now. False when the signal aborted. */
async function pass(parts: Rescoring, plan: Plan & { isBegun?: boolean }, passing: Passing): Promise<boolean> {
  const { log, model } = parts
  const { signal, result } = passing
  const { isBegun = false, ...kept } = plan
  const status = await log.status()
  const end = endOf(status)
  if (!isBegun && status.partitions === 1 && (plan.read[0] ?? 0) >= end) return true
  result.isResumed ||= isBegun
  if ((status.readers.analyze ?? 0) < end) parts.onWait?.()
  await followed(end, log, signal)
  if (!isBegun) await set(log, { [prefix + model.id]: JSON.stringify(kept) })
  const walk = openWalk(parts, kept, { status, end })
  for await (const slice of log.read(readerOf(model.id), signal, { until: end, limit: 500 })) {
    if (!(await walk.take(slice, passing))) break
    await slice.commit()
  }
  if (signal.aborted) return false
  await conclude(parts, kept, walk.read())
  return true
}

/** In a log of one partition what the follower has not read yet is left to it; in others a history, too, reads to the head. */
const endOf = ({ head, partitions, readers }: LogStatus): Position => (partitions > 1 ? head : (readers.analyze ?? 0))

/** The marks first: a crash between the two reads again what is marked, and finds it done. */
async function conclude({ log, model, topics }: Rescoring, plan: Plan, read: Position[]): Promise<void> {
  const mark: Mark = { from: plan.from, read }
  const marked = currentOf(topics.list(), plan).map((topic) => [rescoredKey(topic, model.id), JSON.stringify(mark)])
  await set(log, { ...Object.fromEntries(marked), [prefix + model.id]: null })
  await log.release(readerOf(model.id))
}

const currentOf = (topics: Topic[], plan: Plan) => topics.filter(({ id, version }) => plan.topics[id] === version)

interface Walk {
  /** False when no topic is left to read for, or when the signal aborted. */
  take(slice: Slice, passing: Passing): Promise<boolean>
  /** The last positions read, by partition. */
  read(): Position[]
}

function openWalk(parts: Rescoring, plan: Plan, { status, end }: { status: LogStatus; end: Position }): Walk {
  const { model, topics, onProgress } = parts
  const { partitions, oldest, readers } = status
  const start = Math.max(readers[readerOf(model.id)] ?? 0, oldest - 1)
  const read = Array.from({ length: partitions }, (_, nr) => plan.read[nr] ?? 0)
  const isAhead = aheadOf(plan.read.length ? plan : null)
  const isWanted = (one: Told['posts'][number]) => one.post.at >= plan.from && isAhead(one)
  let matching: Matching | null = null
  return {
    // Whole: nothing below the end is still to come. Among several partitions some may be short of it.
    read: () => (partitions === 1 ? [end] : read),
    take: async (slice, { signal, result }) => {
      await topics.refresh()
      const current = currentOf(topics.list(), plan)
      if (!current.length) return false
      if (matching?.topics.length !== current.length) matching = compile(current)
      const told = { ...tell(slice.changes, isWanted), erasures: [], notes: [], topics: [], articles: [] }
      // Before the former model's rows: where the latest received are asked for, those stay the answer.
      const received = slice.changes[0]!.receivedAt
      if (!(await digest({ told, matching, signal, received }, parts))) return false
      await dropGone(parts, current, signal)
      for (const { position } of slice.changes) {
        const nr = partitionOf(position, partitions)
        read[nr] = Math.max(read[nr]!, position)
      }
      result.posts += told.posts.length
      const parted = read.map((position) => Math.max(0, position - start)).reduce((sum, one) => sum + one, 0)
      const done = Math.min(1, parted / partitions / Math.max(1, end - start))
      onProgress?.({ done, posts: result.posts, topics: current.map(({ id }) => id) })
      return true
    },
  }
}

/** Dropped while its slice was being written: whoever dropped it may have looked before these rows came. */
async function dropGone({ store, topics }: Rescoring, written: Topic[], signal: AbortSignal): Promise<void> {
  await topics.refresh()
  for (const { id, version } of written) {
    const isThere = topics.versions(id).some((one) => one.version === version)
    if (!isThere) await retry(() => store.drop(id, version).then(() => true), signal)
  }
}
