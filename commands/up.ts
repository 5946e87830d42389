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
export function endWithParent(stop: AbortController): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent) stop.abort()
  }, 250)
  watch.unref()
}

/** What is read, in one line. */
export function sourcesOf({ sources, offline }: Pick<Config, 'sources' | 'offline'>): string {
  const { bluesky, x, mastodon, hackernews, feeds } = sources
  const several = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
  const named = [
    bluesky && `Bluesky, from ${bluesky.rewind / 3_600_000} h ago`,
    x && `X, for at most $${x.daily} a day`,
    mastodon && `${several(mastodon.instances.length, 'instance')} of Mastodon`,
    hackernews && 'Hacker News',
    feeds.length > 0 && several(feeds.length, 'feed'),
  ].filter((name) => name !== false)
  if (offline || named.length === 0) return `none${offline ? ' (offline)' : ''}; import a file or POST /v1/posts`
  return named.join('; ')
}

function banner(config: Config, url: string, newKey: string | null): string {
  return [
    `undercurrent is at ${url}`,
    config.sample ? '  sample   invented posts, replayed now; remove them on the page with one click' : '',
    `  sources  ${sourcesOf(config)}`,
    `  topics   ${config.topics.length} from ${config.file}`,
    newKey ? `  API key  ${newKey}   (shown once; later: npx undercurrent key)` : '',
    `  stop     Ctrl-C; everything is kept in ${config.dataDir}`,
  ]
    .filter(Boolean)
    .join('\n')
}
