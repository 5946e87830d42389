// Up to when all that was posted is here and read, so that what is not there yet is never taken for silence. A stream that
// never rests is always a little behind: not "has everything been read" is asked, but "up to when". Keeps when the log had
// grown how far; may assume that it is asked every few seconds, and after a restart knows nothing until what was there is read.
import type { Status } from '../given.ts'

export interface Reached {
  /** Milliseconds since 1970. */
  atMs: number
  /** The log's position up to which all was read. */
  head: number
  /** A source has caught up since: there may be more in the past than there was. */
  isFuller: boolean
}

export interface Reach {
  /** null: not to be said yet, ask again. */
  of(status: Status, nowMs: number): Reached | null
}

/** A source that catches up is waited for so long; after that looks go along with it. */
const patientMs = 15 * 60_000
/** What is caught up with beyond that is another time: its posts fill the past, as those of a file do. */
const newsMs = 48 * 3_600_000
/** Marks of the log's growth: half of them are let go beyond. */
const mostMarks = 2_000

interface Mark {
  atMs: number
  head: number
}

/** A source that catches up, or did and is not read to the end yet. */
interface Behind {
  sinceMs: number
  latestMs: number
  /** Its last change stands before. */
  head: number
  isOver: boolean
}

export function openReach(): Reach {
  let marks: Mark[] = []
  let isFuller = false
  const behind = new Map<string, Behind>()
  return {
    of: (status, nowMs) => {
      marks = marked(marks, status, nowMs)
      if (caughtUp(behind, status, nowMs)) isFuller = true
      const bound = boundBy([...behind.values()], nowMs)
      // Of a topic whose history is about to be read nothing is known yet.
      const isFilling = status.lag > analyzerLag(status) && !status.histories.length
      const [passed] = marks
      if (bound === null || isFilling || !passed || passed.head > positionOf(status)) return null
      const reached = { atMs: Math.min(passed.atMs, bound), head: passed.head, isFuller }
      isFuller = false
      return reached
    },
  }
}

const analyzerLag = ({ readers, lag }: Status) => readers.analyze?.lag ?? lag
const positionOf = (status: Status) => status.log.head - analyzerLag(status)

/** The last mark that the analyzer has passed, and those that it has not. */
function marked(marks: Mark[], status: Status, nowMs: number): Mark[] {
  const { head } = status.log
  const last = marks.at(-1)
  // Where nothing came, nothing is to be read.
  const all = [...(last?.head === head ? marks.slice(0, -1) : marks), { atMs: nowMs, head }]
  const passed = all.findLastIndex((mark) => mark.head <= positionOf(status))
  const left = all.slice(Math.max(0, passed))
  return left.length > mostMarks ? left.filter((_, nr) => nr === 0 || nr % 2 === left.length % 2) : left
}

/** Notes which sources are behind. True where one of them is not any more, and all that it brought is read. */
function caughtUp(behind: Map<string, Behind>, status: Status, nowMs: number): boolean {
  const { head } = status.log
  const gone = [...behind.keys()].filter((known) => !status.sources.some(({ name }) => name === known))
  for (const name of gone) behind.delete(name)
  let isOne = gone.length > 0
  for (const { name, state, latest } of status.sources) {
    const known = behind.get(name)
    const isOver = state !== 'catching up'
    if (!known && isOver) continue
    const sinceMs = known?.sinceMs ?? nowMs
    const next = { sinceMs, latestMs: latest ? Date.parse(latest) : nowMs, head, isOver }
    // What it brought last may have come since it was seen last.
    if (known?.isOver && isOver) next.head = known.head
    behind.set(name, next)
    if (!isOver || positionOf(status) < next.head) continue
    behind.delete(name)
    isOne = true
  }
  return isOne
}

/** Up to when sources that are behind have told all they know; null: one has just begun to catch up. */
function boundBy(behind: Behind[], nowMs: number): number | null {
  let bound = nowMs
  for (const { sinceMs, latestMs } of behind) {
    if (nowMs - sinceMs < patientMs) return null
    if (nowMs - latestMs < newsMs) bound = Math.min(bound, latestMs)
  }
  return bound
}
