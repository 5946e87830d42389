// `npm run bench -- bytes`: bytes on disk for each post in the log, embedded and on Kafka (the broker's own files, and the
// copy that every reading process holds), and for each scored mention in the store. Invented posts with names as long as
// Bluesky's. Sizes are what the disk gives up (blocks, not lengths), after what is written together was put together.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaLog } from '../log/kafka.ts'
import { openSqliteLog } from '../log/sqlite.ts'
import { connect, read, run as tell } from '../store/connection.ts'
import { isWithout, openBroker } from '../test/doubles/broker.ts'
import type { Log, PostChange } from '../types.ts'
import { fillMillion, inWindow } from './million.ts'
import { makePosts, makeWorld } from './posts.ts'

const postCount = 200_000
const mentionCount = 2 * inWindow
const batchSize = 500
const partitions = 4
const hashKey = Buffer.alloc(32, 7)
const retention = { hours: 48, bytes: 64e9 }

export async function run(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-bytes-'))
  try {
    const posts = namedPosts()
    const lengths = posts.map(({ text }) => Buffer.byteLength(text)).toSorted((a, b) => a - b)
    const result = {
      posts: postCount,
      textBytes: { median: lengths[postCount / 2], mean: perPost(lengths.reduce((sum, one) => sum + one, 0)) },
      embeddedLog: await embedded(folder, posts),
      kafka: isWithout ? null : await onKafka(folder, posts),
      store: await stored(join(folder, 'stored')),
    }
    console.log(JSON.stringify(result, null, 2))
    return result
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const perPost = (bytes: number) => Math.round(bytes / postCount)

/** Ids, authors and revisions as long as Bluesky's own; 60,000 accounts. */
function namedPosts(): PostChange[] {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  const word = (seed: number, length: number) => {
    let [text, state] = ['', seed + 1]
    while (text.length < length) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      text += letters[(state >>> 16) % 32]
    }
    return text
  }
  return makePosts(makeWorld(5), postCount).map((post, nr) => {
    const author = `did:plc:${word(nr % 60_000, 24)}`
    const revision = `3m${word(nr, 11)}`
    return { ...post, source: 'bluesky', author, id: `at://${author}/app.bsky.feed.post/${revision}`, revision }
  })
}

async function fill(
  log: Log,
  posts: PostChange[],
): Promise<{ cpuSecondsPer1000Posts: number; postsPerSecond: number }> {
  const [began, from] = [performance.now(), process.cpuUsage()]
  for (let at = 0; at < posts.length; at += batchSize)
    await log.append({ source: 'bluesky', changes: posts.slice(at, at + batchSize), cursor: String(at) })
  const { user, system } = process.cpuUsage(from)
  return {
    cpuSecondsPer1000Posts: Number(((user + system) / 1e3 / posts.length).toFixed(4)),
    postsPerSecond: Math.round((posts.length / (performance.now() - began)) * 1000),
  }
}

async function embedded(folder: string, posts: PostChange[]): Promise<object> {
  const path = join(folder, 'log.db')
  const log = await openSqliteLog({ path, retention, hashKey })
  const filled = await fill(log, posts)
  await log[Symbol.asyncDispose]()
  return { ...filled, bytesPerPost: perPost(statSync(path).blocks * 512) }
}

async function onKafka(folder: string, posts: PostChange[]): Promise<object> {
  await using broker = await openBroker()
  const dir = join(folder, 'copy')
  const place = { brokers: [broker.address], prefix: 'bytes', partitions, replication: 1 }
  const log = await openKafkaLog({ ...place, dir, hashKey, retention })
  const filled = await fill(log, posts)
  await log[Symbol.asyncDispose]()
  const kept = { brokerBytesPerPost: perPost(taken(broker.folder)), copyBytesPerPost: perPost(taken(dir)) }
  return { partitions, ...filled, ...kept }
}

/** By table: what a scored mention takes, merged, in a window of 50,000 posts with texts that are all different. */
async function stored(data: string): Promise<object> {
  await fillMillion(data, mentionCount)
  const connection = await connect({ path: join(data, 'store') }, 'undercurrent')
  try {
    await tell(connection, 'OPTIMIZE TABLE undercurrent.mentions FINAL')
    const query = `SELECT table AS name, toString(sum(rows)) AS rows, toString(sum(bytes_on_disk)) AS bytes
      FROM system.parts WHERE database = 'undercurrent' AND active GROUP BY table ORDER BY table`
    const tables = await read<{ name: string; rows: string; bytes: string }>(connection, { query })
    const mentions = tables.find(({ name }) => name === 'mentions')!
    const all = tables.reduce((sum, { bytes }) => sum + Number(bytes), 0)
    const rows = Number(mentions.rows)
    return {
      mentions: rows,
      bytesPerMention: Math.round(Number(mentions.bytes) / rows),
      bytesPerMentionInAll: Math.round(all / rows),
    }
  } finally {
    await connection.client.close()
  }
}

const taken = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0)
