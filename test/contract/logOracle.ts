// 10,000 random changes against a log and against a model of it that is too simple to be wrong: lists and maps.
// The spaces of ids, authors, revisions and times are tiny, so that every rule meets every other.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AccountChange, Change, DeleteChange, PostChange } from '../../types.ts'
import { append, at, post, readAll, scanned } from './changes.ts'
import type { LogFixture } from './log.ts'

type Kept = { change: Change; arrival: number }

/** The rules of a log, naively. */
class Oracle {
  kept: Kept[] = []
  readonly #deleted = new Map<string, number>()
  readonly #left = new Map<string, { gone: string; back: string | null }>()
  #arrival = 0

  take(change: Change): void {
    if (change.op === 'create' || change.op === 'update') this.#post(change)
    else if (change.op === 'delete') this.#delete(change)
    else this.#account(change as AccountChange)
  }

  #keep(change: Change): void {
    this.kept.push({ change, arrival: this.#arrival++ })
  }

  #drop(isVoid: (post: PostChange) => boolean): void {
    this.kept = this.kept.filter(({ change }) => !('text' in change && isVoid(change)))
  }

  #post(change: PostChange): void {
    if (order(change.revision) <= (this.#deleted.get(change.id) ?? -1)) return
    const left = change.author === null ? undefined : this.#left.get(change.author)
    if (left && (left.back === null || change.at < left.back)) return
    const known = this.kept.find((one) => 'text' in one.change && one.change.id === change.id)?.change as PostChange
    if (known && order(known.revision) > order(change.revision)) return
    if (known && change.revision !== null && JSON.stringify(known) === JSON.stringify(change)) return
    this.#drop(({ id }) => id === change.id)
    this.#keep(change)
  }

  #delete(change: DeleteChange): void {
    const upTo = change.revision === null ? Number.POSITIVE_INFINITY : order(change.revision)
    this.#deleted.set(change.id, Math.max(upTo, this.#deleted.get(change.id) ?? -1))
    this.#drop(({ id, revision }) => id === change.id && order(revision) <= upTo)
    this.#keep(change)
  }

  #account(change: AccountChange): void {
    const { author } = change
    const left = this.#left.get(author)
    if (change.op === 'restore') {
      if (left && (change.at < left.gone || (left.back !== null && left.back <= change.at))) return
      if (left) left.back = change.at
    } else {
      const back = left?.back
      if (back && change.at < back) {
        this.#drop((one) => one.author === author && one.at < back)
        return
      }
      this.#left.set(author, { gone: left && left.gone > change.at ? left.gone : change.at, back: null })
      this.#drop((one) => one.author === author)
    }
    this.#keep(change)
  }
}

/** Numbers only: enough to tell that the log orders by value, not by letter. */
const order = (revision: string | null): number => (revision === null ? 0 : Number(revision))

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const author = fc.constantFrom('ann', 'bob')
const revision = fc.constantFrom(null, '2', '9', '10', '100')
const time = fc.integer({ min: 0, max: 8 }).map(at)
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const postArbitrary = fc
  .record({
    op: fc.constantFrom('create' as const, 'update' as const),
    id,
    author: fc.option(author),
    text,
    at: time,
    revision,
  })
  .map(({ id, ...fields }): Change => post(id, fields))
const deleteArbitrary = fc
  .record({ id, at: time, revision })
  .map((fields): Change => ({ op: 'delete', source: 'test', ...fields }))
const accountArbitrary = fc
  .record({ op: fc.constantFrom('withdraw' as const, 'restore' as const), author, at: time })
  .map((fields): Change => ({ source: 'test', ...fields }))
const change = fc.oneof(
  { weight: 12, arbitrary: postArbitrary },
  { weight: 2, arbitrary: deleteArbitrary },
  { weight: 2, arbitrary: accountArbitrary },
)
const history = fc.array(fc.array(change, { minLength: 5, maxLength: 15 }), { minLength: 25, maxLength: 25 })

export function logOracle(name: string, make: () => Promise<LogFixture>): void {
  test(`${name} agrees with a model of it over 10,000 random changes`, async () => {
    let changes = 0
    const property = fc.asyncProperty(history, async (batches) => {
      const fixture = await make()
      const oracle = new Oracle()
      try {
        await using log = await fixture.open()
        for (const batch of batches) {
          await append(log, batch)
          for (const one of batch) oracle.take(one)
          changes += batch.length
        }
        const want = oracle.kept.map((one) => one.change)
        expect((await readAll(log)).map((one) => one.change)).toEqual(want)
        const posts = want.filter((one) => 'text' in one)
        expect(new Set((await scanned(log)).map((one) => JSON.stringify(one)))).toEqual(
          new Set(posts.map((one) => JSON.stringify(one))),
        )
        expect((await log.status()).posts).toBe(posts.length)
      } finally {
        await fixture.remove()
      }
    })
    await fc.assert(property, { numRuns: 44, seed: 20261122, endOnFailure: true })
    expect(changes).toBeGreaterThanOrEqual(10_000)
  }, 240_000)
}
