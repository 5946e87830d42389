// The view "every copy-cluster equal": near-copies count as one text in summary and series alike, opposite messages do
// not, and a window of too many texts falls back to exact copies.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Filter } from '../../answers.ts'
import { copyKey } from '../../copies.ts'
import { renamedIn } from '../../store/clusters.ts'
import { migrate } from '../../store/migrate.ts'
import { openClient, type Sql } from '../../store/sql.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, type ScoreOptions, scoreOf, skippedScore, topic } from './scores.ts'

const filter: Filter = { topic, model, window: day }
const call = 'All of us who live along this river ask the council to approve the new bridge before the summer'
const says = (negative: number) => ({ negative, positive: 1 - negative })

/** A post with a fingerprint of its own text, as the encoder gives it. */
const told = (id: string, text: string, { post, ...rest }: ScoreOptions = {}) =>
  scoreOf(id, { post: { text, ...post }, copy: copyKey(text), ...rest })

/** Twelve voices with a text of their own, and twelve accounts with a variant of the call each. */
const voices = Array.from({ length: 12 }, (_, nr) =>
  told(`v${nr}`, `voice ${nr} says something`, { sentiment: says(0) }),
)
const variants = Array.from({ length: 12 }, (_, nr) =>
  told(`c${nr}`, `${call.replace('council', `council of Town${nr}`)} #Bridge${nr}`, {
    sentiment: says(1),
    post: { at: minute(nr) },
  }),
)

describe('near-copies in the view cluster', () => {
  it('count as one text in summary and series, whatever else is asked as before', async () => {
    await using opened = await held([...voices, ...variants])
    const { ask } = opened.store
    const share = async (view: Filter['view']) => (await ask.summary({ ...filter, view })).sentiment.negative!.estimate
    expect(await share('cluster')).toBeCloseTo(1 / 13)
    expect(await share('post')).toBeCloseTo(0.5)
    expect(await share('author')).toBeCloseTo(0.5)
    const series = await ask.series({ ...filter, view: 'cluster' }, 'sentiment.negative', 86_400_000)
    expect(series[0]).toMatchObject({ posts: 24, authors: 24 })
    expect(series[0]!.estimate).toBeCloseTo(1 / 13)
  })

  it('weigh one divided by their number within each step of a series', async () => {
    await using opened = await held([...voices, ...variants])
    const late = variants.map(({ mention }) =>
      told(`late ${mention.post.id}`, mention.post.text, lateOf(mention.post.id)),
    )
    await opened.store.add(addition([...late, told('calm', 'a calm late voice', lateOf('calm'))]))
    const points = await opened.store.ask.series({ ...filter, view: 'cluster' }, 'sentiment.negative', 3_600_000)
    expect(points[0]!.estimate).toBeCloseTo(1 / 13)
    expect(points[2]!.estimate).toBeCloseTo(1 / 2)
  })

  it('keep opposite messages apart', async () => {
    const against = Array.from({ length: 12 }, (_, nr) =>
      told(`n${nr}`, `${call.replace('approve', 'reject')} #No${nr}`, { sentiment: says(0) }),
    )
    await using opened = await held([...voices, ...variants, ...against])
    const found = await opened.store.ask.summary({ ...filter, view: 'cluster' })
    expect(found.sentiment.negative!.estimate).toBeCloseTo(1 / 14)
  })

  it('are told apart from posts without a score, from each other where the text was taken away', async () => {
    const unread = Array.from({ length: 5 }, (_, nr) =>
      skippedScore(`u${nr}`, { post: { text: call }, copy: copyKey(call) }),
    )
    const bare = Array.from({ length: 13 }, (_, nr) =>
      scoreOf(`b${nr}`, { post: { text: '' }, copy: `taken ${nr}`, sentiment: says(1) }),
    )
    await using opened = await held([...variants, ...unread, ...bare, ...voices])
    const found = await opened.store.ask.summary({ ...filter, view: 'cluster' })
    expect(found.sentiment.negative!.estimate).toBeCloseTo(14 / 26)
  })
})

/** Two hours later. */
const lateOf = (id: string): ScoreOptions => ({
  post: { at: minute(130), author: `late ${id}` },
  sentiment: says(id === 'calm' ? 0 : 1),
})

describe('which fingerprints are renamed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-clusters-'))
  let sql: Sql
  beforeAll(async () => {
    sql = await openClient({ path: join(folder, 'store') })
    await migrate(sql)
    const shared = { topic: topic.topic, topic_version: topic.version, model, version: '2', gone: 0, at: minute(1) }
    const texts = [...variants, ...voices].map(({ mention, copy }) => ({ text: mention.post.text, copy }))
    await sql.insert(
      'mentions',
      texts.map(({ text, copy }, nr) => ({ ...shared, post: uuid(nr), author: uuid(nr), id: `${nr}`, text, copy })),
    )
  })
  afterAll(async () => {
    await sql[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('those of one cluster, to the least of them', async () => {
    const found = await renamedIn(sql, { ...filter, view: 'cluster' })
    const keys = variants.map(({ copy }) => copy).sort()
    expect(found!.from.toSorted()).toEqual(keys.slice(1))
    expect(new Set(found!.to)).toEqual(new Set([keys[0]]))
  })

  it('none where no two texts are near, in other views, or beyond what is compared', async () => {
    expect(await renamedIn(sql, { ...filter, view: 'post' })).toBeNull()
    expect(await renamedIn(sql, filter)).toBeNull()
    expect(await renamedIn(sql, { ...filter, view: 'cluster' }, 23)).toBeNull()
    expect(await renamedIn(sql, { ...filter, view: 'cluster' }, 24)).not.toBeNull()
    const empty = { from: minute(100), to: minute(200) }
    expect(await renamedIn(sql, { ...filter, window: empty, view: 'cluster' })).toBeNull()
  })
})

const uuid = (nr: number) => `00000000-0000-4000-8000-${nr.toString(16).padStart(12, '0')}`

async function held(scores: ReturnType<typeof scoreOf>[]) {
  const opened = await openEmbedded({ inMemory: true })
  await opened.store.add(addition(scores))
  return { store: opened.store, [Symbol.asyncDispose]: () => opened.close() }
}
