// What reading costs, and the most it may cost in a day and in a month of X (UTC). Posts are reserved durably before they
// can be spent, so whatever happens then (kill -9, a cut, a clock that is set) is paid for already: what was reserved and
// is not given back counts as spent. A post can be under way unseen; the reservation always covers as many as can be, and
// where it no longer does, reading must end at once. Must never let a post be read that nothing was reserved for.
import { metrics } from '../metrics.ts'
import * as spendBook from './spendBook.ts'
import { type Book, bookOf, type Claim, dayOf, endOf, type Keep, monthOf, newestDay, nothing } from './spendBook.ts'
import { createStride, type Stride } from './stride.ts'
import type { XClock } from './xClock.ts'

export type { Keep } from './spendBook.ts'

export interface MeterOptions {
  source: string
  /** US dollars: of one post, and the most in a day and in a month. */
  price: number
  daily: number
  monthly: number
  /** Posts that can be under way unseen at any moment. */
  inFlight: number
  /** Posts reserved at once beyond that. */
  step: number
  keep: Keep
  clock: Pick<XClock, 'span' | 'isKnown'>
}

/** Nothing more may be spent in this span; it ends at `until` (Unix milliseconds). */
export interface Refusal {
  span: 'day' | 'month'
  until: number
}

/** A reservation made so shortly before midnight counts in both days, so that none must be made just then. */
const leadMs = 60_000
const micros = 1_000_000

export async function openMeter(options: MeterOptions): Promise<Meter> {
  return new Meter(options, bookOf(await options.keep.read()))
}

export class Meter {
  readonly #options: MeterOptions
  readonly #price: number
  #book: Book
  /** Posts that are reserved, charged to each of `#covers`, and not yet received. */
  #left = 0
  #covers: string[] = []
  /** Of these it is not known whether they were spent. */
  #doubt: Claim
  /** The book says so, too. Whoever opens it takes that over, and the first thing written says it no more. */
  #isDoubtKept: boolean
  #line: Promise<unknown> = Promise.resolve()
  #isFilling = false
  readonly #stride: Stride

  constructor(options: MeterOptions, { book, doubt }: ReturnType<typeof bookOf>) {
    this.#options = options
    this.#book = book
    this.#doubt = doubt
    this.#isDoubtKept = doubt.posts > 0
    this.#stride = createStride(options.step)
    this.#price = Math.max(1, Math.ceil(options.price * micros - 1e-6))
    this.#tell()
  }

  /** Spent in X's present day and month, in dollars; what is reserved and unused left out. */
  spent(): { day: number; month: number } {
    const { low } = this.#span()
    const of = (key: string) =>
      ((this.#book[key] ?? 0) - (this.#covers.includes(key) ? this.#left * this.#price : 0)) / micros
    return { day: of(dayOf(low)), month: of(monthOf(low)) }
  }

  /** Makes sure that a stream may be opened: null, or what forbids it. */
  ready(): Promise<Refusal | null> {
    const { inFlight, step } = this.#options
    return this.#alone(async () => (await this.#turn()) ?? this.#reserve(inFlight + step - this.#left))
  }

  /** To be asked every few seconds while a stream is open: a new day needs a reservation of its own. */
  tick(): Promise<Refusal | null> {
    return this.#alone(() => this.#turn())
  }

  /** So many posts came. false: what is left no longer covers what can be under way, so the stream must be cut now. */
  received(posts = 1): boolean {
    const { inFlight, source } = this.#options
    metrics.spendPosts.inc({ source }, posts)
    this.#left -= posts
    if (this.#left < inFlight + this.#stride.posts) this.#fill()
    return this.#left >= inFlight && this.#isCovered()
  }

  /** Sets posts aside for a request that brings so many at most, beside an open stream. */
  async claim(posts: number): Promise<Claim | Refusal> {
    const { inFlight, step } = this.#options
    return this.#alone(async () => {
      const refusal = (await this.#turn()) ?? (await this.#reserve(posts + inFlight + step - this.#left))
      if (refusal) return refusal
      this.#left -= posts
      return { posts, covers: this.#covers }
    })
  }

  /** What a request brought. The rest of its claim is free again. */
  used(claim: Claim, posts: number): void {
    metrics.spendPosts.inc({ source: this.#options.source }, posts)
    if (this.#holds(claim) || posts > claim.posts) this.#left += claim.posts - posts
  }

  /** A stream ended, and nobody knows what was under way: as much as can be counts as spent. */
  lost(): void {
    const posts = Math.max(0, Math.min(this.#left, this.#options.inFlight))
    this.#left -= posts
    const before = this.#holds(this.#doubt) ? this.#doubt.posts : 0
    this.#doubt = { posts: before + posts, covers: this.#covers }
  }

  /** Everything from before the cut to behind it was looked up, `found` posts: no more can have been under way. */
  settle(found: number): void {
    const slack = Math.ceil(this.#doubt.posts / 10)
    if (this.#holds(this.#doubt)) this.#left += Math.max(0, this.#doubt.posts - found - slack)
    this.#doubt = nothing
  }

  /** Gives back what was not used. Only once nothing is under way any more, or `lost` was told. */
  close(): Promise<void> {
    return this.#alone(async () => {
      const back = Math.max(0, this.#left)
      this.#left = Math.min(0, this.#left)
      await this.#charge(this.#covers, -back, this.#holds(this.#doubt) ? this.#doubt : nothing)
    })
  }

  /** What was charged then is charged to all that what is left must be charged to now. */
  #holds({ covers }: Claim): boolean {
    return this.#covers.every((key) => covers.includes(key))
  }

  /** Reserves more behind the stream's back; where that fails, the stream is cut once it is through with the rest. */
  #fill(): void {
    if (this.#isFilling) return
    this.#isFilling = true
    const { inFlight, step } = this.#options
    this.#stride.next(this.#span().low)
    const upTo = (posts: number) => this.#reserve(inFlight + 2 * posts - this.#left)
    // Near a limit there may be money for a step and none for more.
    const more = async () => (await this.#turn()) ?? ((await upTo(this.#stride.posts)) && (await upTo(step)))
    void this.#alone(more)
      .catch(() => null)
      .finally(() => {
        this.#isFilling = false
      })
  }

  /** One at a time: each sees the book as the one before left it. */
  #alone<T>(work: () => T | Promise<T>): Promise<T> {
    const run = this.#line.then(work)
    this.#line = run.catch(() => {})
    return run
  }

  async #reserve(posts: number): Promise<Refusal | null> {
    if (posts <= 0) return null
    const refusal = this.#refusal(this.#covers, posts)
    if (refusal) return refusal
    await this.#charge(this.#covers, posts)
    this.#left += posts
    return null
  }

  /** What is reserved counts in every day and month that it can be spent in, before it can. */
  async #turn(): Promise<Refusal | null> {
    const keys = this.#keys(leadMs)
    const fresh = keys.filter((key) => !this.#covers.includes(key))
    if (fresh.length === 0 && keys.length === this.#covers.length) return null
    const over = Math.max(0, -this.#left)
    await this.#charge(this.#covers, 0)
    const left = Math.max(0, this.#left) + over
    const refusal = this.#refusal(fresh, left)
    if (refusal) return refusal
    // What comes in while this is written is charged to the new span as well: too much, never too little.
    await this.#charge(fresh, left)
    this.#left = Math.min(this.#left, left - over)
    this.#covers = keys
    return null
  }

  #refusal(keys: string[], posts: number): Refusal | null {
    const { daily, monthly } = this.#options
    const full = keys.find((key) => {
      const most = (key.length === 7 ? monthly : daily) * micros
      return (this.#book[key] ?? 0) + posts * this.#price > most
    })
    if (!full) return null
    // A span that has not begun is full: nothing can be carried into it, but it is asked again once it has.
    const until = Math.max(endOf(full), this.#span().low + 1_000)
    return { span: full.length === 7 ? 'month' : 'day', until }
  }

  async #charge(keys: string[], posts: number, doubt = nothing): Promise<void> {
    // More came than was reserved (we did not get to read for longer than was reckoned with): that is spent, too.
    const over = Math.max(0, -this.#left)
    const sum = (posts + over) * this.#price
    const isSaid = doubt.posts === 0 && !this.#isDoubtKept
    if ((sum === 0 && isSaid) || keys.length === 0) return
    const book = { ...this.#book }
    for (const key of keys) book[key] = Math.max(0, (book[key] ?? 0) + sum)
    const kept = spendBook.pruned(book)
    await spendBook.writeBook(this.#options.keep, spendBook.textOf(kept, doubt))
    this.#left += over
    this.#book = kept
    this.#isDoubtKept = doubt.posts > 0
    this.#tell()
  }

  /** The days and months that X may have now or within `aheadMs`. */
  #keys(aheadMs: number): string[] {
    const { low, high } = this.#span()
    return [...new Set([dayOf(low), dayOf(high + aheadMs), monthOf(low), monthOf(high + aheadMs)])]
  }

  /** X's time. Where X never told it, the local time, but no day before the last one that money was spent in. */
  #span(): { low: number; high: number } {
    const { clock } = this.#options
    const { low, high } = clock.span()
    if (clock.isKnown) return { low, high }
    const least = Date.parse(`${newestDay(this.#book) ?? '1970-01-01'}T00:00:00Z`)
    return { low: Math.max(low, least), high: Math.max(high, least) }
  }

  #isCovered(): boolean {
    return this.#keys(0).every((key) => this.#covers.includes(key))
  }

  #tell(): void {
    const { source, daily, monthly } = this.#options
    const spent = this.spent()
    for (const [span, limit] of [['day', daily] as const, ['month', monthly] as const]) {
      metrics.spendDollars.set({ source, span }, spent[span])
      metrics.spendLimit.set({ source, span }, limit)
    }
  }
}
