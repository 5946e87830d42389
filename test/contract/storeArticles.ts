// The part of the store contract that is about articles of feeds: kept by topic, counted apart, true as they were told last.
// Run by store.ts, on the same stores.
import { expect, it } from 'vitest'
import type { TopicRef } from '../../answers.ts'
import type { ArticleSeen, ArticlesAsked } from '../../articles.ts'
import { UserError } from '../../errors.ts'
import { day, minute } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

type Given = Partial<ArticleSeen['article']> & { arrival?: number; receivedAt?: string; topics?: TopicRef[] }

export function citing(held: Held): void {
  /** A topic and articles that no other test knows. */
  const own = () => {
    const { topic, score, filter, add } = fresh()
    const seen = (path: string, { arrival = 1, receivedAt, topics = [topic], ...more }: Given = {}): ArticleSeen => {
      const id = `https://news.example/${topic.topic}/${path}`
      const article = { op: 'article' as const, source: 'feeds', id, site: 'news.example', summary: '' }
      const at = minute(10)
      return {
        article: { ...article, headline: `About ${path}`, at, ...more },
        ...{ arrival, receivedAt: receivedAt ?? new Date().toISOString(), topics },
      }
    }
    const ask = (more: Partial<ArticlesAsked> = {}) => held().ask.articles({ topic, window: day, ...more })
    const headlines = async (more?: Partial<ArticlesAsked>) => (await ask(more)).newest.map(({ headline }) => headline)
    return { topic, seen, ask, headlines, score, filter, add }
  }

  it('an article is what was told of it, by topic, and in no number of posts', async () => {
    const { seen, ask, topic, filter, add, score } = own()
    const headline = '<b>{p:String}</b> \'"`; DROP TABLE articles --\n\t\\ \u0000 \ud83d\ude00'
    await held().add(add([score('one')]))
    const before = [await held().ask.coverage(filter), await held().ask.fingerprint(filter), await held().ask.counts()]
    await held().addArticles([seen('a', { headline, site: 'x.example', at: minute(3) }), seen('b', { topics: [] })])
    const url = `https://news.example/${topic.topic}/a`
    expect(await ask()).toEqual({
      ...{ articles: 1, sites: 1, next: null },
      newest: [{ url, site: 'x.example', headline, at: minute(3) }],
    })
    expect([
      await held().ask.coverage(filter),
      await held().ask.fingerprint(filter),
      await held().ask.counts(),
    ]).toEqual(before)
    expect(await held().ask.post(url)).toBe(null)
  })

  it('counts articles and sites of a window, less a site, as they were here by then', async () => {
    const { seen, ask } = own()
    const received = (nr: number) => new Date(Date.now() - 3_600_000 + nr * 60_000).toISOString()
    await held().addArticles(
      many(12).map((nr) => seen(`${nr}`, { at: minute(nr), site: `s${nr % 5}`, receivedAt: received(nr) })),
    )
    expect(await ask({ limit: 0 })).toEqual({ articles: 12, sites: 5, newest: [], next: null })
    expect(await ask({ window: { from: minute(2), to: minute(4) }, limit: 0 })).toMatchObject({ articles: 2, sites: 2 })
    expect(await ask({ notOf: 's0', limit: 0 })).toMatchObject({ articles: 9, sites: 4 })
    expect(await ask({ receivedBy: received(4), limit: 0 })).toMatchObject({ articles: 5, sites: 5 })
  })

  it('pages go through all of them once, the newest first, also where many appeared at once', async () => {
    const { seen, ask } = own()
    await held().addArticles(many(25).map((nr) => seen(`${nr}`, { at: minute(Math.floor(nr / 6)) })))
    const found: string[] = []
    let cursor: string | undefined
    do {
      const { newest, next, articles } = await ask({ cursor, limit: 7 })
      expect(articles).toBe(25)
      found.push(...newest.map(({ url }) => url))
      cursor = next ?? undefined
    } while (cursor)
    expect([found.length, new Set(found).size]).toEqual([25, 25])
    const { newest } = await ask({ limit: 500 })
    expect(newest.map(({ url }) => url)).toEqual(found)
    expect(newest.map(({ at }) => at)).toEqual(
      newest
        .map(({ at }) => at)
        .sort()
        .reverse(),
    )
    const { next } = await ask({ limit: 24 })
    const behind = await ask({ window: { from: minute(1), to: minute(3) }, cursor: next! })
    expect(behind).toMatchObject({ articles: 12, newest: [], next: null })
    await expect(ask({ cursor: 'x' })).rejects.toThrow(UserError)
  })

  it('the last word is true, in whatever order and how often the words come', async () => {
    const { seen, headlines, topic } = own()
    const other = { topic: `${topic.topic} more`, version: 1 }
    const of = (ref: TopicRef) => headlines({ topic: ref })
    const first = seen('a', { headline: 'wrong', arrival: 1, topics: [topic, other] })
    const second = seen('a', { headline: 'right', arrival: 2, topics: [topic] })
    await held().addArticles([first])
    await held().addArticles([second])
    expect([await of(topic), await of(other)]).toEqual([['right'], []])
    // A reader of the past comes late with what was corrected meanwhile.
    await held().addArticles([first])
    expect([await of(topic), await of(other)]).toEqual([['right'], []])
    // The same words told once more stay where they are, also where nobody says so again.
    await held().addArticles([seen('a', { headline: 'right', arrival: 3, topics: [] })])
    expect(await of(topic)).toEqual(['right'])
  })

  it('one without a headline is taken back', async () => {
    const { seen, headlines } = own()
    await held().addArticles([seen('a'), seen('b')])
    await held().addArticles([seen('a', { headline: '', arrival: 2, topics: [] })])
    expect(await headlines()).toEqual(['About b'])
  })

  it('goes with its topic, or with a version of it; and after 90 days', async () => {
    const { seen, headlines, topic } = own()
    const second = { ...topic, version: 2 }
    await held().addArticles([seen('a', { topics: [topic, second] })])
    await held().drop(topic.topic, 1)
    expect([await headlines(), await headlines({ topic: second })]).toEqual([[], ['About a']])
    await held().drop(topic.topic, null)
    expect(await headlines({ topic: second })).toEqual([])
    const receivedAt = new Date(Date.now() - 91 * 86_400_000).toISOString()
    await held().addArticles([seen('old', { receivedAt }), seen('new')])
    await expect.poll(() => headlines(), { timeout: 10_000 }).toEqual(['About new'])
  })
}
