// The questions about what is there, not what it says: posts and authors of every topic, where they come from, which
// are unscored, and what was not seen. Every number is counted over live rows, copies and unscored included.
import type { Coverage, Filter, TopicCount, TopicRef } from '../answers.ts'
import { rowsOf, timeText, windowOf } from './filter.ts'
import { otherModels } from './models.ts'
import type { NewestPosts } from './newest.ts'
import { isoOf } from './rows.ts'
import type { Sql } from './sql.ts'
import type { WindowRows } from './window.ts'
import { type BySource, sourcesOf } from './windowSums.ts'

export type Gap = Coverage['gaps'][number]

/** One row per post even where several models scored it. */
export async function counts(sql: Sql): Promise<TopicCount[]> {
  const rows = await sql.ask<{ topic: string; nr: number; posts: string; people: string; newest: string }>(
    `SELECT topic, topic_version AS nr, uniqExact(post) AS posts, uniqExact(author) AS people,
       toUnixTimestamp64Milli(max(at)) AS newest
     FROM undercurrent.mentions FINAL GROUP BY topic, topic_version ORDER BY topic, topic_version`,
  )
  return rows.map(({ topic, nr, posts, people, newest }) => ({
    topic,
    version: nr,
    posts: Number(posts),
    authors: Number(people),
    latest: isoOf(newest),
  }))
}

export async function latest(sql: Sql, topic: TopicRef, newest: NewestPosts | null): Promise<string | null> {
  const ask = async () => {
    const [row] = await sql.ask<{ n: string; newest: string; which: string }>(
      `SELECT count() AS n, toUnixTimestamp64Milli(max(at)) AS newest, argMax(post, at) AS which
       FROM undercurrent.mentions FINAL WHERE topic = {topic:String} AND topic_version = {topicVersion:UInt32}`,
      { topic: topic.topic, topicVersion: topic.version },
    )
    return Number(row!.n) ? { ms: Number(row!.newest), post: row!.which } : null
  }
  const found = await (newest ? newest.of(topic, ask) : ask())
  return found && isoOf(String(found.ms))
}

/** One pass, by source: an author is of one source (its hash has the source in it), so authors add up like posts. */
export async function coverage(sql: Sql, filter: Filter, held: WindowRows | null = null): Promise<Coverage> {
  const sources = held ? sourcesOf(held, filter) : await askedSources(sql, filter)
  const [gaps, others] = await Promise.all([gapsIn(sql, filter), otherModels(sql, filter)])
  const total = (of: (row: BySource) => number) => sources.reduce((sum, row) => sum + of(row), 0)
  const added = (of: (row: BySource) => Map<string, number>) => {
    // A map: keys come from outside, and one may be called __proto__.
    const sums = new Map<string, number>()
    for (const row of sources) for (const [key, n] of of(row)) sums.set(key, (sums.get(key) ?? 0) + n)
    return Object.fromEntries(sums)
  }
  return {
    posts: total(({ posts }) => posts),
    authors: total(({ authors }) => authors),
    scored: total(({ scored }) => scored),
    unscored: added(({ unscored }) => unscored),
    bySource: Object.fromEntries(
      sources.map(({ source, posts, volume, authors, latest }) => [
        source,
        { posts, volume: Math.round(volume), authors, latest: isoOf(latest) },
      ]),
    ),
    byLang: added(({ langs }) => langs),
    gaps,
    otherModels: others,
  }
}

interface SourceRow {
  name: string
  posts: string
  volume: string
  people: string
  newest: string
  read: string
  skips: Record<string, string>
  langs: Record<string, string>
}

async function askedSources(sql: Sql, filter: Filter): Promise<BySource[]> {
  const { sql: where, params } = rowsOf(filter)
  const rows = await sql.ask<SourceRow>(
    `SELECT source AS name, count() AS posts, sum(1 / inclusion) AS volume, uniqExact(author) AS people, toUnixTimestamp64Milli(max(at)) AS newest,
       countIf(skipped = '') AS read, sumMapIf(map(toString(skipped), toUInt32(1)), skipped != '') AS skips,
       sumMap(map(toString(lang), toUInt32(1))) AS langs
     FROM undercurrent.mentions FINAL WHERE ${where} GROUP BY source ORDER BY source`,
    params,
  )
  const numbers = (counts: Record<string, string>) =>
    new Map(Object.entries(counts).map(([key, n]) => [key, Number(n)] as const))
  return rows.map(({ name, posts, volume, people, newest, read, skips, langs }) => ({
    ...{ source: name, posts: Number(posts), volume: Number(volume), authors: Number(people) },
    ...{ latest: Number(newest), scored: Number(read), unscored: numbers(skips), langs: numbers(langs) },
  }))
}

interface GapRow {
  source: string
  first: string
  last: string
  reason: string
}

const gapRows = `SELECT source, toUnixTimestamp64Milli(since) AS first, toUnixTimestamp64Milli(until) AS last, reason
  FROM undercurrent.gaps FINAL WHERE since < {to:DateTime64(3)} AND until > {from:DateTime64(3)}`

const gapOf = ({ source, first, last, reason }: GapRow): Gap => ({
  ...{ source, reason },
  ...{ from: isoOf(first), to: isoOf(last) },
})

/** Stretches not seen that overlap the window, of the filter's source or of any. */
export async function gapsIn(sql: Sql, filter: Filter): Promise<Gap[]> {
  const all = sql.seldom && (await sql.seldom('gaps', 'all', () => everyGap(sql)))
  if (all) {
    const { source, window } = filter
    const [from, to] = [window.from, window.to].map((time) => Date.parse(time))
    return joined(
      all.filter(
        (gap) => Date.parse(gap.from) < to! && Date.parse(gap.to) > from! && (source ?? gap.source) === gap.source,
      ),
    )
  }
  const own = filter.source === undefined ? '' : 'AND source = {source:String}'
  const rows = await sql.ask<GapRow>(`${gapRows} ${own} ORDER BY since, source`, {
    ...windowOf(filter),
    ...(filter.source === undefined ? {} : { source: filter.source }),
  })
  return joined(rows.map(gapOf))
}

const mostGaps = 5_000

/** null: too many to be held. */
async function everyGap(sql: Sql): Promise<Gap[] | null> {
  const [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].map((ms) => timeText(ms))
  const rows = await sql.askSmall<GapRow>(`${gapRows} ORDER BY since, source LIMIT ${mostGaps + 1}`, { from, to })
  return rows.length > mostGaps ? null : rows.map(gapOf)
}

/** Stretches of one source that touch, and are missing for one reason, are one: some sources tell theirs piece by piece. */
function joined(gaps: Gap[]): Gap[] {
  const last = new Map<string, Gap>()
  const whole: Gap[] = []
  for (const gap of gaps) {
    const key = JSON.stringify([gap.source, gap.reason])
    const known = last.get(key)
    if (known && gap.from <= known.to) known.to = [known.to, gap.to].sort()[1]!
    else {
      // Its own: the gaps may be those that are kept.
      const begun = { ...gap }
      last.set(key, begun)
      whole.push(begun)
    }
  }
  return whole
}

/** The same of any source, between two moments in milliseconds. */
export async function gapsBetween(sql: Sql, from: number, to: number): Promise<Gap[]> {
  const rows = await sql.askSmall<GapRow>(gapRows, { from: timeText(from), to: timeText(to) })
  return rows.map(gapOf)
}
