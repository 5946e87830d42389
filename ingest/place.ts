// Where we stand in a Jetstream, durable as the cursor string {host, seq, timeUs}. A seq means something on its own
// host only; on another host we resume by time, a margin earlier (repeats are harmless, holes are not). Pure: decides
// where to resume and, from the first frame that comes, what is missing. What is not known to be missing is no gap.
import { CorruptionError } from '../errors.ts'
import type { GapChange } from '../types.ts'
import type { Mark } from './jetstream.ts'

export interface Place extends Mark {
  host: string
}

/** The cursor is our own writing: when it does not parse, something is badly wrong. */
export function placeOf(cursor: string | null): Place | null {
  if (cursor === null) return null
  try {
    const { host, seq, timeUs } = JSON.parse(cursor)
    if (typeof host === 'string' && Number.isSafeInteger(seq) && Number.isSafeInteger(timeUs))
      return { host, seq, timeUs }
  } catch {}
  throw new CorruptionError('the durable cursor of source bluesky does not parse')
}

/** What we ask a host for: one of its seqs, or a time in microseconds. */
export interface Resume {
  cursor: number
  bySeq: boolean
}

export interface ResumeOptions {
  host: string
  /** The host's seqs turned out not to be ours. */
  byTime: boolean
  now: number
  rewindMs: number
  marginMs: number
}

export function resumeAt(place: Place | null, options: ResumeOptions): Resume {
  if (!place) return { cursor: (options.now - options.rewindMs) * 1000, bySeq: false }
  if (place.host === options.host && !options.byTime) return { cursor: place.seq, bySeq: true }
  return { cursor: place.timeUs - options.marginMs * 1000, bySeq: false }
}

/** Cursors are inclusive: the first frame is our last one again. If it is not, these are another archive's seqs. */
export function isOurs(place: Place | null, mark: Mark, resume: Resume): boolean {
  return !resume.bySeq || (mark.seq === place?.seq && mark.timeUs === place.timeUs)
}

export interface Start {
  resume: Resume
  /** The host said that it starts later than we asked. */
  outdated: boolean
  /** A host that starts this much later without a word skipped something. */
  holeMs: number
}

/** What lies between our place and the first frame of a resume by time, when it is known to be missing. */
export function gapBefore(place: Place | null, mark: Mark, start: Start): Omit<GapChange, 'source'> | null {
  if (!place || start.resume.bySeq || mark.timeUs <= place.timeUs) return null
  const late = mark.timeUs - place.timeUs > start.holeMs * 1000
  if (!start.outdated && !late) return null
  const reason = start.outdated ? 'away for longer than the host keeps' : 'the host started later than asked'
  // Times are kept in milliseconds: up to the next one, so that what is missing just before the first frame lies inside.
  return { op: 'gap', from: isoOf(place.timeUs), to: isoOf(mark.timeUs + 999), reason }
}

const isoOf = (timeUs: number): string => new Date(Math.floor(timeUs / 1000)).toISOString()
