// How the feeds of a source stand, in one sentence for a person: which are read, which are not and why, what to do about it.
// Pure. Names a feed by its host alone: its address may hold a key.
import type { SourceStatus } from '../types.ts'
import { type FeedOutcome, isRead } from './feed.ts'

export interface FeedStanding {
  host: string
  /** Of the last read; null: none yet. */
  outcome: FeedOutcome | null
  dueMs: number
}

const mostNamed = 3
const whys: Partial<Record<FeedOutcome, string>> = {
  failed: 'its site is in trouble, or asks us to wait',
  refused: 'its site refuses: check the address',
  gone: 'gone for good: take it out of sources.feeds',
  malformed: 'what it sends is no feed',
  timeout: 'no answer in time',
  unreachable: 'it cannot be reached',
  too_large: 'over 2 MB',
  redirect: 'its redirects lead nowhere: check the address',
  not_public: 'its address leads to a network that is not public',
}

const count = (n: number) => (n === 1 ? '1 feed' : `${n.toLocaleString('en-US')} feeds`)
const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16)

export function standingOf(feeds: readonly FeedStanding[]): Pick<SourceStatus, 'state' | 'detail'> {
  const looked = feeds.filter(({ outcome }) => outcome !== null)
  if (!looked.length) return { state: 'connecting', detail: `${count(feeds.length)} to read.` }
  const troubled = looked.filter(({ outcome }) => !isRead(outcome!))
  const state =
    troubled.length < looked.length
      ? 'live'
      : looked.length < feeds.length
        ? 'connecting'
        : looked.every(({ outcome }) => outcome === 'gone')
          ? 'failed'
          : 'stalled'
  const told = troubled.slice(0, mostNamed).map(whyOf)
  const more = troubled.length > mostNamed ? `; and ${troubled.length - mostNamed} more` : ''
  const reading = `Reading ${count(feeds.length - troubled.length)}.`
  if (!troubled.length) return { state, detail: reading }
  return { state, detail: `${reading} ${count(troubled.length)} not read now: ${told.join('; ')}${more}.` }
}

function whyOf({ host, outcome, dueMs }: FeedStanding): string {
  const why = whys[outcome!] ?? 'its address cannot be called'
  return outcome === 'gone' ? `${host} (${why})` : `${host} (${why}; asked again at ${clock(dueMs)} UTC)`
}
