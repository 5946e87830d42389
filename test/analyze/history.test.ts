// Topics and models that come later: they get their history from the log, once; and nothing that was erased comes back
// with it. On a real log and a real store.
import { setImmediate as breathe } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../answers.ts'
import type { Change } from '../../types.ts'
import { createFold } from '../contract/fold.ts'
import { fakeModel } from '../doubles/model.ts'
import { openEmbedded } from '../store/embedded.ts'
import { seeded } from '../store/scores.ts'
import { altered, at, inSmallSlices, type Loop, openLoop } from './loop.ts'

let opened: Awaited<ReturnType<typeof openEmbedded>>
let store: Store
beforeAll(async () => {
  opened = await openEmbedded({ eraseAfterMs: 50 })
  store = opened.store
})
afterAll(() => opened.close())

let loops = 0
const newLoop = () => openLoop(store, `history-${++loops}`)
const harbours = (loop: Loop, count: number) =>
  Array.from({ length: count }, (_, nr) => loop.post(String(1000 + nr), `harbour ${nr}`))

describe('topics', () => {
  test('one made while running gets its history, and the lag tells when it has', async () => {
    await using loop = await newLoop()
    const run = loop.run()
    await loop.say(loop.post('1', 'harbour'), loop.post('2', 'a hill'), loop.post('3', 'good harbour'))
    await run.settled()
    await loop.track('harbour')
    expect(await run.lag()).toBeGreaterThan(0)
    await run.settled()
    expect(Object.keys(await loop.texts())).toEqual(['1', '3'])
    await run.stop()
  })

  test('one made by another process on the same log is found', async () => {
    await using loop = await newLoop()
    const run = loop.run()
    await loop.say(loop.post('1', 'harbour'))
    await run.settled()
    const topic = { id: loop.name, name: 'x', query: 'harbour', targets: [], public: false, tags: [] }
    await loop.say({ op: 'topic', topic: { ...topic, version: 1, at: at(0), origin: 'user' } })
    expect(await run.lag()).toBeGreaterThan(0)
    await run.settled()
    expect(await loop.count()).toBe(1)
    await run.stop()
  })

  test('a corrected query is a second version with its own history; the first keeps its numbers', async () => {
    await using loop = await newLoop()
    await loop.track('habour')
    const run = loop.run()
    await loop.say(loop.post('1', 'harbour'), loop.post('2', 'my habour'))
    await run.settled()
    expect(Object.keys(await loop.texts(1))).toEqual(['2'])
    await loop.track('harbour')
    await run.settled()
    expect(Object.keys(await loop.texts(2))).toEqual(['1'])
    expect(Object.keys(await loop.texts(1))).toEqual(['2'])
    await loop.say(loop.post('3', 'harbour habour'))
    await run.settled()
    expect([await loop.count(1), await loop.count(2)]).toEqual([1, 2])
    await run.stop()
  })

  test('a dropped one loses its numbers, also while its history is being written', async () => {
    await using loop = await newLoop()
    await loop.say(...harbours(loop, 20))
    const scoring = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const model = altered(loop.model, {
      score: async (mentions) => {
        if (mentions.length) {
          scoring.resolve()
          await release.promise
        }
        return loop.model.score(mentions)
      },
    })
    const quick = loop.run() // the follower has read the posts before there was a topic
    await quick.settled()
    await quick.stop()
    const run = loop.run({ model })
    await loop.track('harbour')
    await scoring.promise
    await loop.topics.drop(loop.name)
    const last = await loop.say(loop.post('1', 'a hill'))
    release.resolve()
    await run.settled()
    expect((await loop.log.status()).readers.analyze).toBeGreaterThanOrEqual(last)
    expect((await store.ask.counts()).filter(({ topic }) => topic === loop.name)).toEqual([])
    expect(Object.keys((await loop.log.status()).readers)).toEqual(['analyze'])
    await run.stop()
  })

  test('a history that was cut off goes on where it was, in a new process', async () => {
    await using loop = await newLoop()
    await loop.say(...harbours(loop, 40))
    const first = loop.run()
    await first.settled()
    await first.stop()
    const stop = Promise.withResolvers<void>()
    const model = altered(loop.model, {
      score: async (mentions) => {
        const scores = await loop.model.score(mentions)
        if (loop.model.scored.length >= 20) stop.resolve()
        return scores
      },
    })
    const second = loop.run({ model, log: inSmallSlices(loop.log, 5) })
    await loop.track('harbour')
    await stop.promise
    await second.stop()
    expect(loop.model.scored.length).toBeLessThan(40)
    const readers = Object.keys((await loop.log.status()).readers)
    expect(readers.some((reader) => reader.startsWith('history:'))).toBe(true)

    await loop.reopen()
    loop.model.scored.length = 0
    const third = loop.run()
    expect(await third.lag()).toBeGreaterThan(0) // what waits is known before it is looked at
    await third.settled()
    expect(await loop.count()).toBe(40)
    expect(loop.model.scored.length).toBeLessThanOrEqual(25)
    expect(Object.keys((await loop.log.status()).readers)).toEqual(['analyze'])
    await third.stop()
  })

  test('nothing is read twice: a restart with nothing new asks the model nothing', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    await loop.say(...harbours(loop, 5))
    const run = loop.run()
    await run.settled()
    await run.stop()
    await loop.reopen()
    loop.model.scored.length = 0
    const again = loop.run()
    await again.settled()
    await again.stop()
    expect(loop.model.scored).toEqual([])
  })
})

test('a new model scores what the log keeps; posts are not counted twice', async () => {
  await using loop = await newLoop()
  await loop.track('harbour')
  await loop.say(loop.post('1', 'harbour'), loop.post('2', 'harbour'), loop.post('3', 'harbour'))
  const old = loop.run()
  await old.settled()
  await loop.say({ op: 'delete', source: loop.name, id: '3', at: at(1), revision: null })
  await old.settled()
  await old.stop()
  await loop.reopen()
  const model = fakeModel('fake@2')
  const fresh = loop.run({ model })
  expect(await fresh.lag()).toBeGreaterThan(0)
  await fresh.settled()
  expect(Object.keys(await loop.texts(1, 'fake@2'))).toEqual(['1', '2'])
  expect(Object.keys(await loop.texts(1, 'fake@1'))).toEqual(['1', '2'])
  expect(await loop.count()).toBe(2)
  await loop.say({ op: 'delete', source: loop.name, id: '2', at: at(2), revision: null })
  await fresh.settled()
  expect([await loop.texts(1, 'fake@1'), await loop.texts(1, 'fake@2')].map((shown) => Object.keys(shown))).toEqual([
    ['1'],
    ['1'],
  ])
  await fresh.stop()
})

describe('nothing that was erased comes back', () => {
  const life = (loop: Loop): Change[] => [
    loop.post('1', 'harbour'),
    loop.post('2', 'harbour'),
    loop.post('2', 'harbour edited', { op: 'update', revision: '2' }),
    loop.post('3', 'harbour', { author: 'ann', at: at(3) }),
    loop.post('4', 'harbour', { author: 'ann', at: at(4) }),
    loop.post('5', 'harbour'),
    loop.post('5', 'a hill', { op: 'update', revision: '3' }),
  ]
  const end = ({ name }: Loop): Change[] => [
    { op: 'delete', source: name, id: '1', at: at(10), revision: null },
    { op: 'withdraw', source: name, author: 'ann', at: at(10) },
  ]
  const truth = { '2': 'harbour edited' }

  test('not by a second import, a rewind of the source, a replay of the log, or an account that is back', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    await loop.say(...life(loop))
    await run.settled()
    expect(Object.keys(await loop.texts())).toEqual(['1', '2', '3', '4'])
    await loop.say(...end(loop))
    await run.settled()
    expect(await loop.texts()).toEqual(truth)
    await loop.say(...life(loop)) // imported again, or the source rewound
    await run.settled()
    expect(await loop.texts()).toEqual(truth)
    await loop.say({ op: 'restore', source: loop.name, author: 'ann', at: at(20) }, ...life(loop), ...end(loop))
    await run.settled()
    expect(await loop.texts()).toEqual(truth)
    await run.stop()

    await loop.log.release('analyze') // reads everything kept anew
    const replay = loop.run()
    await replay.settled()
    expect(await loop.texts()).toEqual(truth)
    await loop.track('harbour OR never') // and so does a new version
    await replay.settled()
    expect(await loop.texts(2)).toEqual(truth)
    await replay.stop()
  })

  test('not into a store that stayed while the log was lost', async () => {
    await using before = await newLoop()
    await before.track('harbour')
    const run = before.run()
    await before.say(...life(before))
    await before.say(...end(before))
    await run.settled()
    await run.stop()
    await using after = await openLoop(store, before.name)
    await after.track('harbour')
    const anew = after.run()
    await after.say(...life(after))
    await anew.settled()
    expect(await after.texts()).toEqual(truth)
    await anew.stop()
  })

  test('nor is what an account posts after its return refused, because a history ran ahead of the return', async () => {
    await using loop = await newLoop()
    const { name } = loop
    let looks = 0
    const taken = Promise.withResolvers<void>()
    const log = altered(loop.log, {
      status: () => {
        looks++
        return loop.log.status()
      },
    })
    const halting = altered(store, {
      forget: async (changes) => {
        // Halts before the return is known, until the history either waits for it or has overtaken it.
        taken.resolve()
        for (const from = looks; changes[0]!.op === 'restore' && looks < from + 4 && !loop.model.scored.length; )
          await breathe()
        await store.forget(changes)
      },
    })
    const run = loop.run({ log, store: halting })
    await loop.say({ op: 'withdraw', source: name, author: 'ann', at: at(1) })
    await run.settled()
    await loop.say(
      { op: 'restore', source: name, author: 'ann', at: at(2) },
      loop.post('1', 'harbour', { author: 'ann', at: at(3) }),
    )
    await taken.promise
    await loop.track('harbour')
    await run.settled()
    expect(await loop.texts()).toEqual({ '1': 'harbour' })
    await run.stop()
  })

  test('what the follower is still to read is not read twice', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    await loop.say(...harbours(loop, 10))
    const run = loop.run()
    await run.settled()
    expect(loop.model.scored).toHaveLength(10)
    await run.stop()
  })

  test.for([1, 2, 3])('any order of lives, repeats and restarts ends in the same posts (seed %i)', async (seed) => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const random = seeded(seed)
    const next = lives(loop, random)
    const fold = createFold()
    let run = loop.run()
    let said: Change[] = []
    for (let second = 1; second <= 60; second++) {
      const change = next(second)
      // Now and then everything of late is said again, as a source does after a crash.
      const batch = random() < 0.1 ? [...said, change] : [change]
      said = [...said, change].slice(-10)
      fold.apply(batch)
      await loop.say(...batch)
      if (random() < 0.15) {
        if (random() < 0.5) await run.settled()
        await run.stop()
        if (random() < 0.3) await loop.log.release('analyze')
        run = loop.run({ log: inSmallSlices(loop.log, 1 + Math.floor(random() * 20)) })
      }
      if (second === 30) await loop.track('harbour OR quay')
    }
    await run.settled()
    await run.stop()
    const live = [...fold.live()].filter(([, text]) => /harbour|quay/.test(text))
    expect(live.length).toBeGreaterThan(1)
    expect(await loop.texts(2)).toEqual(Object.fromEntries(live))
    expect(await loop.count(2)).toBe(live.length)
  })

  /** A small world: few posts by four authors, revisions that grow; who leaves and returns posts under new ids. */
  function lives({ name, post }: Loop, random: () => number): (second: number) => Change {
    const away = new Set<string>()
    const returns = new Map<string, number>()
    return (second) => {
      const nr = Math.floor(random() * 12)
      const author = `a${nr % 4}`
      const [time, revision, dice] = [at(second), String(second), random()]
      if (away.has(author)) {
        away.delete(author)
        returns.set(author, (returns.get(author) ?? 0) + 1)
        return { op: 'restore', source: name, author, at: time }
      }
      const id = `p${String(nr).padStart(2, '0')}-${returns.get(author) ?? 0}`
      if (dice < 0.2) return { op: 'delete', source: name, id, at: time, revision }
      if (dice < 0.25) {
        away.add(author)
        return { op: 'withdraw', source: name, author, at: time }
      }
      const text = `${['harbour', 'quay', 'hill'][Math.floor(random() * 3)]} ${second}`
      return post(id, text, { op: dice < 0.6 ? 'create' : 'update', author, at: time, revision })
    }
  }
})
