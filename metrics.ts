// Every counter we keep, in one place, in Prometheus' terms (docs/metrics.md describes each; a test keeps it true).
// The only file that knows prom-client. Labels never carry post text, ids or authors.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { DropReason } from './types.ts'

export const registry = new Registry()
const counter = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
  new Counter({ name: `undercurrent_${name}`, help, labelNames, registers: [registry] })
const gauge = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
  new Gauge({ name: `undercurrent_${name}`, help, labelNames, registers: [registry] })

export const metrics = {
  received: counter('changes_received_total', 'Changes received from a source', ['source']),
  dropped: counter('dropped_total', 'Things from outside not taken in, by reason', ['source', 'reason']),
  gaps: counter('gaps_total', 'Stretches of a source that were not seen', ['source']),
  spendPosts: counter('spend_posts_total', 'Posts read of a source that are paid for', ['source']),
  spendDollars: gauge('spend_dollars', 'US dollars spent on a source in its present day or month', ['source', 'span']),
  spendLimit: gauge('spend_limit_dollars', 'US dollars that may be spent on a source in a day or month', [
    'source',
    'span',
  ]),
  reconnects: counter('reconnects_total', 'Connections to a source made again', ['source']),
  appended: counter('log_appended_total', 'Changes made durable in the log'),
  matched: counter('mentions_matched_total', 'Posts seen as about a topic (post and topic pairs)'),
  scored: counter('mentions_scored_total', 'Mentions scored by the model'),
  skipped: counter('mentions_skipped_total', 'Mentions kept but not scored, by reason', ['reason']),
  cacheHits: counter('score_cache_hits_total', 'Scores answered from the exact-duplicate cache'),
  sourceState: gauge('source_state', '1 for the state that a source of this process is in', ['source', 'state']),
  lag: gauge('reader_lag', 'Changes between the head of the log and a reader', ['reader']),
  sliceSeconds: new Histogram({
    name: 'undercurrent_slice_seconds',
    help: 'Seconds spent on one slice, by stage',
    labelNames: ['stage'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  }),
  visibleSeconds: new Histogram({
    name: 'undercurrent_visible_seconds',
    help: 'Seconds from receipt of a matched post to its row in the store',
    buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60],
    registers: [registry],
  }),
  queries: new Histogram({
    name: 'undercurrent_query_seconds',
    help: 'Seconds a question to the store took',
    labelNames: ['question'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  }),
  limited: counter('rate_limited_total', 'Requests refused because their caller asked too often', ['rate']),
  labels: counter('labels_total', 'Labels by people, by outcome: taken, or why not', ['outcome']),
  perspectives: counter('perspectives_total', 'Perspectives written, by outcome', ['outcome']),
  perspectiveSeconds: new Histogram({
    name: 'undercurrent_perspective_seconds',
    help: 'Seconds it took to write one perspective, its questions to the store included',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  }),
  editions: counter('editions_total', 'Paragraphs kept as editions, by reason', ['reason']),
  sentencesCut: counter('sentences_cut_total', 'Sentences the gate dropped, by reason', ['reason']),
  webhooks: counter('webhook_deliveries_total', 'Tries to tell a registered site, by outcome', ['outcome']),
  alertDeliveries: counter('alert_deliveries_total', 'Tries to tell a channel of alerts, by outcome', [
    'kind',
    'outcome',
  ]),
  alertsLookedUntil: gauge('alerts_looked_until_seconds', 'Up to when posts were looked at for alerts, Unix time'),
  alertsOwed: gauge('alert_deliveries_owed', 'Bulletins that a channel has not acknowledged yet', ['kind']),
  xDeletes: counter('x_deletion_checks_total', 'Times X was asked which posts are gone, by outcome', ['outcome']),
  feeds: counter('feed_reads_total', 'Reads of a feed of stories, by outcome', ['outcome']),
  chat: counter('chat_texts_total', 'Texts asked of the chat endpoint, by outcome', ['outcome']),
}

/** Counts a drop. The reason is from the closed list, so a typo does not compile. */
export function dropped(source: string, reason: DropReason, count = 1): void {
  metrics.dropped.inc({ source, reason }, count)
}

type Counting = keyof typeof metrics
/** What is counted on a thread that nobody scrapes is told, to be counted where they do. */
export function countElsewhere(tell: (name: Counting, args: unknown[]) => void): void {
  for (const [name, one] of Object.entries(metrics) as [Counting, object][]) {
    if (one instanceof Counter) one.inc = (...args: unknown[]) => tell(name, args)
    if (one instanceof Histogram) one.observe = (...args: unknown[]) => tell(name, args)
  }
}

/** Counts what another thread told. */
export function countHere(name: Counting, args: unknown[]): void {
  const one: unknown = metrics[name]
  if (one instanceof Counter) one.inc(...(args as []))
  if (one instanceof Histogram) one.observe(...(args as unknown as [number]))
}

let look: () => Promise<unknown> = async () => {}
/** What is looked at before each scrape, so that a gauge is never as old as the last question; null: nothing. */
export function lookBeforeScrape(work: (() => Promise<unknown>) | null): void {
  look = work ?? (async () => {})
}

let defaults = false
/** The text a Prometheus server scrapes. */
export async function exposition(): Promise<string> {
  // The log may be away: then the counters are wanted all the more.
  await look().catch(() => {})
  if (!defaults) collectDefaultMetrics({ register: registry })
  defaults = true
  return registry.metrics()
}
