// The Source contract on hackernews.ts, over the double: hours pass in tenths of seconds, so that posts appear late, are
// edited, deleted and killed while they are read, and a host that answers one request in forty with trouble.
import { hackerNewsSource } from '../../ingest/hackernews.ts'
import { sleep } from '../../retry.ts'
import { type SourceWorld, sourceContract } from '../contract/source.ts'
import { HackerNewsDouble } from '../doubles/hackernews.ts'

const hourMs = 3_600_000
/** How many times faster the clock of this world runs. */
const speed = 20_000

async function world(): Promise<SourceWorld> {
  const [start, begun] = [Date.now(), performance.now()]
  const now = () => start + (performance.now() - begun) * speed
  const double = await HackerNewsDouble.start({ seed: 3, now, troubleEvery: 40 })
  const dayMs = 24 * hourMs
  double.populate(60, start - 90 * dayMs, start - 60 * dayMs)
  double.populate(400, start - hourMs, start + hourMs)
  return {
    source: () =>
      hackerNewsSource({
        ...{ host: double.url, rewindMs: 30 * dayMs, now, perSecond: 1e6, batchLimit: 20 },
        ...{ sleep: (ms, signal) => sleep(ms / speed, signal), timeoutMs: 2_000, backoff: { baseMs: 60_000 } },
      }),
    truth: () => double.truth(start - 30 * dayMs),
    spoil: () => {
      double.troubleEvery = 0
      const spoiled = ['{"id":7}', '[1]', '"x"', '{"id":', '']
      const jobs = [...double.things.values()].filter(({ type, id }) => type === 'job' && id > 60 && id < 400)
      for (const [at, body] of spoiled.entries()) double.instead.set(`item/${jobs[at]!.id}`, body)
      return spoiled.length
    },
    flood: () => {
      double.populate(1_200, start - 2 * hourMs, start - hourMs)
      return { total: 1_600, pushed: () => double.handed }
    },
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  }
}

sourceContract('hackernews', world)
