// The Source contract on mastodon.ts, over the double: an instance that tells of others, too, by streams that are cut
// mid-event and say things twice, and one that does not stream at all and is polled.
import { mastodonSource } from '../../ingest/mastodon.ts'
import { type SourceWorld, sourceContract } from '../contract/source.ts'
import { MastodonDouble, otherHome } from '../doubles/mastodon.ts'

const hourMs = 3_600_000

async function world(closed: 'none' | 'streaming'): Promise<SourceWorld> {
  const double = await MastodonDouble.start({ seed: 3, closed, cutEvery: 150, repeatEvery: 20, thumpMs: 20 })
  const startMs = Date.now()
  const isLive = closed === 'none'
  const [fromMs, halfMs, toMs] = [startMs - 2 * hourMs, startMs - hourMs, startMs - 60_000]
  double.populate(300, { fromMs, toMs: halfMs })
  double.populate(300, { fromMs: halfMs, toMs }, { isLive })
  const { host } = new URL(double.url)
  return {
    source: () =>
      mastodonSource({
        instance: { host: double.url, token: null, tags: ['harbour', '#boats'], public: true, remote: true },
        ...{ homes: [host, otherHome], rewindMs: 4 * hourMs, perSecond: 1e6, pageSize: 20, pollMs: 10, lookEvery: 2 },
        ...{ backoff: { baseMs: 4, capMs: 20 } },
      }),
    truth: () => double.truth({ remote: true }),
    spoil: () => {
      double.options.cutEvery = 0
      double.options.repeatEvery = 0
      const at = new Date(startMs - 90 * 60_000).toISOString()
      // What is left alone for its author's sake is counted as dropped, too, but cannot be told how often.
      for (const { flags } of double.accounts) Object.assign(flags, { noindex: false, indexable: true })
      double.junkStatuses = [null, [], {}, { id: '5 6' }, 'x']
      const ids = [...double.entries.keys()].slice(10, 13)
      const changes = [{ account: null }, { created_at: 'noon' }, { content: 7 }]
      for (const [nr, more] of changes.entries()) {
        const id = String(BigInt(ids[nr]!) + 1n)
        double.post(Date.parse(at), { id, more, account: double.account('eve'), tags: [], state: 'live' })
      }
      return double.junkStatuses.length + changes.length
    },
    flood: () => {
      double.options.cutEvery = 0
      double.populate(1_500, { fromMs: fromMs - hourMs, toMs: fromMs })
      return { total: 2_100, pushed: () => double.handed }
    },
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  }
}

sourceContract('mastodon, streamed', () => world('none'))
sourceContract('mastodon, polled', () => world('streaming'))
