// Another model reads the kept posts: under a name of its own, through the pipeline's own code, killed and gone on with,
// beside deletes and edits; and the pipeline that runs with it afterwards reads only the rest. On a real log and store.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Progress, type Rescored, type Rescoring, rescore } from '../../analyze/rescore.ts'
import type { Store } from '../../answers.ts'
import { armCrash, type CrashPoint } from '../../crash.ts'
import { settingsUnder } from '../../settings.ts'
import type { Change } from '../../types.ts'
import { type FakeModel, fakeModel } from '../doubles/model.ts'
import { openEmbedded } from '../store/embedded.ts'
import { altered, at, inSmallSlices, type Loop, openLoop } from './loop.ts'

let opened: Awaited<ReturnType<typeof openEmbedded>>
let store: Store
beforeAll(async () => {
  opened = await openEmbedded({ eraseAfterMs: 50, inMemory: true, wordless: ['wordless'] })
  store = opened.store
})
afterEach(() => armCrash(null))
afterAll(() => opened.close())

const ids = (from: number, count: number) => Array.from({ length: count }, (_, nr) => String(from + nr))
const harbours = ({ post }: Loop, from: number, count: number): Change[] =>
  ids(from, count).map((id) => post(id, `harbour ${id}`, { at: at(Number(id)) }))

let loops = 0
/** A loop whose first model has read `count` posts about the harbour. */
async function settledLoop(count = 40): Promise<Loop> {
  const loop = await openLoop(store, `rescore-${++loops}`)
  await loop.track('harbour', { targets: [{ id: 'dredging', text: 'dredging it' }] })
  await loop.say(...harbours(loop, 1000, count))
  await follow(loop)
  return loop
}

/** The pipeline runs until all is read. */
async function follow(loop: Loop, model: FakeModel = loop.model): Promise<void> {
  const run = loop.run({ model })
  await run.settled()
  await run.stop()
}

type Options = Partial<Rescoring> & { model: FakeModel; signal?: AbortSignal }
const rescored = (loop: Loop, { signal, ...parts }: Options): Promise<Rescored> =>
  rescore(
    { store, log: inSmallSlices(loop.log, 10), topics: loop.topics, from: '', ...parts },
    signal ?? new AbortController().signal,
  )

const shownBy = async (loop: Loop, model: string, version = 1) => Object.keys(await loop.texts(version, model))
const readers = async (loop: Loop) => Object.keys((await loop.log.status()).readers).sort()
const keyed = async (loop: Loop, prefix: string) => [...(await settingsUnder(loop.log, prefix)).keys()]

describe('a rescore', () => {
  test('brings every kept post beside its former scores, each once, with stance, and leaves no reader behind', async () => {
    await using loop = await settledLoop()
    const model = fakeModel('fake@2')
    const told: Progress[] = []
    const result = await rescored(loop, { model, onProgress: (progress) => told.push(progress) })
    expect(result).toEqual({ isComplete: true, isResumed: false, posts: 40 })
    expect(await shownBy(loop, 'fake@2')).toEqual(ids(1000, 40))
    expect(await shownBy(loop, 'fake@1')).toEqual(ids(1000, 40))
    expect(await loop.count()).toBe(40)
    const [post] = await loop.shown(1, 'fake@2')
    expect(post!.stance).toEqual({ dredging: { against: expect.any(Number), neither: 0.9, favor: expect.any(Number) } })
    expect(await readers(loop)).toEqual(['analyze'])
    expect(told.at(-1)).toEqual({ done: 1, posts: 40, topics: [loop.name] })
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted())
    expect(await keyed(loop, 'rescore:')).toEqual([])
  })

  test('a second time has nothing to do; --restart reads all again and changes nothing', async () => {
    await using loop = await settledLoop(10)
    await rescored(loop, { model: fakeModel('fake@2') })
    const again = fakeModel('fake@2')
    expect(await rescored(loop, { model: again })).toMatchObject({ isComplete: true, posts: 0 })
    expect(again.scored).toEqual([])
    expect(await rescored(loop, { model: again, restart: true })).toMatchObject({ posts: 10 })
    expect(await shownBy(loop, 'fake@2')).toEqual(ids(1000, 10))
    expect(await loop.count()).toBe(10)
  })

  test('later posts are read by the next one, and only those', async () => {
    await using loop = await settledLoop(10)
    await rescored(loop, { model: fakeModel('fake@2') })
    await loop.say(...harbours(loop, 2000, 3))
    await follow(loop)
    const model = fakeModel('fake@2')
    expect(await rescored(loop, { model })).toMatchObject({ posts: 3 })
    expect(model.scored).toHaveLength(3)
    expect(await shownBy(loop, 'fake@2')).toHaveLength(13)
  })

  test('what the follower has not read yet is left to it', async () => {
    await using loop = await settledLoop(10)
    await loop.say(...harbours(loop, 2000, 3))
    expect(await rescored(loop, { model: fakeModel('fake@2') })).toMatchObject({ posts: 10 })
    expect(await shownBy(loop, 'fake@2')).toHaveLength(10)
  })

  test('from a time on: earlier posts keep their scores; from an earlier one it begins anew', async () => {
    await using loop = await settledLoop(20)
    expect(await rescored(loop, { model: fakeModel('fake@2'), from: at(1015) })).toMatchObject({ posts: 5 })
    expect(await shownBy(loop, 'fake@2')).toEqual(ids(1015, 5))
    expect(await rescored(loop, { model: fakeModel('fake@2'), from: at(1017) })).toMatchObject({ posts: 0 })
    expect(await rescored(loop, { model: fakeModel('fake@2'), from: at(1010) })).toMatchObject({ posts: 10 })
    expect(await shownBy(loop, 'fake@2')).toEqual(ids(1010, 10))
  })

  test('a topic made since is read alone; the others are not read again', async () => {
    await using loop = await settledLoop(10)
    await rescored(loop, { model: fakeModel('fake@2') })
    const other = { id: `${loop.name}-other`, name: 'x', query: '"harbour 1003"', targets: [], public: false, tags: [] }
    await loop.topics.put(other)
    await follow(loop)
    const model = fakeModel('fake@2')
    await rescored(loop, { model })
    expect(model.scored).toEqual(['harbour 1003'])
    expect(await store.ask.counts()).toContainEqual(expect.objectContaining({ topic: other.id, posts: 1 }))
  })
})

/** As if the log were two partitions: positions take turns, and the end of one says nothing of the other's. */
const inTwo = (loop: Loop) =>
  altered(inSmallSlices(loop.log, 10), {
    status: async () => ({ ...(await loop.log.status()), partitions: 2 }),
  })

describe('on a log of several partitions', () => {
  test('each is marked as far as it was read, and the next goes on from there', async () => {
    await using loop = await settledLoop(20)
    expect(await rescored(loop, { model: fakeModel('fake@2'), log: inTwo(loop) })).toMatchObject({ posts: 20 })
    const [mark] = (await settingsUnder(loop.log, 'rescored:')).values()
    const { read } = JSON.parse(mark!) as { read: number[] }
    expect(read.map((position) => position % 2)).toEqual([1, 0])
    expect(Math.min(...read)).toBeGreaterThan(20)
    await loop.say(...harbours(loop, 2000, 3))
    await follow(loop)
    const model = fakeModel('fake@2')
    expect(await rescored(loop, { model, log: inTwo(loop) })).toMatchObject({ isComplete: true, posts: 3 })
    expect(model.scored).toHaveLength(3)
  })

  test('it waits until the follower has come to the end, and says so; stopped meanwhile it has read nothing', async () => {
    await using loop = await settledLoop(5)
    await loop.say(...harbours(loop, 2000, 3))
    const stop = new AbortController()
    const model = fakeModel('fake@2')
    const onWait = () => stop.abort()
    const result = await rescored(loop, { model, log: inTwo(loop), onWait, signal: stop.signal })
    expect(result).toMatchObject({ isComplete: false, posts: 0 })
    expect(model.scored).toEqual([])
  })
})

describe('killed', () => {
  const points: CrashPoint[] = ['analyze.scored', 'store.voided', 'store.inserted', 'log.written', 'log.committed']
  test.each(points)('at %s it goes on where it was: nothing lost, nothing twice', async (point) => {
    await using loop = await settledLoop(60)
    const before = fakeModel('fake@2')
    let passed = 0
    armCrash((one) => {
      if (one === point && before.scored.length >= 20 && ++passed === 1) throw new Error('killed')
    })
    await expect(rescored(loop, { model: before })).rejects.toThrow('killed')
    armCrash(null)
    await loop.reopen()
    const after = fakeModel('fake@2')
    const result = await rescored(loop, { model: after })
    expect(result).toMatchObject({ isComplete: true, isResumed: true })
    expect(after.scored.length).toBeLessThanOrEqual(60 - before.scored.length + 10)
    expect(await shownBy(loop, 'fake@2')).toEqual(ids(1000, 60))
    expect(await loop.count()).toBe(60)
    expect(await readers(loop)).toEqual(['analyze'])
  })

  test('stopped by hand, too, also when the next is for fewer posts; for more it begins anew', async () => {
    await using loop = await settledLoop(60)
    const stopAfter = async (posts: number, from: string) => {
      const stop = new AbortController()
      const onProgress = (progress: Progress) => progress.posts >= posts && stop.abort()
      return rescored(loop, { model: fakeModel('fake@2'), from, onProgress, signal: stop.signal })
    }
    expect(await stopAfter(20, at(1010))).toMatchObject({ isComplete: false })
    expect(await readers(loop)).toEqual(['analyze', 'rescore:fake@2'])
    expect(await stopAfter(10, at(1030))).toMatchObject({ isComplete: false, isResumed: true })
    const whole = await rescored(loop, { model: fakeModel('fake@2') })
    expect(whole).toEqual({ isComplete: true, isResumed: false, posts: 60 })
    expect(await shownBy(loop, 'fake@2')).toEqual(ids(1000, 60))
  })

  test('one given up for another model leaves nothing that holds the log back', async () => {
    await using loop = await settledLoop(30)
    const stop = new AbortController()
    await rescored(loop, { model: fakeModel('fake@2'), onProgress: () => stop.abort(), signal: stop.signal })
    await rescored(loop, { model: fakeModel('fake@3') })
    expect(await readers(loop)).toEqual(['analyze'])
    expect(await keyed(loop, 'rescore:')).toEqual([])
    expect(await shownBy(loop, 'fake@3')).toEqual(ids(1000, 30))
  })
})

describe('nothing that was erased comes back', () => {
  const gone = ({ name }: Loop): Change[] => [
    { op: 'delete', source: name, id: '1001', at: at(3000), revision: null },
    { op: 'withdraw', source: name, author: 'author of 1003', at: at(3000) },
  ]

  test('deleted before, or between two parts of it', async () => {
    await using loop = await settledLoop(40)
    await loop.say({ op: 'delete', source: loop.name, id: '1000', at: at(3000), revision: null })
    await follow(loop)
    const stop = new AbortController()
    await rescored(loop, { model: fakeModel('fake@2'), onProgress: () => stop.abort(), signal: stop.signal })
    await loop.say(...gone(loop), { ...(harbours(loop, 1005, 1)[0] as object), op: 'delete', revision: null } as Change)
    await follow(loop)
    await rescored(loop, { model: fakeModel('fake@2') })
    const left = ids(1000, 40).filter((id) => !['1000', '1001', '1003', '1005'].includes(id))
    expect(await shownBy(loop, 'fake@2')).toEqual(left)
    expect(await loop.count()).toBe(left.length)
  })

  test('deleted while its slice is being scored: the log no longer has it, the store refuses it', async () => {
    await using loop = await settledLoop(10)
    const model = fakeModel('fake@2')
    const crossing = altered(model, {
      score: async (mentions) => {
        const scores = await model.score(mentions)
        if (scores.length) {
          await loop.say(...gone(loop))
          await follow(loop)
        }
        return scores
      },
    })
    await rescored(loop, { model: crossing })
    expect(await shownBy(loop, 'fake@2')).toEqual(ids(1000, 10).filter((id) => !['1001', '1003'].includes(id)))
  })

  test('an edit in between shows its new words alone, once', async () => {
    await using loop = await settledLoop(3)
    await rescored(loop, { model: fakeModel('fake@2') })
    await loop.say(loop.post('1001', 'harbour, again', { op: 'update', revision: '2' }))
    await loop.say(loop.post('1002', 'a hill', { op: 'update', revision: '2' }))
    await follow(loop)
    expect(await loop.texts(1, 'fake@2')).toEqual({ 1000: 'harbour 1000' }) // the old words are gone at once
    await rescored(loop, { model: fakeModel('fake@2') })
    expect(await loop.texts(1, 'fake@2')).toEqual({ 1000: 'harbour 1000', 1001: 'harbour, again' })
  })

  test('a topic dropped while it is read for stays away', async () => {
    await using loop = await settledLoop(30)
    const model = fakeModel('fake@2')
    const dropping = altered(model, {
      score: async (mentions) => {
        if (loop.topics.get(loop.name)) {
          await loop.topics.drop(loop.name)
          await follow(loop)
        }
        return model.score(mentions)
      },
    })
    expect(await rescored(loop, { model: dropping })).toMatchObject({ isComplete: true })
    expect((await store.ask.counts()).filter(({ topic }) => topic === loop.name)).toEqual([])
    expect(await readers(loop)).toEqual(['analyze'])
  })
})

describe('the pipeline with the new model', () => {
  test('reads only what came since, and every post of it', async () => {
    await using loop = await settledLoop(20)
    await rescored(loop, { model: fakeModel('fake@2') })
    await loop.say(...harbours(loop, 2000, 3))
    await follow(loop) // still by the former model
    await loop.say(...harbours(loop, 3000, 2))
    await loop.reopen()
    const model = fakeModel('fake@2')
    await follow(loop, model)
    // Once by the follower; those the history may meet again.
    const anew = [...ids(2000, 3), ...ids(3000, 2)].map((id) => `harbour ${id}`)
    expect([...new Set(model.scored)].toSorted()).toEqual(anew)
    expect(await shownBy(loop, 'fake@2')).toHaveLength(25)
    expect(await keyed(loop, 'rescored:')).toEqual([])
    await loop.reopen()
    const again = fakeModel('fake@2')
    await follow(loop, again)
    expect(again.scored).toEqual([])
  })

  test('leaves alone what --from left alone, and fills whole what was cut off', async () => {
    await using loop = await settledLoop(20)
    await rescored(loop, { model: fakeModel('fake@2'), from: at(1015) })
    const stop = new AbortController()
    await rescored(loop, { model: fakeModel('fake@3'), onProgress: () => stop.abort(), signal: stop.signal })
    const [second, third] = [fakeModel('fake@2'), fakeModel('fake@3')]
    await loop.reopen()
    await follow(loop, second)
    expect(second.scored).toEqual([])
    await loop.reopen()
    await follow(loop, third)
    expect(await shownBy(loop, 'fake@3')).toEqual(ids(1000, 20))
  })

  test('the former one again: what the other read meanwhile can be rescored, and what came since is not missed', async () => {
    await using loop = await settledLoop(5)
    await loop.reopen()
    await follow(loop, fakeModel('fake@2'))
    await loop.say(...harbours(loop, 2000, 3))
    await follow(loop, fakeModel('fake@2'))
    expect(await shownBy(loop, 'fake@1')).toHaveLength(5)
    await rescored(loop, { model: fakeModel('fake@1') })
    await loop.say(...harbours(loop, 3000, 2))
    await follow(loop, fakeModel('fake@2'))
    await loop.reopen()
    await follow(loop)
    expect(await shownBy(loop, 'fake@1')).toHaveLength(10)
  })
})
