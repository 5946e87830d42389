// Articles of feeds: kept by topic, counted apart, never joined with a post. Idempotent, in whatever order readers of the log
// add them: an article is in an answer only where its words are those that were told last. Everything in it is hostile and
// only ever bound or inserted.
import { createHash } from 'node:crypto'
import type { Article, ArticleSeen, Articles, ArticlesAsked } from '../articles.ts'
import type { ArticleChange } from '../types.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { type Fragment, inWindow, timeText, windowOf } from './filter.ts'
import type { Keys } from './keys.ts'
import { clampTime, isoOf } from './rows.ts'
import type { Params, Sql } from './sql.ts'

const mostAtOnce = 200
const usual = 50

export async function addArticles(sql: Sql, keys: Keys, seen: ArticleSeen[]): Promise<void> {
  const rows = seen.map(({ article, arrival, receivedAt, topics }) => {
    const word = {
      ...{ article: keys.post(article.source, article.id), version: String(arrival), words: wordsOf(article) },
      received: isoOf(clampTime(receivedAt)),
    }
    return { word, topics, article }
  })
  // First what is true of it: rows that it makes untrue are out of every answer before the others are in.
  await sql.insert(
    'article_words',
    rows.map(({ word }) => word),
  )
  await sql.insert(
    'articles',
    rows.flatMap(({ word, topics, article: { id: url, site, headline, at } }) =>
      topics.map(({ topic, version }) => ({
        ...{ topic, topic_version: version, ...word, url, site, headline, at: isoOf(clampTime(at)) },
      })),
    ),
  )
}

/** 64 bits: tells the words of one article apart, and no two articles. */
const wordsOf = ({ headline, summary }: ArticleChange): string =>
  createHash('sha256')
    .update(JSON.stringify([headline, summary]))
    .digest()
    .readBigUInt64BE()
    .toString()

function rowsOf({ topic, window, receivedBy, notOf }: ArticlesAsked): Fragment {
  const own = 'topic = {topic:String} AND topic_version = {topicVersion:UInt32}'
  const params: Params = { topic: topic.topic, topicVersion: topic.version, ...windowOf({ window }) }
  if (receivedBy !== undefined) params.receivedBy = timeText(Date.parse(receivedBy))
  if (notOf !== undefined) params.notOf = notOf
  const where = [
    ...[own, inWindow],
    ...(receivedBy === undefined ? [] : ['received <= {receivedBy:DateTime64(3)}']),
    ...(notOf === undefined ? [] : ['site != {notOf:String}']),
    `(article, words) IN (
       SELECT article, argMax(words, version) FROM undercurrent.article_words
       WHERE article IN (SELECT article FROM undercurrent.articles WHERE ${own}) GROUP BY article)`,
  ]
  return { sql: `FROM undercurrent.articles FINAL WHERE ${where.join(' AND ')}`, params }
}

interface ArticleRow extends Omit<Article, 'at'> {
  article: string
  ms: string
  n: string
  places: string
}

export async function articles(sql: Sql, asked: ArticlesAsked): Promise<Articles> {
  const isAny = async () => (await sql.askSmall('SELECT 1 AS n FROM undercurrent.articles LIMIT 1')).length > 0
  if (sql.seldom && !(await sql.seldom('articles', 'any', isAny)))
    return { articles: 0, sites: 0, newest: [], next: null }
  const limit = Math.min(mostAtOnce, Math.max(0, Math.trunc(asked.limit ?? usual)))
  if (!limit) return { ...(await counted(sql, asked)), newest: [], next: null }
  const { sql: rows, params } = rowsOf(asked)
  const after = asked.cursor === undefined ? null : readCursor(asked.cursor, 'newest')
  const found = await sql.askSmall<ArticleRow>(
    `SELECT article, url, site, headline, toUnixTimestamp64Milli(at) AS ms, n, places
     FROM (SELECT article, url, site, headline, at, count() OVER () AS n, uniqExact(site) OVER () AS places ${rows})
     ${after ? 'WHERE (at, article) < ({afterAt:DateTime64(3)}, {afterArticle:UUID})' : ''}
     ORDER BY at DESC, article DESC LIMIT ${limit + 1}`,
    { ...params, ...(after ? { afterAt: timeText(after.ms), afterArticle: after.post } : {}) },
  )
  const [first] = found
  const last = found[limit - 1]
  return {
    ...(first ? { articles: Number(first.n), sites: Number(first.places) } : await none(sql, asked)),
    newest: found.slice(0, limit).map(({ url, site, headline, ms }) => ({ url, site, headline, at: isoOf(ms) })),
    next:
      last && found.length > limit
        ? writeCursor('newest', { value: last.ms, ms: Number(last.ms), post: last.article })
        : null,
  }
}

async function counted(sql: Sql, asked: ArticlesAsked): Promise<Pick<Articles, 'articles' | 'sites'>> {
  const { sql: rows, params } = rowsOf(asked)
  const [row] = await sql.askSmall<{ n: string; places: string }>(
    `SELECT count() AS n, uniqExact(site) AS places ${rows}`,
    params,
  )
  return { articles: Number(row!.n), sites: Number(row!.places) }
}

/** No article at all, or a page behind the last one, which has none to tell how many there are. */
const none = async (sql: Sql, asked: ArticlesAsked) =>
  asked.cursor === undefined ? { articles: 0, sites: 0 } : counted(sql, asked)
