// Where the reader of X stands: which posts it has, up to when everything is read, and what is missing. Lines become
// changes here, each post once. The cursor never passes a stretch that is still to be looked up, nor a post that waits.
import { metrics } from '../metrics.ts'
import type { Batch, Change, GapChange } from '../types.ts'
import type { Tally } from './tally.ts'
import type { XClock } from './xClock.ts'
import type { Settings } from './xOptions.ts'
import { behind, createRecent, type Place } from './xPlace.ts'
import { decodeLine, decodePost, type Line, source as name } from './xPost.ts'
import type { RuleKeeper } from './xRules.ts'

const mostSeen = 20_000

export interface StandingOptions {
  settings: Pick<Settings, 'heartbeatMs'>
  tally: Tally
  clock: XClock
  rules: Pick<RuleKeeper, 'inclusionOf'>
}

export interface Standing {
  /** null before the very first start. */
  readonly place: Place | null
  /** X's own word for why it ends the stream. */
  word: string | null
  /** When a batch is due even without a change, so that a quiet stream's place is saved. */
  heartbeatAt: number
  batch(changes: Change[]): Batch
  /** Changes of lines of the stream. */
  lines(lines: string[]): Change[]
  /** Changes of posts that were looked up: those are whole, whatever a rule lets through. */
  found(posts: unknown[]): Change[]
  /** Everything up to now is read. */
  quiet(): void
  /** A stretch that was not seen; the place moves behind it. null where it is none. */
  gap(from: number, to: number, reason: string): GapChange | null
  /** The cursor stays where it is until `release`. */
  hold(): Place
  release(): void
}

export function createStanding({ settings, tally, clock, rules }: StandingOptions, start: Place | null): Standing {
  const seen = createRecent(mostSeen)
  let place = start
  let held: Place | null = null
  const moveTo = (ms: number) => {
    place = notBefore(place, ms)
  }
  const context = () => ({ now: clock.span().high, inclusionOf: rules.inclusionOf, inclusion: 1 })
  const use = (line: Line): Change[] => {
    if (line.kind === 'problem') standing.word = line.name
    if (line.kind === 'drop') tally.drop(line.reason)
    if (line.kind !== 'post' || seen.add(line.change.revision!)) return []
    place = behind(place!, line.change, clock.span().high)
    return [line.change]
  }
  const standing: Standing = {
    get place() {
      return place
    },
    word: null,
    heartbeatAt: 0,
    batch(changes) {
      standing.heartbeatAt = performance.now() + settings.heartbeatMs
      tally.took(changes)
      return { source: name, changes, cursor: JSON.stringify(held ?? place) }
    },
    lines: (lines) => lines.flatMap((line) => use(decodeLine(line, context()))),
    found: (posts) => posts.flatMap((post) => use(decodePost(post, context()))),
    quiet: () => moveTo(clock.span().low),
    gap: (from, to, reason) => {
      moveTo(to)
      return to > from ? gapOf(from, to, reason) : null
    },
    hold: () => (held ??= place!),
    release() {
      held = null
    },
  }
  return standing
}

const notBefore = (place: Place | null, ms: number): Place => ({
  id: place?.id ?? null,
  at: Math.max(place?.at ?? 0, Math.floor(ms)),
})

function gapOf(from: number, to: number, reason: string): GapChange {
  metrics.gaps.inc({ source: name })
  return { op: 'gap', source: name, from: new Date(from).toISOString(), to: new Date(to).toISOString(), reason }
}
