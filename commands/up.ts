// `undercurrent up`: the whole product in one process, until SIGINT or SIGTERM.
// Says what a newcomer needs and no more: where the page is, what it shows, the key, how to stop.
import type { Config } from '../config.ts'
import { announce, apiKey, running } from '../daemon.ts'
import { UserError } from '../errors.ts'
import { openJournal } from '../journal.ts'
import { open } from '../pipeline.ts'
import { serve } from '../serve.ts'

/** Runs until a signal; resolves with the exit code. */
export async function up(config: Config): Promise<number> {
  const other = await running(config)
  if (other)
    throw new UserError(`undercurrent already runs on ${config.dataDir}`, `It is at ${other}; or give --data DIR.`)
  const note = openJournal(process.stderr.isTTY && config.logLevel === 'info' ? 'warn' : config.logLevel)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  if (config.underNpm) endWithParent(stop)
  await using pipeline = await open(config, note)
  const { key, isNew } = apiKey(config)
  await using server = await serve(pipeline, { key, signal: stop.signal, note })
  const quiet = announce(config, server.url)
  const { sample } = await pipeline.status()
  console.log(banner({ ...config, sample }, server.url, isNew ? key : null))
  try {
    await pipeline.run(stop.signal)
  } finally {
    stop.abort()
    quiet()
  }
  return 0
}

/** No process of ours outlives what started it: a killed npm would leave us holding port and data folder. */
function endWithParent(stop: AbortController): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent) stop.abort()
  }, 250)
  watch.unref()
}

function banner(config: Config, url: string, newKey: string | null): string {
  const bluesky = config.sources.bluesky && !config.offline
  return [
    `undercurrent is at ${url}`,
    config.sample ? '  sample   invented posts, replayed now; remove them on the page with one click' : '',
    `  sources  ${bluesky ? `Bluesky, from ${config.sources.bluesky && config.sources.bluesky.rewind / 3_600_000} h ago` : 'none (offline); import a file or POST /v1/posts'}`,
    `  topics   ${config.topics.length} from ${config.file}`,
    newKey ? `  API key  ${newKey}   (shown once; later: npx undercurrent key)` : '',
    `  stop     Ctrl-C; everything is kept in ${config.dataDir}`,
  ]
    .filter(Boolean)
    .join('\n')
}
