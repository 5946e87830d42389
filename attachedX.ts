// X as it is attached: what X must be told of topics (a rule for each, read whole or in part), where the money it spent is
// kept, and what the other parts must know of it. Reads nothing by itself; holds no post.
import { xRuleOf } from './analyze/xRule.ts'
import type { Attached, Attaching } from './attached.ts'
import type { Config } from './config.ts'
import { UserError } from './errors.ts'
import { xSource } from './ingest/x.ts'
import { openX } from './ingest/xClient.ts'
import { openXClock } from './ingest/xClock.ts'
import { xDeletesSource } from './ingest/xDeletes.ts'
import { retry, sleep, together } from './retry.ts'
import { openSampling } from './sampling.ts'
import { set, settingsUnder } from './settings.ts'
import { openSpelt } from './spelt.ts'
import type { Log, Source, Topic } from './types.ts'

const nothing: Attached = { sources: [], run: async () => {}, readSince: () => [] }

/** Throws UserError where X is on and there is no token for it. */
export function xOf(parts: Attaching): Attached {
  const { config, log, store, model, topics, note } = parts
  const { x } = config.sources
  if (!x) return { ...nothing, sources: config.xToken === null ? [] : [deletesOf(parts, usualHost, config.xToken)] }
  const token = tokenOf(config)
  const sampling = openSampling({
    ...{ ask: store.askLater, topics: topics.list, model: model.id, modelError: model.labels.modelError },
    ...{ width: x.width, source: 'x', note },
  })
  const spelt = openSpelt({ log, topics })
  const { host, price, daily, monthly } = x
  const rules = rulesOf(parts, sampling, spelt)
  const stream = xSource({ token, host, price, daily, monthly, ...rules, keep: keepIn(log), note })
  const looked = Promise.withResolvers<void>()
  let first: string | null = null
  const learn = async () => {
    first = await firstRead(log)
  }
  return {
    sources: [afterFirst(stream, looked.promise), deletesOf(parts, host, token)],
    run: async (signal) => {
      await retry(learn, signal)
      // Else every start would make the rules anew, and buy whole topics until the first looks.
      await Promise.all([sampling.look(), spelt.look(signal)])
      looked.resolve()
      await together(signal, [sampling.run, spelt.run])
    },
    readSince: (topic) => readSinceOf(topic, { wordless: x.keep === 'scores', first }),
  }
}

/** Where another process reads X: since when is in the log, and no token is needed. */
export function xElsewhere({ config, log }: Pick<Attaching, 'config' | 'log'>): Pick<Attached, 'run' | 'readSince'> {
  const { x } = config.sources
  if (!x) return nothing
  let first: string | null = null
  const look = async () => {
    first = (await settingsUnder(log, sinceKey)).get('') ?? null
  }
  return {
    run: async (signal) => {
      while (!signal.aborted && first === null) {
        await retry(look, signal)
        if (first === null) await sleep(1_000, signal)
      }
    },
    readSince: (topic) => readSinceOf(topic, { wordless: x.keep === 'scores', first }),
  }
}

/** A rule for each topic that X can be asked for, and when to ask anew. */
function rulesOf(
  { topics }: Attaching,
  sampling: ReturnType<typeof openSampling>,
  spelt: ReturnType<typeof openSpelt>,
) {
  const ruleOf = (topic: Topic) => {
    const percent = sampling.rateOf(topic)
    const rule = xRuleOf(topic.query, { ...(percent < 100 && { sample: percent }), spellings: spelt.spellings() })
    return 'value' in rule ? [{ topic: topic.id, value: rule.value }] : []
  }
  return {
    rules: () => topics.list().flatMap(ruleOf),
    onRules: (listener: () => void) => {
      const stops = [topics, sampling, spelt].map((one) => one.onChange(listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

/** The source, read once something else is done. */
const afterFirst = (source: Source, done: Promise<void>): Source => ({
  ...source,
  async *read(cursor, signal) {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    if (!signal.aborted) await Promise.race([done, aborted])
    yield* source.read(cursor, signal)
  },
})

const usualHost = 'https://api.x.com'

/** Also where X is read no more: what was read still counts, and what is deleted there has to leave. */
function deletesOf({ store, note }: Attaching, host: string, token: string): Source {
  const api = (signal: AbortSignal) => openX({ token, host, clock: openXClock({ now: Date.now }), signal })
  const recent = (since: string, limit: number) => store.recent('x', since, limit)
  return xDeletesSource({ api, recent, note })
}

function tokenOf({ xToken }: Config): string {
  if (xToken !== null) return xToken
  const hint = 'Set UNDERCURRENT_X_TOKEN, or UNDERCURRENT_X_TOKEN_FILE to the path of a file with it; or x: false.'
  throw new UserError('sources.x is on, and there is no token for it', hint)
}

/** What was spent is a setting: durable before it is spent, and seen by whoever reads X next. */
const spent = 'spend:x'
const keepIn = (log: Log) => ({
  read: async () => (await settingsUnder(log, spent)).get('') ?? null,
  write: (value: string) => set(log, { [spent]: value }),
})

const sinceKey = 'since:x'

/** When X was switched on: topics may be older, and nothing was read for them before. */
async function firstRead(log: Log): Promise<string> {
  const key = sinceKey
  const known = (await settingsUnder(log, key)).get('')
  if (known) return known
  const at = new Date().toISOString()
  await set(log, { [key]: at })
  return at
}

const laterOf = (a: string, b: string) => (a > b ? a : b)

/** A query that names another source is not about X at all. */
function readSinceOf(
  topic: Pick<Topic, 'query' | 'at'>,
  { wordless, first }: { wordless: boolean; first: string | null },
) {
  const rule = xRuleOf(topic.query)
  if ('never' in rule) return []
  const told = { source: 'x', wordless }
  if ('refused' in rule) return [{ ...told, since: null, why: rule.refused, rule: null }]
  return [{ ...told, since: laterOf(topic.at, first ?? ''), why: null, rule: rule.value }]
}
