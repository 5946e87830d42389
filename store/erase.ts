// Erasure of what markers already hide: the parts that hold a deleted text are rewritten without it, in the background
// and in company. Holds no list of its own: what is pending is read from the table, so a crash forgets nothing.
// Never delays a question or a write: it has a connection of its own, and never rewrites more than a share of the time.
import { crash } from '../crash.ts'
import { sleep } from '../retry.ts'
import { hideOverlooked } from './overlooked.ts'
import { type Sql, uuids } from './sql.ts'

export interface Eraser extends AsyncDisposable {
  /** Something was hidden; its bytes go soon. */
  due(): void
}

export interface EraserOptions {
  afterMs: number
  note: (event: string, fields: object) => void
}

const rowsAtOnce = 2_000
// After a sweep that took t, rest for 4 t: rewriting large parts takes at most a fifth of the time.
const restFactor = 4
const retryMs = 5_000

/** Starts with a sweep, for what a crash left behind. */
export function openEraser(sql: Sql, { afterMs, note }: EraserOptions): Eraser {
  const closing = new AbortController()
  let pending = true
  let isNew = true
  let wake = () => {}
  const run = async () => {
    let restMs = afterMs
    while (!closing.signal.aborted) {
      if (!pending) await new Promise<void>((resolve) => (wake = resolve))
      await sleep(restMs, closing.signal)
      if (closing.signal.aborted) return
      pending = false
      const start = performance.now()
      try {
        const hidden = isNew ? await hideOverlooked(sql, closing.signal) : 0
        if (hidden) note('hidden, for whoever added them was killed', { rows: hidden })
        isNew = false
        const erased = await sweep(sql, closing.signal)
        if (erased) note('erased', { rows: erased, ms: Math.round(performance.now() - start) })
        restMs = Math.max(afterMs, restFactor * (performance.now() - start))
      } catch (error) {
        pending = true
        restMs = Math.max(afterMs, retryMs)
        note('erasure failed, will be repeated', { error })
      }
    }
  }
  const running = run()
  return {
    due: () => {
      pending = true
      wake()
    },
    [Symbol.asyncDispose]: () => {
      closing.abort()
      wake()
      return running
    },
  }
}

interface Hidden {
  post: string
  digest: string
}

// Rows below the marker of their own place. A place is a topic version, a model and a post: the same post may have left
// one topic and still be live in another, so the digest names the row exactly.
const hidden = `
  SELECT post, toString(cityHash64(topic, topic_version, model, post, version)) AS digest
  FROM undercurrent.mentions AS m
  INNER JOIN (
    SELECT topic, topic_version, model, post, max(version) AS bar FROM undercurrent.mentions
    WHERE gone = 1 GROUP BY topic, topic_version, model, post
  ) AS markers USING (topic, topic_version, model, post)
  WHERE m.gone = 0 AND m.version < markers.bar
    AND m.post IN (SELECT post FROM undercurrent.mentions WHERE gone = 1)
  LIMIT ${rowsAtOnce}`

/** Rewrites until nothing hidden is left; returns the number of rows that went. */
export async function sweep(sql: Sql, signal: AbortSignal): Promise<number> {
  let erased = 0
  while (!signal.aborted) {
    const rows = await sql.tend<Hidden>(hidden)
    if (!rows.length) return erased
    crash('erase.found')
    const posts = uuids(new Set(rows.map(({ post }) => post)))
    const digests = rows.map(({ digest }) => BigInt(digest).toString()).join(', ')
    await sql.tendTell(
      `ALTER TABLE undercurrent.mentions DELETE WHERE gone = 0 AND post IN ${posts}
         AND cityHash64(topic, topic_version, model, post, version) IN (${digests}) SETTINGS mutations_sync = 1`,
    )
    crash('erase.erased')
    erased += rows.length
  }
  return erased
}
