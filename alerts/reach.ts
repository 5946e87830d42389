// Up to when all that was posted is here and read, so that what is not there yet is never taken for silence. A stream that
// never rests is always a little behind: not "has everything been read" is asked, but "up to when". Keeps when the log had
// grown how far; may assume that it is asked every few seconds, and after a restart knows nothing until what was there is read.
import type { Status } from '../given.ts'

export interface Reach {
  /** Milliseconds since 1970; null: not to be said yet, ask again. */
  of(status: Status, nowMs: number): number | null
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

export function openReach(): Reach {
  let marks: Mark[] = []
  const catching = new Map<string, number>()
  return {
    of: (status, nowMs) => {
      marks = marked(marks, status, nowMs)
      const behind = sourcesAt(status, catching, nowMs)
      // Of a topic whose history is about to be read nothing is known yet.
      const isFilling = status.lag > analyzerLag(status) && !status.histories.length
      const [passed] = marks
      if (behind === null || isFilling || !passed || passed.head > positionOf(status)) return null
      return Math.min(passed.atMs, behind)
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

/** Up to when sources have told all they know; null: one has just begun to catch up. */
function sourcesAt({ sources }: Status, catching: Map<string, number>, nowMs: number): number | null {
  const behind = sources.filter(({ state }) => state === 'catching up')
  for (const name of catching.keys()) if (!behind.some((one) => one.name === name)) catching.delete(name)
  let reach = nowMs
  for (const { name, latest } of behind) {
    const since = catching.get(name) ?? nowMs
    catching.set(name, since)
    if (nowMs - since < patientMs) return null
    const latestMs = latest ? Date.parse(latest) : nowMs
    if (nowMs - latestMs < newsMs) reach = Math.min(reach, latestMs)
  }
  return reach
}
