// Articles of feeds through stage 3: matched like posts and never one of them, also for topics that come later, and gone
// where what was corrected is about something else. On a real log and a real store.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ArticleChange } from '../../types.ts'
import { openEmbedded } from '../store/embedded.ts'
import { altered, at, inSmallSlices, type Loop, openLoop } from './loop.ts'

let opened: Awaited<ReturnType<typeof openEmbedded>>
beforeAll(async () => {
  opened = await openEmbedded()
})
afterAll(() => opened.close())

let loops = 0
const newLoop = () => openLoop(opened.store, `articles-${++loops}`)
const article = ({ name }: Loop, path: string, headline: string, more: Partial<ArticleChange> = {}): ArticleChange => ({
  ...{ op: 'article', source: 'feeds', id: `https://news.example/${name}/${path}`, site: 'news.example' },
  ...{ headline, summary: '', at: at(5), ...more },
})
const headlines = async ({ name }: Loop, version = 1) => {
  const window = { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' }
  const { newest } = await opened.store.ask.articles({ topic: { topic: name, version }, window })
  return newest.map(({ headline }) => headline).sort()
}

describe('an article', () => {
  test('is about a topic by its headline or its summary, and no post of it', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    await loop.say(
      article(loop, '1', 'The Harbour opens'),
      article(loop, '2', 'Boats', { summary: 'Seen in the harbour.' }),
      article(loop, '3', 'Hills'),
      loop.post('1', 'harbour'),
    )
    await run.settled()
    expect(await headlines(loop)).toEqual(['Boats', 'The Harbour opens'])
    expect([await loop.count(), Object.keys(await loop.texts())]).toEqual([1, ['1']])
    await run.stop()
  })

  test.each([
    ['harbour source:feeds', 1],
    ['harbour source:bluesky', 0],
    ['harbour -source:feeds', 0],
    ['harbour from:news.example', 0],
    ['harbour lang:en', 0],
  ])('is of the source feeds, of nobody and in no language: %s', async (query, count) => {
    await using loop = await newLoop()
    await loop.track(query)
    const run = loop.run()
    await loop.say(article(loop, '1', 'The harbour opens'))
    await run.settled()
    expect(await headlines(loop)).toHaveLength(count)
    await run.stop()
  })

  test('that is corrected leaves what it is no longer about, and one without a headline leaves everything', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run({ log: inSmallSlices(loop.log, 1) })
    await loop.say(
      article(loop, '1', 'harbour one'),
      article(loop, '2', 'harbour two'),
      article(loop, '3', 'harbour 3'),
    )
    await run.settled()
    await loop.say(article(loop, '1', 'haven one'), article(loop, '3', '', { summary: 'harbour' }))
    await run.settled()
    expect(await headlines(loop)).toEqual(['harbour two'])
    await loop.say(article(loop, '1', 'harbour after all'))
    await run.settled()
    expect(await headlines(loop)).toEqual(['harbour after all', 'harbour two'])
    await run.stop()
  })
})

describe('a topic that comes later', () => {
  test('gets the articles of the log, in their last words', async () => {
    await using loop = await newLoop()
    const run = loop.run({ log: inSmallSlices(loop.log, 1) })
    await loop.say(article(loop, '1', 'harbour'), article(loop, '2', 'harbour too'), article(loop, '1', 'hill'))
    await run.settled()
    await loop.track('harbour')
    await run.settled()
    expect(await headlines(loop)).toEqual(['harbour too'])
    await loop.track('hill')
    await run.settled()
    expect([await headlines(loop), await headlines(loop, 2)]).toEqual([['harbour too'], ['hill']])
    await run.stop()
  })

  test('does not bring back what is corrected while its history is read', async () => {
    await using loop = await newLoop()
    await loop.say(article(loop, '1', 'harbour'))
    const first = loop.run()
    await first.settled()
    await first.stop()
    // The history stands still before it adds; meanwhile the correction is read and added.
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
    const store = altered(opened.store, {
      addArticles: async (seen) => {
        if (seen.some(({ article: { headline } }) => headline === 'harbour')) {
          reach()
          await held
        }
        await opened.store.addArticles(seen)
      },
    })
    await loop.track('harbour')
    const run = loop.run({ store })
    await reached
    await loop.say(article(loop, '1', 'hill'))
    const { head } = await loop.log.status()
    while (((await loop.log.status()).readers.analyze ?? 0) < head) await new Promise((done) => setTimeout(done, 2))
    letGo()
    await run.settled()
    expect(await headlines(loop)).toEqual([])
    await run.stop()
  })

  test('that is dropped takes its articles along', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    await loop.say(article(loop, '1', 'harbour'))
    await run.settled()
    await loop.topics.drop(loop.name)
    await run.settled()
    expect(await headlines(loop)).toEqual([])
    await run.stop()
  })
})
