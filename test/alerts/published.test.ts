// What sites wrote before a change: counted against the day before, the words that sites share, and no word of a cause. Out
// of a real store; the words alone from lists.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishedOf, sharedWords } from '../../alerts/published.ts'
import { wordsOf } from '../../alerts/words.ts'
import type { Article } from '../../articles.ts'
import type { Topic } from '../../types.ts'
import type { Opened } from '../contract/store.ts'
import { everyAlert, why } from '../doubles/alerts.ts'
import { openEmbedded } from '../store/embedded.ts'
import { minute } from '../store/scores.ts'
import { alertOf } from './alert.ts'

let opened: Opened
beforeAll(async () => {
  opened = await openEmbedded()
})
afterAll(() => opened.close())

let worlds = 0
function world() {
  const ref = { topic: `published ${worlds++}`, version: 1 }
  let arrival = 0
  const write = (hoursBefore: number, site: string, headline: string) => {
    const id = `https://${site}/${ref.topic}/${++arrival}`
    const at = new Date(Date.parse(minute(600)) - hoursBefore * 3_600_000).toISOString()
    const article = { ...{ op: 'article' as const, source: 'feeds', id, site, headline }, summary: '', at }
    return opened.store.addArticles([{ article, arrival, receivedAt: new Date().toISOString(), topics: [ref] }])
  }
  const alert = alertOf({
    topic: { ...ref, name: ref.topic },
    ...{ began: { from: minute(600), to: minute(660) }, seenAt: new Date(Date.now() + 60_000).toISOString() },
  })
  const about = { query: 'harbour OR "the quay"' } as Topic
  return { write, ask: () => publishedOf(alert, opened.store.askLater, about) }
}

describe('what was published before', () => {
  it('is counted from six hours before until it had begun, and in the same hours of the day before', async () => {
    const { write, ask } = world()
    await write(7, 'a.example', 'Too early for the harbour')
    await write(6, 'a.example', 'Floods close the harbour')
    await write(1, 'b.example', 'Harbour: floods keep ferries away')
    await write(-0.5, 'c.example', 'Ferries wait in the harbour')
    await write(-1, 'c.example', 'Too late for the harbour')
    await write(24, 'd.example', 'A day before at the harbour')
    await write(31, 'd.example', 'Earlier still, the harbour')
    const found = await ask()
    expect(found).toMatchObject({ articles: 3, sites: 3, before: 1, window: { from: minute(240), to: minute(660) } })
    expect(found!.newest.map(({ headline }) => headline)).toEqual([
      'Ferries wait in the harbour',
      'Harbour: floods keep ferries away',
      'Floods close the harbour',
    ])
    expect(found!.words).toEqual([
      { word: 'ferries', sites: 2 },
      { word: 'floods', sites: 2 },
    ])
  })

  it('is nothing where nobody wrote, and a silence where somebody did the day before', async () => {
    const silent = world()
    expect(await silent.ask()).toBeUndefined()
    await silent.write(25, 'a.example', 'The harbour yesterday')
    expect(await silent.ask()).toMatchObject({ articles: 0, sites: 0, before: 1, words: [], newest: [] })
  })
})

describe('shared words', () => {
  const article = (site: string, headline: string): Article => ({ url: `https://${site}/`, site, headline, at: '' })
  const told = (now: Article[], before: Article[] = [], known: string[] = []) =>
    sharedWords(now, before, new Set(known)).map(({ word, sites }) => `${word} ${sites}`)

  it('are those of several sites, each once a headline', () => {
    const one = article('a.example', 'Dam dam dam breaks')
    expect(told([one, article('a.example', 'Dam again')])).toEqual([])
    expect(told([one, article('b.example', 'DAM holds')])).toEqual(['dam 2'])
  })

  it('are not those that every headline of the topic has, in whatever language, nor those of its query', () => {
    const before = ['a', 'b', 'c'].map((site) => article(`${site}.example`, 'Der Hafen und das Meer sind nicht ruhig'))
    const now = ['a', 'b'].map((site) => article(`${site}.example`, 'Der Hafen und das Meer nicht ohne Sturmflut'))
    expect(told(now, before, ['hafen'])).toEqual(['ohne 2', 'sturmflut 2'])
  })

  it('are at most five, and hostile headlines only ever words', () => {
    const headline = `<img src=x onerror=alert(1)> ${Array.from({ length: 50 }, (_, nr) => `wort${nr}`).join(' ')} \u202eabc`
    const found = told([article('a.example', headline), article('b.example', headline)])
    expect(found).toHaveLength(5)
    expect(found.join()).not.toMatch(/[<>()=]/)
    expect(told([article('a.example', ''), article('b.example', '\ud800 12 34 --')])).toEqual([])
  })
})

it('bulletins say nothing of it: who reads one cannot look at the list', () => {
  for (const alert of everyAlert()) {
    const explanation = why(alert)
    const { articles, ...rest } = explanation
    expect(wordsOf(alert, { explanation })).toEqual(wordsOf(alert, { explanation: rest }))
  }
})
