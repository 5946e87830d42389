// What a change of our own did: one window as the topic's version, or the model, of now reads it, against the one before. The
// same posts read otherwise are our model's doing; other posts are our query's. Pure; the two add up to the whole.
import type { CausePart, Shift } from '../alarms.ts'
import type { Estimate } from '../answers.ts'
import { clustered, estimate, leastAuthors } from '../estimate.ts'
import type { Retold, RetoldAccount } from '../sides.ts'
import { breathing, type Steps } from '../steps.ts'
import { drawsOf, poisson, spread } from './draws.ts'
import { sumsOf } from './sums.ts'

export interface Rereading {
  measure: string
  /** What differs. */
  model: boolean
  query: boolean
  seed: number
}

export interface Reread {
  shift: Shift
  causes: CausePart[]
}

/** null where fewer than ten accounts stand behind it, or neither differs. */
export const rereadOf = (retold: Retold, rereading: Rereading): Promise<Reread | null> =>
  breathing(rereadIn(retold, rereading))

export function* rereadIn({ accounts }: Retold, rereading: Rereading): Steps<Reread | null> {
  const { measure, model, query, seed } = rereading
  // Where only the model is another, posts that one has not read yet say nothing.
  const own = query ? accounts : accounts.map(bothOnly).filter(({ posts }) => posts.both > 0)
  const ones = own.map(() => 1)
  const whole = partsOf(own, ones)
  if (!whole || own.length < leastAuthors || (!model && !query)) return null
  yield
  const drawn = yield* drawsOf({ draws: 200, seed }, (random) => {
    const parts = partsOf(
      own,
      ones.map(() => poisson(random)),
    )
    return parts && [parts.change, parts.model, parts.query]
  })
  const around = (value: number, nr: number): Estimate => {
    const { half } = clustered(spread(drawn, nr) ** 2, own.length)
    return { estimate: value, low: value - half, high: value + half }
  }
  const difference = around(whole.change, 0)
  const causes: CausePart[] =
    model && query
      ? [
          { cause: 'our model', part: around(whole.model, 1) },
          { cause: 'our query', part: around(whole.query, 2) },
        ]
      : [{ cause: model ? 'our model' : 'our query', part: difference }]
  return { shift: shiftOf(own, { measure, difference }), causes }
}

const bothOnly = ({ posts, sums }: RetoldAccount): RetoldAccount => ({
  posts: { both: posts.both, former: 0, now: 0 },
  sums: { ...sums, former: 0, now: 0 },
})

function partsOf(accounts: RetoldAccount[], times: number[]) {
  const sum = (of: (one: RetoldAccount) => number) => accounts.reduce((all, one, nr) => all + of(one) * times[nr]!, 0)
  const both = sum(({ posts }) => posts.both)
  const [then, now] = [both + sum(({ posts }) => posts.former), both + sum(({ posts }) => posts.now)]
  if (!(then > 0) || !(now > 0)) return null
  const [read, reread] = [sum(({ sums }) => sums.bothFormer), sum(({ sums }) => sums.bothNow)]
  const change = (reread + sum(({ sums }) => sums.now)) / now - (read + sum(({ sums }) => sums.former)) / then
  const model = both > 0 ? ((reread - read) / both) * ((both / then + both / now) / 2) : 0
  return { change, model, query: change - model }
}

function shiftOf(accounts: RetoldAccount[], { measure, difference }: { measure: string; difference: Estimate }): Shift {
  const shareOf = (n: (one: RetoldAccount) => number, y: (one: RetoldAccount) => number) => {
    const sums = sumsOf(accounts.map((one, account) => ({ account, a: y(one), b: n(one) })))
    return { share: estimate(sums, 0), posts: sums.b }
  }
  const before = shareOf(
    ({ posts }) => posts.both + posts.former,
    ({ sums }) => sums.bothFormer + sums.former,
  )
  const after = shareOf(
    ({ posts }) => posts.both + posts.now,
    ({ sums }) => sums.bothNow + sums.now,
  )
  const direction = (difference.estimate ?? 0) < 0 ? 'down' : 'up'
  const voices = { before: before.posts, after: after.posts }
  return { measure, phrase: null, direction, before: before.share, after: after.share, difference, voices }
}
