// The life of perspectives: looks at the topics whenever something was analyzed, writes anew what moved, and keeps an
// edition when it reads otherwise. Never two looks at once, and rests three times as long as it worked.
import type { Filter, KeptEdition, Questions, Store, StoredPost, TopicCount, Window } from '../answers.ts'
import type { News, Perspective, ToldEdition } from '../conclusions.ts'
import { crash } from '../crash.ts'
import { CorruptionError } from '../errors.ts'
import { metrics } from '../metrics.ts'
import { sleep as realSleep, type Sleep } from '../retry.ts'
import type { Topic } from '../types.ts'
import { changeBetween } from './change.ts'
import { type Cited, compose, type Restored, restore } from './editions.ts'
import { type ReadWritten, restsOn } from './kept.ts'
import { type KeepReason, type Outline, outlineOf, pauseMs, reasonToKeep } from './outline.ts'

export interface Living {
  ask: Questions
  keep: Store['keep']
  model: string
  topics: () => Topic[]
  read: ReadWritten
  /** Moves whenever something was analyzed. */
  stamp: () => Promise<string>
  tell?: (news: News) => void
  note?: (event: string, fields: object) => void
  now?: () => number
  sleep?: Sleep
  everyMs?: number
}

/** What is known of a topic version since its last look. */
interface State {
  counted: string
  /** The paragraph that was looked at last: the same one again means that nothing moved. */
  told: Perspective | null
  kept: Outline | null
  window: Window | null
  number: number
  keptMs: number
  /** Something of the last edition was withdrawn while nobody looked. */
  isPierced: boolean
  /** A difference that waits for its pause to end. */
  isDue: boolean
}

/** Topics whose counts did not move may still have moved (an edit, a wish to be hidden): so many are looked at in turn. */
const quietAtOnce = 10
/** Paragraphs are computed while the store answers for others: with two, the store waits for us half of the time. */
export const sideBySide = 6
/** On a busy topic every look finds new posts: it must leave the machine to reading, scoring and those who ask. */
const restTimes = 3
const dayMs = 86_400_000

/** Runs until the signal aborts. Rejects only when the store is not what we wrote. */
export async function live(living: Living, signal: AbortSignal): Promise<void> {
  const { stamp, everyMs = 2_000, sleep = realSleep, note = () => {} } = living
  const look = openLook(living, signal)
  let seen: string | null = null
  while (!signal.aborted) {
    const start = performance.now()
    try {
      const now = await stamp()
      if ((await look(now !== seen)) && !signal.aborted) seen = now
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      note('perspectives were not looked at, will be tried again', { error })
    }
    await sleep(Math.max(everyMs, restTimes * (performance.now() - start)), signal)
  }
}

/**
 * One look: over the topics whose counts moved, and some of the others in turn. `moved`: something was analyzed since the
 * last look. False where a topic could not be looked at: it is tried again though nothing moves.
 */
export function openLook(living: Living, signal: AbortSignal): (moved: boolean) => Promise<boolean> {
  const { ask, topics, note = () => {}, now = Date.now } = living
  const states = new Map<string, State>()
  const isDue = (key: string) => states.get(key)?.isDue && now() - states.get(key)!.keptMs >= pauseMs.words
  // Quiet topics that are still to be looked at since something was last analyzed.
  let [owed, turn] = [0, 0]
  const tryOne = async ({ topic, key }: Listed, count: TopicCount | undefined): Promise<boolean> => {
    try {
      const before = states.get(key) ?? (await remembered(ask, topic))
      states.set(key, await refresh(topic, { before, count, living }))
      return true
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      note('a perspective was not written, will be tried again', { topic: topic.id, error })
      return false
    }
  }
  return async (moved) => {
    const listed = topics().map((topic): Listed => ({ topic, key: `${topic.id}@${topic.version}` }))
    if (moved) owed = listed.length
    if (owed <= 0 && !listed.some(({ key }) => isDue(key))) return true
    for (const key of states.keys()) if (!listed.some((one) => one.key === key)) states.delete(key)
    const counts = new Map((await ask.counts()).map((one) => [`${one.topic}@${one.version}`, one]))
    const isMoved = ({ key }: Listed) => states.get(key)?.counted !== countedAs(counts.get(key)) || isDue(key)
    const quiet = listed.filter((one) => !isMoved(one))
    const inTurn = Array.from({ length: Math.min(quietAtOnce, quiet.length) }, () => quiet[turn++ % quiet.length]!)
    owed -= quietAtOnce
    const queue = [...listed.filter(isMoved), ...inTurn]
    let failures = 0
    const work = async () => {
      for (let one = queue.shift(); one && !signal.aborted; one = queue.shift())
        if (!(await tryOne(one, counts.get(one.key)))) failures++
    }
    await Promise.all(Array.from({ length: sideBySide }, work))
    return failures === 0 && !signal.aborted
  }
}

interface Listed {
  topic: Topic
  key: string
}

const countedAs = (count?: TopicCount) => (count ? `${count.posts} ${count.authors} ${count.latest}` : '')

/** What the last edition of a topic says now, after a restart. */
async function remembered(ask: Questions, topic: Topic): Promise<State> {
  const nothing = { counted: '-', told: null, isDue: false, isPierced: false }
  const [kept] = await ask.editions(topic.id, 1)
  if (!kept) return { ...nothing, kept: null, window: null, number: 0, keptMs: 0 }
  const { number, at, perspective, withdrawn } = restore(kept)
  const known = { kept: outlineOf(perspective), window: perspective.window, number, keptMs: Date.parse(at) }
  return { ...nothing, ...known, isPierced: withdrawn > 0 }
}

interface Refreshing {
  before: State
  count: TopicCount | undefined
  living: Living
}

async function refresh(topic: Topic, { before, count, living }: Refreshing): Promise<State> {
  const counted = countedAs(count)
  const window = windowOf(count) ?? before.window
  // Never had a post: there is nothing to tell yet.
  if (!window) return { ...before, counted }
  const { told, cited } = await living.read(topic, window)
  if (told === before.told && !before.isDue) return { ...before, counted }
  const looked = { ...before, counted, told, window, isDue: false }
  const outline = outlineOf(told)
  const filter = restsOn(topic, living.model, before.window ?? window)
  const gone = before.isPierced || (await isGone({ ask: living.ask, kept: before.kept, now: outline }, filter))
  const reason = reasonToKeep(before.kept, outline, gone)
  if (!reason) return looked
  const nowMs = Math.max((living.now ?? Date.now)(), before.keptMs + 1)
  if (nowMs - before.keptMs < pauseMs[reason]) return { ...looked, isDue: true }
  await issue(topic, { told, cited, nowMs, reason, living, number: before.number + 1 })
  const wasTold = before.kept !== null && before.kept.refusal === null
  const kind = told.refusal && wasTold ? 'withdrawn' : 'updated'
  living.tell?.({ topic: topic.id, version: topic.version, kind })
  return { ...looked, kept: outline, number: before.number + 1, keptMs: nowMs, isPierced: false }
}

/** The 24 h that end with the latest post, that post included. */
function windowOf(count?: TopicCount): Window | null {
  if (!count?.latest) return null
  const to = Date.parse(count.latest) + 1
  return { from: new Date(to - dayMs).toISOString(), to: new Date(to).toISOString() }
}

/** Whether a quotation that was told may no longer be. */
async function isGone(
  { ask, kept, now }: { ask: Questions; kept: Outline | null; now: Outline },
  filter: Filter,
): Promise<boolean> {
  // What is told now has just been seen alive.
  const told = new Set(now.quotes.map(({ post, text }) => JSON.stringify([post, text])))
  const missed = (kept?.quotes ?? []).filter(({ post, text }) => !told.has(JSON.stringify([post, text])))
  if (!missed.length) return false
  const posts = await ask.found(filter, [...new Set(missed.map(({ post }) => post))])
  const shows = (quote: Outline['quotes'][number]) => (post: StoredPost) =>
    post.id === quote.post && post.quotable && post.text.includes(quote.text)
  return !missed.every((quote) => posts.some(shows(quote)))
}

interface Issue {
  told: Perspective
  cited: Cited[]
  nowMs: number
  reason: KeepReason
  living: Living
  number: number
}

/** Keeps an edition. A post that left since it was written is gone from it as from any other that is kept. */
async function issue(topic: Topic, { told, cited, nowMs, reason, living, number }: Issue): Promise<void> {
  const { model, keep } = living
  const composed = compose(told, cited, number)
  const ref = { topic: topic.id, version: topic.version }
  crash('edition.written')
  await keep({ topic: ref, model, window: told.window, at: new Date(nowMs).toISOString(), ...composed })
  crash('edition.kept')
  metrics.editions.inc({ reason })
}

/** The editions of a topic as they may be told now, newest first, each with what changed since the one before it. */
export async function toldEditions(ask: Questions, topic: string, limit: number): Promise<ToldEdition[]> {
  const all = (await ask.editions(topic, limit + 1)).map((kept: KeptEdition): Restored => restore(kept))
  return all.slice(0, limit).map(({ number, at, perspective, withdrawn }, nr) => {
    const before = all[nr + 1]
    const change = before ? changeBetween(before.perspective, perspective) : null
    return { number, at, told: perspective, withdrawn, change }
  })
}
