// `undercurrent ingest | analyze | serve`: one part of `up` as a process of its own, until SIGINT or SIGTERM. Needs a store
// that several processes can open; the log may be the file that all of them share.
import type { Config } from '../config.ts'
import { announce, apiKey } from '../daemon.ts'
import { UserError } from '../errors.ts'
import { openJournal } from '../journal.ts'
import { open, type Role } from '../pipeline.ts'
import { listenProbes } from '../probes.ts'
import { serve } from '../serve.ts'
import { endWithParent, sourcesOf } from './up.ts'

/** Runs until a signal; resolves with the exit code. */
export async function role(config: Config, name: Role): Promise<number> {
  if (!config.store.url) {
    const hint = 'Set store.url or UNDERCURRENT_STORE_URL to a ClickHouse server; or use up: all roles in one process.'
    throw new UserError(`"${name}" needs a store that several processes share: the embedded one opens in one`, hint)
  }
  const note = openJournal(config.logLevel)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  if (config.underNpm) endWithParent(stop)
  await using pipeline = await open(config, note, { roles: [name] })
  const { key } = apiKey(config)
  const binding = { key, signal: stop.signal, note }
  await using server = name === 'serve' ? await serve(pipeline, binding) : await listenProbes({ ...config, key })
  const quiet = name === 'serve' ? announce(config, server.url) : () => {}
  console.log(`undercurrent ${name} is at ${server.url}${name === 'ingest' ? `; sources: ${sourcesOf(config)}` : ''}`)
  try {
    await pipeline.run(stop.signal)
    // Sources may all have ended: the process stays until it is told to go.
    if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
  } finally {
    stop.abort()
    quiet()
  }
  return 0
}
