// Up to when all that was posted is here and read, so that what is not there yet is never taken for silence. A stream that
// never rests is always a little behind: not "has everything been read" is asked, but "up to when". Keeps when the log had
// grown how far; may assume that it is asked every few seconds, and after a restart knows nothing until what was there is read.
import type { Status } from '../given.ts'
import { lateMs } from './held.ts'

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
/** Marks of the log's growth: half of them are let go beyond. */
const mostMarks = 2_000

/** What had come in when the log had grown so far was of before `atMs`, and all of that. */
interface Mark {
  atMs: number
  head: number
}

/** A source that catches up, or did and is not read to the end yet. */
interface Behind {
  sinceMs: number
  latestMs: number
  /** It was so far behind that what it brings is not read by the next look. */
  isFar: boolean
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
      if (caughtUp(behind, status, nowMs)) isFuller = true
      marks = marked(marks, { status, nowMs, behind: [...behind.values()] })
      const isFresh = [...behind.values()].some(({ sinceMs }) => nowMs - sinceMs < patientMs)
      // Of a topic whose history is about to be read nothing is known yet.
      const isFilling = status.lag > analyzerLag(status) && !status.histories.length
      const [passed] = marks
      if (isFresh || isFilling || !passed || passed.head > positionOf(status)) return null
      const reached = { ...passed, isFuller }
      isFuller = false
      return reached
    },
  }
}

const analyzerLag = ({ readers, lag }: Status) => readers.analyze?.lag ?? lag
const positionOf = (status: Status) => status.log.head - analyzerLag(status)

/** The last mark that the analyzer has passed, and those that it has not. A source that is behind has told all up to its latest. */
function marked(marks: Mark[], { status, nowMs, behind }: { status: Status; nowMs: number; behind: Behind[] }): Mark[] {
  const { head } = status.log
  const latest = behind.filter(({ isOver }) => !isOver).map(({ latestMs }) => latestMs)
  // Where the clock was set back, what was marked by it says nothing.
  const told = marks.filter(({ atMs }) => atMs <= nowMs)
  // Where nothing came, nothing is to be read.
  const before = told.at(-1)?.head === head ? told.slice(0, -1) : told
  const all = [...before, { atMs: Math.min(nowMs, ...latest), head }]
  const passed = all.findLastIndex((mark) => mark.head <= positionOf(status))
  const left = all.slice(Math.max(0, passed))
  return left.length > mostMarks ? left.filter((_, nr) => nr === 0 || nr % 2 === left.length % 2) : left
}

/** Notes which sources are behind. True where one that was far behind is not any more, and all that it brought is read. */
function caughtUp(behind: Map<string, Behind>, status: Status, nowMs: number): boolean {
  const { head } = status.log
  const gone = [...behind.keys()].filter((known) => !status.sources.some(({ name }) => name === known))
  for (const name of gone) behind.delete(name)
  let isOne = gone.length > 0
  for (const { name, state, latest } of status.sources) {
    const known = behind.get(name)
    const isOver = state !== 'catching up'
    if (!known && isOver) continue
    const latestMs = latest ? Date.parse(latest) : nowMs
    const isFar = known?.isFar || (!isOver && (!latest || nowMs - latestMs > lateMs / 2))
    const next = { sinceMs: known?.sinceMs ?? nowMs, latestMs, isFar, head, isOver }
    // What it brought last may have come since it was seen last.
    if (known?.isOver && isOver) next.head = known.head
    behind.set(name, next)
    if (!isOver || positionOf(status) < next.head) continue
    behind.delete(name)
    if (isFar) isOne = true
  }
  return isOne
}
