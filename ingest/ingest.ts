// The loop of stage 1: what sources read becomes durable, batch by batch. Each source runs on its own, so one that fails
// never stops the others; its status then says what to do. A log that cannot keep what it is given stops everything:
// to go on would mean to lose posts. The await on the log is the backpressure.
import { crash } from '../crash.ts'
import { CorruptionError, isAbort, TransientError, UserError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { metrics } from '../metrics.ts'
import { backoffMs, retry, sleep } from '../retry.ts'
import type { Log, Source, SourceStatus } from '../types.ts'

export interface Ingest {
  /** Resolves when every source ended or the signal aborted. Rejects when the log failed, or holds what is not ours. */
  done: Promise<void>
  status(): SourceStatus[]
}

type Failures = Map<Source, string>

export function ingest(
  sources: Source[],
  log: Log,
  { signal, note = silent }: { signal: AbortSignal; note?: Note },
): Ingest {
  const failures: Failures = new Map()
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const runs = sources.map((source) => keepReading(source, { log, signal: either, note, failures }))
  const done = Promise.all(runs).then(
    () => {},
    (error: unknown) => {
      stop.abort()
      throw error
    },
  )
  const status = (source: Source): SourceStatus => {
    const failure = failures.get(source)
    return failure ? { ...source.status(), state: 'failed', detail: failure } : source.status()
  }
  return { done, status: () => sources.map(status) }
}

interface Run {
  log: Log
  signal: AbortSignal
  note: Note
  failures: Failures
}

/** Reads until the source ends; starts it again, with growing pauses, only where that can help. */
async function keepReading(source: Source, { log, signal, note, failures }: Run): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const progress = () => {
        attempt = 0
        failures.delete(source)
      }
      await readOnce(source, { log, signal, progress })
      return
    } catch (error) {
      if (error instanceof LogFailure) throw error.cause
      if (error instanceof CorruptionError) throw error
      if (signal.aborted && isAbort(error)) return
      failures.set(source, adviceOn(error))
      note('source.failed', { source: source.name, error: error instanceof Error ? error.name : 'unknown', attempt })
      if (!(error instanceof TransientError)) return
      await sleep(Math.max(error.afterMs, backoffMs(attempt)), signal)
    }
  }
}

/** The log's own failure, told apart from the source's. */
class LogFailure extends Error {}

async function readOnce(source: Source, run: { log: Log; signal: AbortSignal; progress: () => void }): Promise<void> {
  const { log, signal, progress } = run
  const kept = <T>(work: () => Promise<T>) =>
    retry(work, signal).catch((cause: unknown) => {
      throw new LogFailure('the log failed', { cause })
    })
  const cursor = await kept(() => log.cursor(source.name))
  if (cursor === undefined) return
  for await (const batch of source.read(cursor, signal)) {
    crash('ingest.read')
    const position = await kept(() => log.append(batch))
    if (position === undefined) return
    crash('ingest.appended')
    metrics.received.inc({ source: source.name }, batch.changes.length)
    progress()
  }
}

function adviceOn(error: unknown): string {
  if (error instanceof UserError) return `${error.message}. ${error.hint}.`
  if (error instanceof TransientError) return `${error.message}. Trying again by itself.`
  return 'This source failed in a way we did not foresee and was stopped; the others go on. Please report it.'
}
