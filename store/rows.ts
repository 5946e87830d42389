// Scores as rows of `mentions`, and the arithmetic of versions: what beats what. Pure, but for the sample's counter.
import type { Score } from '../types.ts'
import { rankOf } from '../versions.ts'
import type { Keys } from './keys.ts'
import { vectorOf } from './vector.ts'

/** Where a row stands: one per topic version, model and post. */
export interface Place {
  topic: string
  topic_version: number
  model: string
  post: string
}

export interface Row extends Place {
  source: string
  version: bigint
  /** Under the key that never rotates; null: the post is an author of its own. */
  account: string | null
  author: string
  at: number
  columns: object
}

/** A row's version: even and at least 2, so that a marker fits below, between and above any two. */
export const versionOf = (rank: bigint): bigint => (rank + 1n) * 2n
/** A marker's version: above every row of this rank or lower, below every higher one. */
export const markerOf = (voided: bigint): bigint => versionOf(voided) + 1n

/** A marker takes the place of a row: nothing of the post is left in it but its hash. */
export function marker(place: Place, version: bigint): object {
  const { topic, topic_version, model, post } = place
  return { topic, topic_version, model, post, version: String(version), gone: 1 }
}

export const placeKey = (place: Place): string =>
  JSON.stringify([place.topic, place.topic_version, place.model, place.post])

// What ClickHouse's DateTime64(3) can hold; anything beyond is brought to its edge.
const earliest = Date.UTC(1900, 0, 1)
const latest = Date.UTC(2299, 11, 31)

/** A time as the store holds it. */
export const clampTime = (at: string): number => Math.min(latest, Math.max(earliest, Date.parse(at)))
export const isoOf = (ms: number | string): string => new Date(Number(ms)).toISOString()

/** A count as the store holds it. */
export const countOf = <Count extends number | null>(count: Count) =>
  count === null ? null : Math.min(2 ** 32 - 1, Math.max(0, Math.trunc(count as number)))

export function rowOf(
  score: Score,
  keys: Keys,
  { receivedMs, sampled }: { receivedMs: number; sampled: boolean },
): Row {
  const { mention } = score
  const { post } = mention
  const hash = keys.post(post.source, post.id)
  const place = { topic: mention.topic, topic_version: mention.topicVersion, model: score.model, post: hash }
  const version = versionOf(rankOf(mention.version))
  // A post without author is an author of its own.
  const author = post.author === null ? hash : keys.author(post.source, post.author)
  const columns = {
    ...place,
    version: String(version),
    gone: 0,
    source: post.source,
    id: post.id,
    author,
    at: isoOf(clampTime(post.at)),
    received: isoOf(receivedMs),
    text: post.text,
    lang: score.lang,
    reply: post.replyTo ?? '',
    quotable: post.quotable ? 1 : 0,
    likes: countOf(post.likes),
    reposts: countOf(post.reposts),
    inclusion: post.inclusion ?? 1,
    ...numbersOf(score),
    vector: sampled && score.embedding ? vectorOf(score.embedding) : '',
  }
  const account = post.author === null ? null : keys.account(post.source, post.author)
  return { ...place, source: post.source, version, account, author, at: clampTime(post.at), columns }
}

function numbersOf({ copy, skipped, sentiment, emotion, stance, irony, offensive, hate }: Score) {
  return { copy, skipped: skipped ?? '', sentiment, emotion, stance, irony, offensive, hate }
}

/** Of several rows for one place, the highest version. */
export function newest(rows: Row[]): Row[] {
  const best = new Map<string, Row>()
  for (const row of rows) {
    const key = placeKey(row)
    const other = best.get(key)
    if (!other || other.version <= row.version) best.set(key, row)
  }
  return [...best.values()]
}

const sampledAnHour = 500
const hoursRemembered = 10_000

/** Says which rows keep their embedding: the first 500 of a topic version and hour, counted since this process began. */
export function embeddingSample(): (score: Score) => boolean {
  const taken = new Map<string, number>()
  return ({ mention, embedding }) => {
    if (!embedding) return false
    const hour = `${mention.topic}@${mention.topicVersion} ${mention.post.at.slice(0, 13)}`
    const count = (taken.get(hour) ?? 0) + 1
    taken.set(hour, count)
    if (taken.size > hoursRemembered) taken.delete(taken.keys().next().value!)
    return count <= sampledAnHour
  }
}
