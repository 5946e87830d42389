// The console on the real embedded store: analysts' statements answer the same numbers as the questions of the pages, what
// was deleted or hidden is in none of them, limits cut with a clear error, and nobody else waits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Filter, Table } from '../../answers.ts'
import { shownViews } from '../../columns.ts'
import { functionNames } from '../../store/allowed.ts'
import { openClient } from '../../store/sql.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, scoreOf, seeded, skippedScore, topic } from './scores.ts'

let opened: Opened & { folder: string }
const sql = (statement: string, limits = {}, signal?: AbortSignal) => opened.store.ask.sql(statement, limits, signal)
/** The rows as objects by column name. */
const rowsOf = ({ columns, rows }: Table) =>
  rows.map((row) => Object.fromEntries(columns.map(({ name }, nr) => [name, row[nr]])) as Record<string, never>)
const ask = async (statement: string) => rowsOf(await sql(statement))
const one = async (statement: string) => (await sql(statement)).rows[0]![0]

const filter: Filter = { topic, model, window: { from: day.from, to: '2026-11-22T00:00:00.000Z' } }
const langs = ['en', 'de', 'uk']

/** 120 posts by 40 authors over twenty hours, seeded; every tenth is skipped, every third a copy of another. */
function invented() {
  const next = seeded(7)
  return Array.from({ length: 120 }, (_, nr) => {
    const [a, b, c] = [next(), next(), next()]
    const sum = a + b + c
    const post = { at: minute(nr * 10), author: `author ${nr % 40}`, likes: nr % 6 ? nr % 11 : null, reposts: nr % 4 }
    const lang = langs[nr % 3]
    if (nr % 10 === 9) return skippedScore(`post ${nr}`, { post, lang })
    return scoreOf(`post ${nr}`, {
      post,
      lang,
      copy: `copy ${nr % 3 ? nr : 0}`,
      sentiment: { negative: a / sum, neutral: b / sum, positive: c / sum },
      stance: { t1: { against: c / sum, neither: b / sum, favor: a / sum } },
    })
  })
}

beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true, eraseAfterMs: 100 })
  await opened.store.add(addition(invented()))
  await opened.store.note([{ op: 'counts', source: 'file', id: 'post 1', likes: 500, reposts: 50, at: day.to }])
})
afterAll(() => opened.close())

describe('the views', () => {
  it.each(['posts', 'topics'] as const)('%s has the columns that columns.ts tells, and no author', async (view) => {
    const { columns } = await sql(`SELECT * FROM ${view} LIMIT 1`)
    expect(columns.map(({ name }) => name)).toEqual(shownViews[view].map(({ name }) => name))
    for (const [nr, { type }] of columns.entries())
      expect(type).toContain(shownViews[view][nr]!.type.replace('Map of maps', 'Map(String, Map'))
    expect(columns.filter(({ name }) => /^author$|account|^post$|hash|key/.test(name))).toEqual([])
  })

  it('hold every function of the list', async () => {
    const client = await openClient({ path: `${opened.folder}/store` })
    const rows = await client.look<{ name: string }>('SELECT name FROM system.functions')
    await client[Symbol.asyncDispose]()
    const known = new Set(rows.map(({ name }) => name))
    expect(functionNames.filter((name) => !known.has(name))).toEqual([])
  })
})

describe('an analyst asks', () => {
  it('how many posts, as the summary has them', async () => {
    const summary = await opened.store.ask.summary(filter)
    const [row] = await ask('SELECT count() AS posts, countIf(scored) AS read, countIf(NOT scored) AS rest FROM posts')
    expect(row).toEqual({ posts: summary.posts, read: summary.scored, rest: summary.posts - summary.scored })
    expect(await one("SELECT countIf(skipped = 'language') FROM posts")).toBe(summary.unscored.language)
    expect(await ask('SELECT posts, authors, scored FROM topics')).toEqual([
      { posts: summary.posts, authors: summary.authors, scored: summary.scored },
    ])
  })
})
