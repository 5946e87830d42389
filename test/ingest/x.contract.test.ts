// The Source contract on x.ts, over the double: posts in real time, lines sent twice, sockets cut in the middle of one,
// edits, reposts, and every restart found out by recent search.

import { xSource } from '../../ingest/x.ts'
import { type SourceWorld, sourceContract } from '../contract/source.ts'
import { XDouble } from '../doubles/x.ts'
import { keepInMemory, quick } from '../doubles/xKeep.ts'
import { planPosts, truthOfX, type XPost } from '../doubles/xPosts.ts'

async function world(): Promise<SourceWorld> {
  const double = await XDouble.start({ seed: 3, cutEvery: 150, repeatEvery: 20 })
  let planned: XPost[] | null = null
  double.onConnect = () => {
    if (planned) return
    const every = { editEvery: 12, repostEvery: 30, longEvery: 40 }
    planned = planPosts({ seed: 5, count: 500, fromMs: Date.now() + 10, stepMs: 1.5, ...every })
    double.publishInTime(planned)
  }
  const keep = keepInMemory()
  return {
    source: () =>
      xSource({
        ...{ token: double.options.token, host: double.url, price: 0.005, daily: 1_000, monthly: 5_000, keep },
        ...{ rules: () => [{ topic: 'ferries', value: 'ferry' }], onRules: () => () => {}, ...quick, batchLimit: 25 },
      }),
    // Before anything is planned nobody can be at the truth.
    truth: () => (planned ? truthOfX(planned) : new Map([['nothing yet', '']])),
    spoil: () => {
      double.options.cutEvery = double.options.repeatEvery = 0
      double.junk = ['{}', '[1]', 'nonsense', '{"data":null,"matching_rules":[]}', '{"data":{"id":"one","text":""}}']
      return double.junk.length
    },
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  }
}

sourceContract('x', world, {
  flood: '(skipped: bytes under way are money spent, so a slow consumer is cut off and looks up the rest: x.test.ts)',
})
