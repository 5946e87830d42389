// How kept posts write the words of topics, for sources that compare letter by letter (X). Looked at when topics change and
// once a day, in the log's evenly spread blocks and within a time budget: a look that was cut is still a fair sample.
import { setImmediate as breathe } from 'node:timers/promises'
import { parseQuery } from './analyze/query.ts'
import { countSpellings, type Spellings } from './analyze/spellings.ts'
import { wordsIn } from './analyze/xRule.ts'
import { openBell } from './retry.ts'
import type { Log, Topic } from './types.ts'

const dayMs = 86_400_000

export interface SpeltOptions {
  log: Pick<Log, 'scan'>
  topics: { list(): Topic[]; onChange(listener: () => void): () => void }
  budgetMs?: number
  everyMs?: number
}

export function openSpelt({ log, topics, budgetMs = 1_500, everyMs = dayMs }: SpeltOptions) {
  const listeners = new Set<() => void>()
  let spellings: Spellings = new Map()
  const look = async (signal: AbortSignal) => {
    const words = new Set(topics.list().flatMap(({ query }) => [...wordsIn(parseQuery(query))]))
    const count = countSpellings(words)
    const until = performance.now() + budgetMs
    for await (const block of log.scan(signal)) {
      count.add(block.map(({ text }) => text))
      if (performance.now() >= until || signal.aborted) break
      await breathe()
    }
    const found = count.found()
    if (signal.aborted || isSame(found, spellings)) return
    spellings = found
    for (const listener of listeners) listener()
  }
  return {
    spellings: (): Spellings => spellings,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    look,
    run: async (signal: AbortSignal) => {
      const bell = openBell()
      const stop = topics.onChange(bell.ring)
      while (!signal.aborted) {
        await bell.wait(everyMs, signal)
        if (!signal.aborted) await look(signal)
      }
      stop()
    },
  }
}

/** Which of them come first is no reason to make rules anew. */
function isSame(a: Spellings, b: Spellings): boolean {
  const written = (spelt: Spellings) =>
    JSON.stringify(
      [...spelt].map(([word, list]) => [word, [...list].sort()]).sort(([x], [y]) => (String(x) < String(y) ? -1 : 1)),
    )
  return written(a) === written(b)
}
