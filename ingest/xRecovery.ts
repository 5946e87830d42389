// What a short gap of the stream hid, looked up through recent search: page by page, topic by topic, under the same meter
// as the stream. A search knows no sampling, so what it brings is whole. Where the meter or X refuses, the rest stays a
// gap, and is told as one. Never asks for more than was set aside for it.
import type { Meter, Refusal } from './spend.ts'
import { type Page, type Search, type XApi, XRefused } from './xClient.ts'
import { idAt } from './xPost.ts'
import { wholeOf } from './xRules.ts'

export interface Stretch {
  from: number
  to: number
}

export interface Recovery {
  readonly stretch: Stretch
  /** The next page, oldest post first; null once there is none. Rejects where X fails: then it may be asked again. */
  next(): Promise<unknown[] | null>
  /** What was not looked up. */
  missing(): Stretch | null
}

export interface RecoveryOptions {
  api: Pick<XApi, 'search'>
  meter: Pick<Meter, 'claim' | 'used'>
  /** Rules as X holds them. */
  values: string[]
  stretch: Stretch
  /** How much earlier and later is looked. */
  marginMs: number
}

const pageSizes = [100, 10]

interface Query {
  query: string
  next: string | null
  /** Down to here it is read. */
  oldest: number
}

export function createRecovery({ api, meter, values, stretch, marginMs }: RecoveryOptions): Recovery {
  const queries = [...new Set(values.map(wholeOf))].map((query): Query => ({ query, next: null, oldest: stretch.to }))
  const ids = { sinceId: idAt(stretch.from - marginMs), untilId: idAt(stretch.to + marginMs) }
  let isRefused = false

  return {
    stretch,
    async next() {
      const [query] = queries
      if (!query || isRefused) return null
      const page = await ask({ api, meter }, { ...ids, query: query.query, next: query.next })
      if (page === null) {
        isRefused = true
        return null
      }
      query.next = page.next
      query.oldest = Math.min(query.oldest, ...page.posts.map(timeOf))
      if (page.next === null) queries.shift()
      return page.posts.toReversed()
    },
    missing() {
      if (queries.length === 0) return null
      return { from: stretch.from, to: Math.max(stretch.from, ...queries.map(({ oldest }) => oldest)) }
    },
  }
}

/** null: the meter refuses even the smallest page. */
async function ask(
  { api, meter }: Pick<RecoveryOptions, 'api' | 'meter'>,
  search: Omit<Search, 'most'>,
): Promise<Page | null> {
  for (const most of pageSizes) {
    const claim = await meter.claim(most)
    if (isRefusal(claim)) continue
    try {
      const page = await api.search({ ...search, most })
      meter.used(claim, page.posts.length)
      return page
    } catch (error) {
      // Without an answer nobody knows whether posts were sent: then what was set aside stays spent.
      if (error instanceof XRefused) meter.used(claim, 0)
      throw error
    }
  }
  return null
}

const isRefusal = (claim: object): claim is Refusal => 'until' in claim

/** When a post was made; a search tells the newest first. One that does not say is of no help. */
function timeOf(post: unknown): number {
  const ms = Date.parse(String((post as { created_at?: unknown } | null)?.created_at))
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms
}
