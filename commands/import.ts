// `undercurrent import`: posts from a file or stdin into the log, and their scores into the store.
// Beside a running undercurrent it only appends to the log and waits for it; alone it analyzes by itself.

import type { Invocation } from '../cli.ts'
import type { Config } from '../config.ts'
import { askRunning, running } from '../daemon.ts'
import { UserError } from '../errors.ts'
import type { Status } from '../given.ts'
import { type FileReport, fileSource } from '../ingest/file.ts'
import { silent } from '../journal.ts'
import { open, openLog } from '../pipeline.ts'
import { sleep, together } from '../retry.ts'
import type { Log, Source } from '../types.ts'
import { putTopic } from './topics.ts'

const never = new AbortController().signal

interface Imported extends FileReport {
  topic: string | null
  posts: number | null
}

/** Exit code 0 when every line was taken, 3 when some were rejected (each is printed with its line and reason). */
export async function importPosts(config: Config, invocation: Invocation): Promise<number> {
  const [path] = invocation.words
  if (!path)
    throw new UserError('import needs a file, or - for stdin', 'undercurrent import posts.ndjson --topic my-topic')
  const source = fileSource({
    path,
    map: mapOf(invocation.map ?? []),
    restart: invocation.restart,
    onProgress: progressTo(process.stderr),
  })
  const url = await running(config)
  const topic = await append(config, invocation, source)
  const posts = url ? await shownBeside(config, topic, url) : await analyzeAlone(config, topic)
  return report({ topic, posts, ...source.report() }, invocation.json)
}

/** Posts into the log, and the topic before them, so that they are matched as they are read. */
async function append(config: Config, invocation: Invocation, source: Source): Promise<string | null> {
  await using log = await openLog(config)
  const topic = await topicOf(log, invocation)
  for await (const batch of source.read(await log.cursor(source.name), never)) await log.append(batch)
  return topic
}

async function analyzeAlone(config: Config, topic: string | null): Promise<number | null> {
  await using pipeline = await open(config, silent, { attach: false })
  const stop = new AbortController()
  const untilDone = async (signal: AbortSignal) => {
    while (!signal.aborted && (await pipeline.status()).lag > 0) await sleep(100, signal)
    stop.abort()
  }
  await together(stop.signal, [pipeline.run, untilDone])
  if (topic === null) return null
  const counts = await pipeline.store.ask.counts()
  const version = pipeline.topics.get(topic)?.version
  return counts.find((one) => one.topic === topic && one.version === version)?.posts ?? 0
}

async function shownBeside(config: Config, topic: string | null, url: string): Promise<number | null> {
  const get = <T>(path: string) => askRunning<T>(config, `${url}${path}`)
  while ((await get<Status>('/v1/status')).lag > 0) await sleep(200, never)
  const { topics } = await get<{ topics: { id: string; posts: number }[] }>('/v1/topics')
  return topics.find((one) => one.id === topic)?.posts ?? null
}

/** The topic the posts are for: made or corrected when --query is given. */
async function topicOf(log: Log, { topic, query, name, target }: Invocation): Promise<string | null> {
  if (!topic) return null
  await putTopic(log, { id: topic, query, name, targets: target })
  return topic
}

function mapOf(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs
      .flatMap((text) => text.split(','))
      .map((pair) => {
        const [field, column] = pair.split('=')
        if (field && column) return [field, column]
        throw new UserError(`--map "${pair}" is not field=column`, 'For example --map text=Tweet,at=created_at')
      }),
  )
}

function progressTo(stream: NodeJS.WriteStream) {
  let shown = 0
  return ({ lines, percent }: { lines: number; percent: number | null }) => {
    if (!stream.isTTY || Date.now() - shown < 200) return
    shown = Date.now()
    stream.write(`\r${lines.toLocaleString('en-US')} lines${percent === null ? '' : `, ${Math.round(percent)}%`}   `)
  }
}

function report(imported: Imported, json: boolean): number {
  const { topic, posts, lines, accepted, rejected, errors, resumedAt } = imported
  if (json) console.log(JSON.stringify(imported))
  else {
    for (const { line, reason, detail } of errors) console.error(`line ${line}: ${reason}: ${detail}`)
    if (rejected > errors.length) console.error(`... and ${rejected - errors.length} more rejected lines`)
    const resumed = resumedAt ? `, resumed behind line ${resumedAt} (--restart reads it anew)` : ''
    console.log(
      `${accepted} changes imported from ${lines} lines${rejected ? `, ${rejected} rejected` : ''}${resumed}${topic ? `; topic ${topic} has ${posts} posts` : ''}`,
    )
  }
  return rejected ? 3 : 0
}
