// `undercurrent rescore` on one data folder: another model over what is kept, killed and gone on with, and what it changed,
// told over the very same posts. Two stand-in models; the real one at the end, in processes of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Doing, rescoreKept, timeOf } from '../../commands/rescore.ts'
import type { Summed } from '../../commands/rescoreText.ts'
import { type Config, readConfig } from '../../config.ts'
import { UserError } from '../../errors.ts'
import { hold } from '../../held.ts'
import { silent } from '../../journal.ts'
import { open, type Pipeline } from '../../pipeline.ts'
import { together } from '../../retry.ts'
import type { Change, Model, PostChange } from '../../types.ts'
import { modelFolder } from '../analyze/model.ts'
import { fakeModel } from '../doubles/model.ts'
import { newHome } from '../process.ts'

const script = join(import.meta.dirname, '../doubles/rescoring.ts')

let folder: string
let config: Config
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-rescore-'))
  const file = join(folder, 'undercurrent.yaml')
  const topics = [{ id: 'harbour', query: 'harbour', targets: [{ id: 'dredging', text: 'dredging it' }] }]
  const sources = { bluesky: false, x: { keep: 'scores', daily: 5, monthly: 50 } }
  writeFileSync(file, JSON.stringify({ topics, sources, sample: false }))
  config = readConfig({ data: join(folder, 'data'), config: file }, {})
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

const now = () => Date.parse('2027-01-01T00:00:00.000Z')
const at = (second: number) => new Date(Date.UTC(2026, 10, 20) + second * 1_000).toISOString()
const post = (nr: number, text: string, more: Partial<PostChange> = {}): PostChange => ({
  ...{ op: 'create', source: 'file', id: `p${nr}`, author: `a${nr}`, text, at: at(nr), lang: 'en' },
  ...{ likes: null, reposts: null, replyTo: null, revision: null, quotable: true, ...more },
})

/** Reads "good" as the former one reads "bad": a model that changes what a test can count. */
function contrary(id = 'fake@2'): Model & { scored: string[] } {
  const model = fakeModel(id)
  const turned = { good: 'bad', bad: 'good', for: 'against', against: 'for' } as Record<string, string>
  const turn = (text: string) => text.replaceAll(/\b(good|bad|for|against)\b/g, (word) => turned[word]!)
  return {
    ...model,
    score: async (mentions) => {
      const heard = mentions.map((one) => ({ ...one, post: { ...one.post, text: turn(one.post.text) } }))
      const scores = await model.score(heard)
      return scores.map((score, nr) => ({ ...score, mention: mentions[nr]!, copy: mentions[nr]!.post.text }))
    },
  }
}

/** What a running undercurrent does with these changes; then it ends. */
async function lived(changes: Change[], model: Model = fakeModel(), look?: (pipeline: Pipeline) => Promise<void>) {
  await using pipeline = await open(config, silent, { attach: false, loadModel: async () => model })
  for (const source of new Set(changes.map((change) => ('source' in change ? change.source : 'undercurrent'))))
    await pipeline.log.append({
      source,
      changes: changes.filter((one) => 'source' in one && one.source === source),
      cursor: null,
    })
  const stop = new AbortController()
  const untilDone = async () => {
    while ((await pipeline.status()).lag > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await look?.(pipeline)
    stop.abort()
  }
  await together(stop.signal, [pipeline.run, untilDone])
}

interface Asked {
  from?: string
  model?: string
  restart?: boolean
  json?: boolean
}

async function rescored(model: Model, { json = true, ...asked }: Asked = {}, doing: Doing = {}) {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  const given = {
    loadModel: async () => model,
    nameOf: async () => 'fake@1',
    now,
    signal: new AbortController().signal,
    ...doing,
  }
  const invocation = { flags: {}, words: [], json, model: join(folder, 'new-model'), ...asked }
  const code = await rescoreKept(config, invocation, given)
  const text = print.mock.calls.map(([line]) => line).join('\n')
  vi.restoreAllMocks()
  return { code, text, told: (json ? JSON.parse(text) : null) as Summed }
}

/** Eight good, four bad, against one target; a hill that no topic is about. */
const posts = () => [
  ...Array.from({ length: 12 }, (_, nr) =>
    post(nr, `a ${nr < 8 ? 'good' : 'bad'} harbour, ${nr < 3 ? 'for' : 'against'} it, ${nr}`),
  ),
  post(50, 'a good hill'),
]

describe('undercurrent rescore', () => {
  test('tells what changed over the same posts, by head and target, and what to do to use the model', async () => {
    await lived(posts())
    const { code, told } = await rescored(contrary())
    expect(code).toBe(0)
    expect(told).toMatchObject({ model: 'fake@2', from: null, isComplete: true, posts: 13, uncompared: [] })
    expect(told.remedy).toEqual({ folder: join(folder, 'new-model'), file: config.file, former: 'fake@1' })
    const [topic] = told.topics
    expect(topic).toMatchObject({ topic: 'harbour', version: 1, former: 'fake@1', posts: 12, scored: 12 })
    expect(topic!.left).toEqual({ wordless: 0, other: 0 })
    const share = (measure: string) => topic!.shares.find((one) => one.measure === measure)!
    const mean = (sure: number) => (sure * 0.9 + (12 - sure) * 0.05) / 12
    for (const [measure, before, after] of [
      ['sentiment.positive', 8, 4],
      ['sentiment.negative', 4, 8],
      ['stance.dredging.favor', 3, 9],
      ['stance.dredging.against', 9, 3],
    ] as const) {
      expect(share(measure).before).toBeCloseTo(mean(before), 5)
      expect(share(measure).after).toBeCloseTo(mean(after), 5)
      expect(share(measure).posts).toBe(12)
    }
    expect(share('irony')).toMatchObject({ posts: 12 })
    expect(topic!.turned).toEqual([
      { measure: 'sentiment', posts: 12, of: 12 },
      { measure: 'stance.dredging', posts: 12, of: 12 },
    ])
  })

  test('for people: shares, differences, and the way to use it', async () => {
    await lived(posts())
    const { text } = await rescored(contrary(), { json: false })
    expect(text).toContain('13 posts read by fake@2.')
    expect(text).toContain('harbour (version 1): fake@1 -> fake@2, the same 12 posts read by both, 12 scored by both')
    expect(text).toMatch(/ {2}sentiment\.negative +33\.3 -> +61\.7 % {2}\+28\.3\n/)
    expect(text).toContain('  sentiment: another label leads in 12 of 12')
    expect(text).toContain(`set model.folder to ${join(folder, 'new-model')} in ${config.file}`)
    expect(text).toContain('Until then everything goes on with fake@1')
  })

  test('stopped half-way it says so, and the same command goes on; then there is nothing left', async () => {
    await lived(Array.from({ length: 1_200 }, (_, nr) => post(nr, `harbour ${nr}`)))
    const [first, second] = [fakeModel('fake@2'), fakeModel('fake@2')]
    const stop = new AbortController()
    const stopping = {
      ...first,
      score: (mentions: Parameters<Model['score']>[0]) => {
        if (first.scored.length) stop.abort()
        return first.score(mentions)
      },
    } // prettier-ignore
    const cut = await rescored(stopping, { json: false }, { signal: stop.signal })
    // 500 changes of the log, the topic and its setting among them.
    expect(cut).toMatchObject({ code: 130, text: 'Stopped after 498 posts. The same command goes on from there.' })
    const whole = await rescored(second)
    expect(whole.told).toMatchObject({ isComplete: true, isResumed: true, posts: 702 })
    expect(whole.told.topics[0]).toMatchObject({ posts: 1_200, left: { wordless: 0, other: 0 } })
    const again = await rescored(fakeModel('fake@2'), { json: false })
    expect(again.text).toMatch(/^Nothing was left to read by fake@2\.\n/)
    expect((await rescored(fakeModel('fake@2'), { restart: true })).told).toMatchObject({ posts: 1_200 })
  })

  test('posts without words keep their scores and are told apart; what was deleted is nowhere', async () => {
    const x = post(1, 'a good harbour on X', { source: 'x', id: 'x1' })
    await lived([...posts(), x], fakeModel(), async ({ log }) => {
      await log.append({
        source: 'file',
        changes: [{ op: 'delete', source: 'file', id: 'p0', at: at(99), revision: null }],
        cursor: null,
      })
      while ((await log.status()).posts > 12) await new Promise((resolve) => setTimeout(resolve, 20))
    })
    await lived([])
    const { told, text } = await rescored(contrary())
    expect(told.topics[0]).toMatchObject({ posts: 11, left: { wordless: 1, other: 0 } })
    expect(text).not.toContain('on X')
    const people = await rescored(contrary(), { json: false })
    expect(people.text).toContain('1 post kept without words')
    const window = { from: at(0), to: at(999) }
    await lived([], contrary(), async ({ store }) => {
      const filter = { topic: { topic: 'harbour', version: 1 }, model: 'fake@2', window }
      const { posts } = await store.ask.posts(filter, { limit: 100 })
      expect(posts.map(({ id }) => id)).not.toContain('p0')
      expect(await store.ask.otherModels(filter)).toEqual([{ model: 'fake@1', posts: 1 }])
    })
  })

  test('--from leaves earlier posts alone and out of the comparison', async () => {
    await lived(posts())
    const { told } = await rescored(contrary(), { from: at(8) })
    expect(told).toMatchObject({ from: at(8), posts: 5 })
    expect(told.topics[0]).toMatchObject({ posts: 4, left: { wordless: 0, other: 0 } })
  })

  test('with the configured model it fills in what another one read, and there is nothing to set', async () => {
    await lived(posts())
    const { told } = await rescored(contrary(), { model: undefined as never })
    expect(told.remedy).toBeNull()
  })

  test('the former model goes on untouched; the new one then reads what came meanwhile, and no more', async () => {
    await lived(posts())
    await rescored(contrary())
    const former = fakeModel()
    const looks = async ({ store: { ask } }: Pipeline) => {
      const shown = await ask.post('p1')
      const { rows } = await ask.sql('SELECT model, count() FROM posts GROUP BY model')
      return { model: shown !== 'gone' && shown?.model, rows }
    }
    await lived([], former, async (pipeline) => {
      expect(await looks(pipeline)).toEqual({ model: 'fake@1', rows: [['fake@1', 12]] })
    })
    await lived([post(60, 'a late harbour')], former, async (pipeline) => {
      expect(await looks(pipeline)).toEqual({ model: 'fake@1', rows: [['fake@1', 13]] })
    })
    expect(former.scored).toEqual(['a late harbour'])
    const model = fakeModel('fake@2')
    await lived([], model, async (pipeline) => {
      expect(await looks(pipeline)).toEqual({ model: 'fake@2', rows: [['fake@2', 13]] })
    })
    expect(model.scored).toEqual(['a late harbour'])
  })
})

describe('killed with SIGKILL', () => {
  const rescoring = async (...words: string[]) => {
    const child = spawn(process.execPath, [script, config.dataDir, config.file!, ...words], { stdio: 'ignore' })
    const [code, by] = (await once(child, 'exit')) as [number | null, string | null]
    return by ?? code
  }
  const points = ['store.inserted 2', 'log.written 3', 'log.committed 2']
  test('at one point after the other, the same command goes on and ends with every post once', async () => {
    await lived(Array.from({ length: 2_400 }, (_, nr) => post(nr, `harbour ${nr}`)))
    const ends: (string | number | null)[] = []
    for (const point of points) ends.push(await rescoring(...point.split(' ')))
    expect(ends).toEqual(points.map(() => 'SIGKILL'))
    expect(await rescoring()).toBe(0)
    const { told } = await rescored(fakeModel('fake@2'))
    expect(told).toMatchObject({ posts: 0, topics: [{ posts: 2_400, scored: 2_400, left: { wordless: 0, other: 0 } }] })
    await lived([], fakeModel('fake@2'), async ({ store, log }) => {
      const filter = {
        topic: { topic: 'harbour', version: 1 },
        model: 'fake@2',
        window: { from: at(0), to: at(9_999) },
      }
      expect(await store.ask.coverage(filter)).toMatchObject({ posts: 2_400, authors: 2_400 })
      expect(Object.keys((await log.status()).readers)).toEqual(['analyze'])
    })
  }, 90_000)
})

describe('is refused with what to do', () => {
  const refusal = (asked: Asked, doing?: Doing) =>
    rescored(fakeModel('fake@2'), asked, doing).then(
      () => null,
      (error: UserError) => [error.message, error.hint].join(' | '),
    )

  test('while undercurrent runs on the embedded store, or another rescore does', async () => {
    await lived([])
    {
      using _ = hold(join(config.dataDir, 'serve.lock'))!
      expect(await refusal({})).toMatch(/undercurrent runs on .* \(serve\) \| Stop it first/)
      config = { ...config, store: { url: 'http://127.0.0.1:1' } }
      expect(await refusal({})).not.toContain('undercurrent runs on')
      config = { ...config, store: { url: null } }
    }
    using _ = hold(join(config.dataDir, 'rescore.lock'))!
    expect(await refusal({})).toMatch(/a rescore already runs/)
  })

  test('where two models have one name: its scores would take the place of the others', async () => {
    expect(await refusal({}, { nameOf: async () => 'fake@2' })).toMatch(
      /both models call themselves fake@2 \| .*labels\.json/,
    )
  })

  test.each([
    ['no folder', () => join(folder, 'nowhere')],
    ['no model in it', () => folder],
  ])('at a folder that is none: %s', async (_, place) => {
    const given = { flags: {}, words: [], json: true, model: place() }
    await expect(rescoreKept(config, given)).rejects.toThrow(UserError)
    await expect(rescoreKept(config, given)).rejects.toThrow(place())
  })

  test('on a time that is none, or not yet', async () => {
    expect(await refusal({ from: 'yesterday' })).toMatch(/--from "yesterday" is no time \| .*7d, 36h/)
    expect(await refusal({ from: '2126-01-01' })).toContain('is no time of the past')
  })
})

test('--from: days, times and durations, all in UTC', () => {
  const noon = Date.parse('2026-11-20T12:00:00.000Z')
  expect(timeOf('start', noon)).toBe('')
  expect(timeOf('36h', noon)).toBe('2026-11-19T00:00:00.000Z')
  expect(timeOf('2026-11-18', noon)).toBe('2026-11-18T00:00:00.000Z')
  expect(timeOf('2026-11-18T07:30', noon)).toBe('2026-11-18T07:30:00.000Z')
  expect(timeOf('2026-11-18T07:30:00+02:00', noon)).toBe('2026-11-18T05:30:00.000Z')
  expect(() => timeOf('7', noon)).toThrow('is no time')
})

test('in processes, by the real model under another name: a file read by one is read again by the other', async () => {
  using home = newHome()
  const lines = ['the harbour is lovely', 'what a dreadful harbour'].map((text, nr) =>
    JSON.stringify({ id: `${nr}`, author: `a${nr}`, text, at: at(nr), lang: 'en' }),
  )
  await home.run(['import', home.file('posts.ndjson', lines.join('\n')), '--topic', 'harbour', '--query', 'harbour'])
  const other = join(home.folder, 'other')
  cpSync(modelFolder, other, { recursive: true })
  const labels = JSON.parse(readFileSync(join(other, 'labels.json'), 'utf8'))
  writeFileSync(join(other, 'labels.json'), JSON.stringify({ ...labels, model: 'other@2' }))
  const { code, stdout, stderr } = await home.run(['rescore', '--model', other, '--from', 'start', '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(\d+ % read by other@2, .*\n)?$/) })
  const [topic] = (JSON.parse(stdout) as Summed).topics
  expect(topic).toMatchObject({ former: labels.model, model: 'other@2', posts: 2, scored: 2 })
  expect(topic!.shares.every(({ before, after }) => before === after)).toBe(true)
})
