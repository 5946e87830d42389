// What becomes of a story over its days, on the whole house with a clock of the test: what a feed may begin and what it may
// not, corrections, proposals that wait over night, room for new ones, and looking again. Posts and headlines are invented.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStories } from '../../dashboards/stories.ts'
import { hourMs, nameOf, type Story, type StoryWords, storyIdOf, topicIdOf } from '../../dashboards/story.ts'
import { mostStories, type StoryNews } from '../../dashboards/storyTake.ts'
import { UserError } from '../../errors.ts'
import type { Topics } from '../../given.ts'
import { set } from '../../settings.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const about = (place: string) =>
  Array.from({ length: 60 }, (_, nr) => ({
    ...{ id: `${place}-${nr}`, author: `${place}-rider-${nr}`, lang: 'en' },
    text: `The Port ${place} ferry strike is ${nr % 3 ? 'a bad idea' : 'a good step'} for the night shifts, number ${nr}`,
  }))
const strike = (place: string): StoryWords => ({
  ...{ url: `https://news.example/${place}`, headline: `Ferry workers strike over night shifts in Port ${place}` },
  ...{ summary: '', tags: [], at: null, topic: null },
})
const named = (name: string, words: Partial<StoryWords> = {}): StoryWords => ({
  ...{
    url: `https://news.example/named/${name}`,
    headline: `The peace talks, ${name}`,
    summary: '',
    tags: [],
    at: null,
  },
  ...{ topic: 'talks', ...words },
})
const { signal } = new AbortController()
const byFeed = { approve: true, isFeed: true, signal }
const byHand = { approve: true, signal }

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', { ...talks, public: true })
  await world.write('POST', '/v1/topics', { ...talks, id: 'closed', name: 'Closed talks' })
  const places = ['Ellery', 'Tolvik', 'Umbar', 'Zelm', 'Quarne'].flatMap(about)
  await world.write('POST', '/v1/posts', ndjson([...debate(60), ...places]))
  await world.settled()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Stories with a clock of their own, as after a start. */
function open(livesMs = 48 * hourMs, around: (topics: Topics) => Partial<Topics> = () => ({})) {
  const { log, topics } = world.served
  const clock = { now: Date.now() }
  const stories = openStories({ log, topics: { ...topics, ...around(topics) }, now: () => clock.now }, livesMs)
  const news: StoryNews[] = []
  stories.listen((one) => void news.push(one))
  const one = async (words: StoryWords, options: Parameters<typeof stories.take>[1] = byHand) =>
    (await stories.take([words], options))[0] as Story
  return { stories, clock, news, one }
}

describe('a feed', () => {
  test('never brings back what ended or was dropped, edited or not; a person does', async () => {
    const { stories, clock, one, news } = open(3 * hourMs)
    const [over, dropped] = [named('over'), named('dropped')]
    await stories.take([over, dropped], byFeed)
    await stories.drop(storyIdOf(dropped.url))
    expect(await stories.get(storyIdOf(dropped.url))).toMatchObject({ state: 'ended' })
    clock.now += 3 * hourMs + 1
    await stories.sweep(signal)
    for (const words of [over, dropped]) {
      for (const again of [words, { ...words, summary: 'Edited since.' }])
        expect(await one(again, byFeed)).toMatchObject({ state: 'ended', summary: '' })
      expect((await world.get(`/embed/stories/${storyIdOf(words.url)}.json`)).status).toBe(410)
      expect(await one(words)).toMatchObject({ state: 'approved' })
    }
    expect(news.map(({ state }) => state)).toEqual(['approved', 'approved', 'ended', 'ended', 'approved', 'approved'])
  })

  test('begins nothing that is older than a story lives, and corrects what has a box all the same', async () => {
    const { stories, clock, one } = open(48 * hourMs)
    const ago = (hours: number) => new Date(clock.now - hours * hourMs).toISOString()
    const old = named('old', { at: ago(49) })
    expect(await one(old, byFeed)).toBeInstanceOf(UserError)
    expect(await stories.get(storyIdOf(old.url))).toBeUndefined()
    expect(await one(named('young', { at: ago(47) }), byFeed)).toMatchObject({ state: 'approved' })
    clock.now += 2 * hourMs
    const later = { ...named('young', { at: ago(49) }), headline: 'The peace talks, corrected' }
    expect(await one(later, byFeed)).toMatchObject({ state: 'approved', headline: 'The peace talks, corrected' })
    expect(await one(old)).toMatchObject({ state: 'approved' })
  })

  test('does not bring back what was dropped while its posts were looked for', async () => {
    const words = { ...strike('Zelm'), url: 'https://news.example/zelm/dropped' }
    const id = storyIdOf(words.url)
    const { stories, one } = open(48 * hourMs, (topics) => ({
      proposeAll: async (...asked) => {
        const found = await topics.proposeAll(...asked)
        await stories.drop(id)
        return found
      },
    }))
    await set(world.served.log, {
      [`story.${id}`]: JSON.stringify({ ...words, id, state: 'refused', expires: new Date(8.64e15) }),
    })
    expect(await one(words, byFeed)).toMatchObject({ state: 'ended' })
    await stories.forget(id)
    expect(await stories.get(id)).toBeUndefined()
  })

  test('remembers what was dropped for as long as the feed may have it', async () => {
    const { stories, clock, one } = open(30 * 24 * hourMs)
    const { id } = await one(named('long'))
    await stories.drop(id)
    clock.now += 29 * 24 * hourMs
    await stories.sweep(signal)
    expect(await stories.get(id)).toMatchObject({ state: 'ended' })
    await stories.drop(id)
    expect(await stories.get(id)).toBeUndefined()
    expect(await stories.drop(id)).toBe(false)
  })
})

describe('a correction', () => {
  test('reaches the box and the name of a topic of its own; topic and end stay', async () => {
    const { stories, one } = open()
    const words = strike('Ellery')
    const first = await one(words)
    expect(first).toMatchObject({ state: 'approved', topic: topicIdOf(first) })
    expect(await one(words)).toEqual(first)
    const better = { ...words, headline: 'Ferry crews strike over pay in Port Ellery', summary: 'Not over shifts.' }
    const told = await one({ ...better, tags: ['ferry'] }, byFeed)
    expect(told).toMatchObject({ topic: first.topic, expires: first.expires, receivedAt: first.receivedAt })
    expect(told.correctedAt).toBeDefined()
    expect(world.served.topics.get(first.topic!)).toMatchObject({ name: better.headline, version: 1, public: true })
    const box = async () => (await world.get(`/embed/stories/${first.id}.json`)).text()
    await expect.poll(box, { timeout: 10_000 }).toContain(better.headline)
    expect(await box()).not.toContain(words.headline)
    // Another query later changes that topic, and makes no second one.
    const changed = await stories.approve(first.id, { query: 'ellery', targets: [] })
    expect(changed.topic).toBe(first.topic)
    expect(world.served.topics.get(first.topic!)).toMatchObject({ query: 'ellery', version: 2 })
  })

  test('keeps the time that was told before, and leaves an own name and other topics alone', async () => {
    const { one } = open()
    const at = '2026-05-01T12:00:00.000Z'
    const first = await one(named('timed', { at }))
    expect(await one(named('timed', { headline: 'The talks' }))).toMatchObject({ at, headline: 'The talks' })
    expect(world.served.topics.get('talks')).toMatchObject({ name: 'Peace talks' })
    expect(first.correctedAt).toBeUndefined()
  })

  test.each([
    ['short', 'short'],
    [`${'word '.repeat(15)}longest`, `${'word '.repeat(15).trim()} …`],
    ['x'.repeat(200), `${'x'.repeat(80)} …`],
    [`${'x'.repeat(79)}🏳️`, `${'x'.repeat(79)} …`],
  ])('%j is the topic %j', (headline, name) => {
    expect(nameOf(headline)).toBe(name)
  })
})

describe('a proposal', () => {
  test('waits over night without its topic, which approval makes anew', async () => {
    const { stories, clock, one } = open()
    const { topics } = world.served
    const words = strike('Tolvik')
    const { id, topic } = await one(words, { ...byFeed, approve: false })
    expect(topics.get(topic!)).toMatchObject({ public: false })
    clock.now += 59 * 60_000
    await stories.sweep(signal)
    expect(topics.get(topic!)).toBeDefined()
    clock.now += 2 * 60_000
    await stories.sweep(signal)
    expect(topics.get(topic!)).toBeUndefined()
    // The served house reads what others wrote every two seconds.
    const page = async () => (await world.get(`/stories/${id}`)).text()
    await expect.poll(page, { timeout: 5_000 }).toContain('Its posts are read once you approve it.')
    expect(await world.read(`/v1/stories/${id}`)).toMatchObject({ state: 'suggested', topic: null, preview: null })
    clock.now += 22 * hourMs
    await stories.sweep(signal)
    expect(await stories.approve(id)).toMatchObject({ state: 'approved', topic })
    expect(topics.get(topic!)).toMatchObject({ public: true, version: 2 })
    await stories.sweep(signal)
    expect(topics.get(topic!)).toBeDefined()
  })

  test('is forgotten after a day', async () => {
    const { stories, clock, one } = open()
    const { id } = await one(
      { ...strike('Umbar'), url: 'https://news.example/umbar/forgotten' },
      { ...byHand, approve: false },
    )
    clock.now += 24 * hourMs
    await stories.sweep(signal)
    expect(await stories.get(id)).toBeUndefined()
  })

  test('covered by the draft of another makes it public, or has a topic of its own once that is gone', async () => {
    const { stories, clock, one } = open()
    const { topics } = world.served
    const waiting = { ...byHand, approve: false }
    const first = await one(strike('Quarne'), waiting)
    const second = await one({ ...strike('Quarne'), url: 'https://other.example/q' }, waiting)
    expect(second).toMatchObject({ topic: first.topic, proposal: { choice: { kind: 'covered' } } })
    clock.now += 2 * hourMs
    await stories.sweep(signal)
    const own = await stories.approve(second.id)
    expect(own.topic).toBe(topicIdOf(own))
    expect(own.topic).not.toBe(first.topic)
    await stories.drop(second.id)
    const [draft, two] = [
      await one(strike('Quarne'), waiting),
      await one({ ...strike('Quarne'), url: 'https://third.example/q' }),
    ]
    expect(two).toMatchObject({ state: 'approved', topic: draft.topic })
    expect(topics.get(two.topic!)).toMatchObject({ public: true })
  })

  test('whose named topic was dropped says so', async () => {
    const { stories, one } = open()
    await world.write('POST', '/v1/topics', { ...talks, id: 'short-lived' })
    const { id } = await one(named('lost', { topic: 'short-lived' }), { ...byHand, approve: false })
    await world.write('DELETE', '/v1/topics/short-lived')
    await expect(stories.approve(id)).rejects.toThrow('is not watched any more')
  })
})

describe('looking again', () => {
  test('a mistake in one keeps none behind it out, and what was dropped meanwhile stays dropped', async () => {
    const places = ['Zelm', 'Umbar', 'Tolvik'].map((place) => ({
      ...strike(place),
      url: `https://again.example/${place}`,
    }))
    const ids = places.map(({ url }) => storyIdOf(url))
    const { stories, clock } = open(48 * hourMs, (topics) => ({
      proposeAll: async (...asked) => {
        const found = await topics.proposeAll(...asked)
        await stories.drop(ids[2]!)
        return found.map((one) => ({ ...one, choice: { kind: 'new' as const } }))
      },
      put: async (definition, origin) => {
        if (definition.id.endsWith(ids[0]!)) throw new UserError('no topic of this one', 'Try another.')
        return topics.put(definition, origin)
      },
    }))
    const lookedAt = new Date(clock.now - hourMs).toISOString()
    const kept = places.map((words, nr) => ({
      ...{ ...words, id: ids[nr], state: 'refused', isAwaited: true, isBroader: false, receivedAt: lookedAt, lookedAt },
      ...{ expires: new Date(clock.now + hourMs).toISOString(), proposal: null, matched: null },
    }))
    await set(world.served.log, Object.fromEntries(kept.map((one) => [`story.${one.id}`, JSON.stringify(one)])))
    await stories.sweep(signal)
    const states = await Promise.all(ids.map(async (id) => (await stories.get(id))?.state))
    expect(states).toEqual(['suggested', 'approved', 'ended'])
  })
})

describe('room', () => {
  test('is made by the oldest that ended; what is known needs none, and the rest is told what to do', async () => {
    const { stories, one } = open()
    await one(named('known'))
    const there = (await stories.list()).filter(({ state }) => state !== 'ended').length
    for (const { id, state } of await stories.list()) if (state === 'ended') await stories.forget(id)
    const filling = Array.from({ length: mostStories - there }, (_, nr): [string, object] => {
      const url = `https://fill.example/${nr}`
      const [state, expires] = [nr < 2 ? 'ended' : 'approved', new Date(Date.now() + (nr + 50) * hourMs).toISOString()]
      return [
        storyIdOf(url),
        { ...named(''), url, id: storyIdOf(url), state, expires, receivedAt: expires, lookedAt: expires },
      ]
    })
    await set(
      world.served.log,
      Object.fromEntries(filling.map(([id, story]) => [`story.${id}`, JSON.stringify(story)])),
    )
    const full = open()
    expect(await full.one(named('known', { summary: 'more' }))).toMatchObject({ state: 'approved', summary: 'more' })
    expect(await full.one(named('room'))).toMatchObject({ state: 'approved' })
    expect(await full.stories.get(filling[0]![0])).toBeUndefined()
    expect(await full.stories.get(filling[1]![0])).toMatchObject({ state: 'ended' })
    await expect(full.stories.take([named('x1'), named('x2')], byHand)).rejects.toThrow(
      `${mostStories} stories are kept`,
    )
    expect(await full.stories.get(filling[1]![0])).toBeDefined()
    await set(world.served.log, Object.fromEntries(filling.map(([id]) => [`story.${id}`, null])))
  })
})

describe('what two do at once', () => {
  test('an approval while a batch is looked at stands, and what is dropped meanwhile stays dropped', async () => {
    let open: () => void = () => {}
    const waiting = new Promise<void>((resolve) => {
      open = resolve
    })
    const slow = (topics: Topics): Partial<Topics> => ({
      proposeAll: async (...asked) => {
        const proposed = await topics.proposeAll(...asked)
        await waiting
        return proposed
      },
    })
    const { log, topics } = world.served
    const quick = openStories({ log, topics, now: Date.now })
    const words = { ...strike('Quarne'), url: 'https://news.example/race' }
    await quick.take([words], { approve: false, signal })
    const stories = openStories({ log, topics: { ...topics, ...slow(topics) }, now: Date.now })
    const batch = stories.take([{ ...words, headline: `${words.headline} again` }], { approve: false, signal })
    const approved = await stories.approve(storyIdOf(words.url))
    open()
    expect(approved.state).toBe('approved')
    expect((await batch)[0]).toMatchObject({ state: 'approved' })
    const [first, second] = await Promise.allSettled([stories.drop(approved.id), stories.approve(approved.id)])
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
    expect(await stories.get(approved.id)).toMatchObject({ state: 'ended' })
    await stories.forget(approved.id)
  })

  test('a query that does not parse leaves the story, and its box, as they were', async () => {
    const { log, topics } = world.served
    const stories = openStories({ log, topics, now: Date.now })
    const words = { ...strike('Zelm'), url: 'https://news.example/typo' }
    const [told] = (await stories.take([words], { approve: true, signal })) as Story[]
    expect(stories.placeOf(told!)).not.toBeNull()
    await expect(stories.approve(told!.id, { query: 'peace AND (((' })).rejects.toThrow()
    expect(await stories.get(told!.id)).toEqual(told)
    await stories.forget(told!.id)
  })

  test('a topic that a person made theirs is not taken, and does not end with the story', async () => {
    const { log, topics } = world.served
    const stories = openStories({ log, topics, now: Date.now })
    const words = { ...strike('Umbar'), url: 'https://news.example/theirs' }
    const given = () => stories.take([words], { approve: false, signal })
    await given()
    const { id, topic } = await stories.approve(storyIdOf(words.url), { query: 'ferry umbar', targets: [] })
    const theirs = { ...topics.get(topic!)!, query: 'ferry umbar night', public: true }
    await topics.put(theirs, 'user')
    await stories.drop(id)
    await given()
    await stories.approve(id, { query: 'ferry umbar', targets: [] })
    expect(topics.get(topic!)).toMatchObject({ query: 'ferry umbar night', origin: 'user' })
    await stories.drop(id)
    expect(topics.get(topic!)).toMatchObject({ origin: 'user' })
    await topics.drop(topic!)
  })

  test('one whose topic somebody dropped ends, and begins anew when it is told again', async () => {
    const { log, topics } = world.served
    const stories = openStories({ log, topics, now: Date.now })
    const words = { ...strike('Tolvik'), url: 'https://news.example/bare' }
    await stories.take([words], { approve: false, signal })
    const { id, topic } = await stories.approve(storyIdOf(words.url), { query: 'ferry tolvik', targets: [] })
    await topics.drop(topic!)
    await stories.sweep(signal)
    expect(await stories.get(id)).toMatchObject({ state: 'ended' })
    const [again] = (await stories.take([words], { approve: true, signal })) as Story[]
    expect(stories.placeOf(again!)).not.toBeNull()
    await stories.forget(id)
  })
})
