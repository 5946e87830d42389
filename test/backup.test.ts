// The backup of the embedded way as docs/operations.md tells it: its own two commands are run, the folder it was made of goes,
// and what was restored elsewhere answers as before, forgets what must be forgotten, and still knows who is who.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Filter } from '../answers.ts'
import { readConfig } from '../config.ts'
import { apiKey } from '../daemon.ts'
import { sampleAuthors } from '../ingest/sample.ts'
import { silent } from '../journal.ts'
import { open, type Pipeline } from '../pipeline.ts'
import type { Change } from '../types.ts'
import { fakeModel } from './doubles/model.ts'

const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8')
const section = page.slice(page.indexOf('\n### In one folder'))
const [backUp, restore] = [...section.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, command]) => command!)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-backup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const shell = (command: string, env: { DATA: string; BACKUP: string }) =>
  execFileSync('bash', ['-euc', command], { env: { ...process.env, ...env }, stdio: 'pipe' })

const configOf = (data: string) => readConfig({ data, offline: true, config: 'undercurrent.yaml' }, {})

/** Opens a folder, lets it come to rest, does what is asked, and closes it. */
async function on<Result>(data: string, work: (pipeline: Pipeline) => Promise<Result>): Promise<Result> {
  await using pipeline = await open(configOf(data), silent, { loadModel: async () => fakeModel() })
  const stop = new AbortController()
  const running = pipeline.run(stop.signal)
  try {
    await Promise.race([settled(pipeline), running])
    return await work(pipeline)
  } finally {
    stop.abort()
    await running
  }
}

async function settled(pipeline: Pipeline): Promise<void> {
  for (;;) {
    const { lag, sources } = await pipeline.status()
    if (lag === 0 && sources.every(({ state }) => state === 'finished')) return
    await pause(20)
  }
}

const now = Date.now()
const window = { from: new Date(now - 40 * 86_400_000).toISOString(), to: new Date(now + 3_600_000).toISOString() }

/** Whatever a reader could ask, of every topic. */
async function answers({ store: { ask }, topics, log, model }: Pipeline) {
  const asked = topics.list().map(async ({ id, version, targets }) => {
    const filter: Filter = { topic: { topic: id, version }, model: model.id, window, targets }
    return {
      id,
      summary: await ask.summary(filter),
      series: await ask.series(filter, 'sentiment.negative', 86_400_000),
      posts: await ask.posts(filter, { sort: 'newest', limit: 50 }),
      coverage: await ask.coverage(filter),
      fingerprint: await ask.fingerprint(filter),
      editions: await ask.editions(id, 5),
    }
  })
  return {
    counts: await ask.counts(),
    topics: topics.list(),
    answered: await Promise.all(asked),
    settings: await log.settings(),
    cursor: await log.cursor('sample'),
    head: (await log.status()).head,
  }
}

const post = (author: string, id: string): Change => ({
  ...{
    op: 'create',
    source: 'import',
    id,
    author,
    text: 'good peace talks, a ceasefire for Ukraine at last',
    lang: 'en',
  },
  ...{ at: new Date(now).toISOString(), likes: null, reposts: null, replyTo: null, revision: null, quotable: true },
})
const tell = ({ log }: Pipeline, ...changes: Change[]) => log.append({ source: 'import', changes, cursor: null })

test('what was backed up and restored elsewhere answers as before', async () => {
  const [data, other, BACKUP] = [join(folder, 'data'), join(folder, 'elsewhere', 'data'), join(folder, 'backup.tar')]
  const config = configOf(data)
  const before = await on(data, async (pipeline) => {
    await pipeline.topics.put({ id: 'mine', name: 'Mine', query: 'ceasefire', targets: [], public: false, tags: [] })
    await tell(pipeline, post('ada', 'kept'), post('bob', 'gone'), post('eve', 'left'))
    const at = new Date().toISOString()
    await tell(pipeline, { op: 'delete', source: 'import', id: 'gone', at, revision: null })
    await tell(pipeline, { op: 'withdraw', source: 'import', author: 'eve', at })
    await settled(pipeline)
    return answers(pipeline)
  })
  const { key } = apiKey(config)
  expect(before.counts.length).toBeGreaterThan(3)
  expect(before.answered.some(({ summary }) => summary.posts >= 200)).toBe(true)

  shell(backUp!, { DATA: data, BACKUP })
  rmSync(data, { recursive: true })
  shell(restore!, { DATA: other, BACKUP })
  expect(existsSync(join(other, 'keys.json'))).toBe(true)
  expect(apiKey(configOf(other))).toEqual({ key, isNew: false })

  await on(other, async (pipeline) => {
    expect(await answers(pipeline)).toEqual(before)
    // It goes on from there: what is new counts, what was gone stays gone, and who leaves now is known by the old keys.
    await tell(pipeline, post('ada', 'new'), post('bob', 'gone'), post('eve', 'again'))
    await settled(pipeline)
    const mine = (await pipeline.store.ask.counts()).find(({ topic }) => topic === 'mine')!
    const then = before.counts.find(({ topic }) => topic === 'mine')!
    expect(mine.posts).toBe(then.posts + 1)
    const [author] = await sampleAuthors()
    const at = new Date().toISOString()
    await tell(pipeline, { op: 'withdraw', source: 'import', author: 'ada', at })
    await tell(pipeline, { op: 'withdraw', source: 'sample', author: author!, at })
    await settled(pipeline)
    const all = (counts: { posts: number }[]) => counts.reduce((sum, { posts }) => sum + posts, 0)
    const left = await pipeline.store.ask.counts()
    expect(left.find(({ topic }) => topic === 'mine')!.posts).toBeLessThan(then.posts)
    expect(all(left)).toBeLessThan(all(before.counts))
  })
})

test('without its keys a backup does not open, and says so', async () => {
  const [data, other, BACKUP] = [join(folder, 'data'), join(folder, 'other'), join(folder, 'backup.tar')]
  await on(data, async () => {})
  shell(backUp!.replace('--exclude', '--exclude=./keys.json --exclude'), { DATA: data, BACKUP })
  shell(restore!, { DATA: other, BACKUP })
  await expect(on(other, async () => {})).rejects.toThrow(/key/)
})
