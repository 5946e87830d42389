// What is a campaign and what is not, on invented posts, on the bundled sample, and over the real store: a campaign of a
// tenth of the volume hardly moves the share once its copies count as one, and the same volume of voices does.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Filter, ScoredPost } from '../../answers.ts'
import { copyKey } from '../../copies.ts'
import { campaigns, campaignsOf, clustersOf } from '../../perspectives/campaigns.ts'
import type { Topic } from '../../types.ts'
import { openEmbedded } from '../store/embedded.ts'
import { addition, day, minute, model, scoreOf, seeded, topic } from '../store/scores.ts'

const call = 'All of us who live along this river ask the council to approve the new bridge before the summer'

function postOf(id: string, text: string, post: Partial<ScoredPost> = {}): ScoredPost {
  return {
    ...{ id, text, author: `author of ${id}`, copy: copyKey(text), at: minute(1), source: 'file', topic: 'tides' },
    ...{
      lang: 'en',
      likes: null,
      reposts: null,
      quotable: true,
      skipped: null,
      sentiment: {},
      emotion: {},
      stance: {},
    },
    ...{ irony: null, offensive: null, hate: null, copies: 1, inclusion: 1, model, embedding: null, ...post },
  }
}
const many = <One>(n: number, one: (nr: number) => One) => Array.from({ length: n }, (_, nr) => one(nr))
const voices = (n: number) => many(n, (nr) => postOf(`v${nr}`, `voice ${nr} says something of its own`))

describe('a campaign', () => {
  const variant = (nr: number) => (nr % 3 ? call : `${call.replace('summer', 'spring')} #Bridge${nr}`)
  const crowd = (n: number) => many(n, (nr) => postOf(`c${nr}`, variant(nr), { at: minute(60 - nr) }))

  test('has its posts, accounts, span, share, and the commonest wording first', () => {
    const [found, ...others] = campaignsOf([...voices(70), ...crowd(30)])
    expect(others).toEqual([])
    expect(found).toMatchObject({ posts: 30, authors: 30, share: 0.3, id: copyKey(call).slice(0, 12) })
    expect(found!.window).toEqual({ from: minute(31), to: '2026-11-20T01:00:00.001Z' })
    expect(found!.members).toHaveLength(30)
    expect(found!.members.slice(0, 20)).toEqual(
      many(30, (nr) => nr)
        .filter((nr) => nr % 3)
        .reverse()
        .map((nr) => `c${nr}`),
    )
  })

  test('is of at least ten accounts', () => {
    expect(campaignsOf([...voices(70), ...crowd(9)])).toEqual([])
    expect(campaignsOf([...voices(70), ...crowd(10)])).toHaveLength(1)
    const loud = many(30, (nr) => postOf(`l${nr}`, call, { author: 'one account' }))
    expect(campaignsOf([...voices(70), ...loud])).toEqual([])
    expect(campaignsOf([...voices(70), ...loud, ...crowd(9)])[0]).toMatchObject({ posts: 39, authors: 10 })
  })

  test('is of 20 posts, or of a fiftieth of the window', () => {
    expect(campaignsOf([...voices(1_000), ...crowd(19)])).toEqual([])
    expect(campaignsOf([...voices(931), ...crowd(19)])).toHaveLength(1)
    expect(campaignsOf([...voices(1_000), ...crowd(20)])).toHaveLength(1)
  })

  test('is no phrase that many say by themselves', () => {
    for (const text of ['I agree', 'yes please 🙏', '😂😂', 'https://example.org/a', ''])
      expect(campaignsOf([...voices(50), ...many(50, (nr) => postOf(`p${nr}`, text))])).toEqual([])
  })

  test('is apart from its opposite, the larger first', () => {
    const against = many(40, (nr) => postOf(`n${nr}`, call.replace('approve', 'reject')))
    const found = campaignsOf([...crowd(30), ...against])
    expect(found.map(({ posts }) => posts)).toEqual([40, 30])
    expect(campaignsOf([...against, ...crowd(30)].toReversed())).toEqual(found)
    expect(campaignsOf([])).toEqual([])
  })

  test('clusters are numbered alike for copies, and for what lost its text by fingerprint', () => {
    const posts = [
      postOf('a', call),
      postOf('b', 'a voice'),
      postOf('c', `${call} #Now`),
      postOf('d', '', { copy: 'x' }),
    ]
    const clusters = clustersOf([...posts, postOf('e', '', { copy: 'y' }), postOf('f', '', { copy: 'x' })])
    expect(clusters[0]).toBe(clusters[2])
    expect(clusters[3]).toBe(clusters[5])
    expect(new Set(clusters).size).toBe(4)
  })
})

const sample = (name: string): { id: string; author: string; text: string; lang?: string }[] => {
  const file = readFileSync(new URL(`../../ingest/sample/${name}.ndjson`, import.meta.url), 'utf8')
  const told = file
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  // The latest text of each post: an edit is no copy.
  return [...new Map(told.filter(({ text }) => text).map((post) => [post.id, post])).values()]
}

describe('the bundled sample', () => {
  test('holds one campaign about the talks, and nothing else is merged across accounts but shared headlines', () => {
    const posts = sample('peace-talks').map(({ id, author, text }) => postOf(id, text, { author }))
    const found = campaignsOf(posts)
    expect(found).toHaveLength(1)
    const texts = new Map(posts.map(({ id, text }) => [id, text]))
    expect(found[0]!.members.every((id) => /#SignItNow/i.test(texts.get(id)!))).toBe(true)
    expect(found[0]!.posts).toBeGreaterThanOrEqual(50)
    expect(found[0]!.authors).toBeGreaterThanOrEqual(40)
    expect(texts.get(found[0]!.members[0]!)).toMatch(/^Not one more cent, not one more day. sign the #?ceasefire/i)
    const clusters = clustersOf(posts)
    const groups = Map.groupBy(posts, (_, at) => clusters[at])
    const shared = [...groups.values()].filter((group) => new Set(group.map(({ author }) => author)).size > 1)
    expect(shared.map(([first]) => first!.text.slice(0, 14)).sort()).toEqual([
      'BREAKING: Russ',
      'Istanbul talks',
      expect.stringMatching(/^not one more c/i),
      'Nuclear plant:',
    ])
  })

  test('and one about the tariffs', () => {
    const posts = sample('other-topics').map(({ id, author, text }) => postOf(id, text, { author }))
    expect(campaignsOf(posts).map(({ posts, authors }) => [posts, authors])).toEqual([[25, 20]])
  })
})

describe('over the real store', () => {
  const filter: Filter = { topic, model, window: day }
  const asked: Topic = { id: topic.topic, version: topic.version } as Topic
  const p = (negative: number) => ({ negative, positive: 1 - negative })
  const plain = (name: string) => sample(name).filter(({ text }) => !/SignItNow|RepealTheTariff/i.test(text))

  /** A thousand invented posts of the sample by 400 accounts, a share of about .3 of them negative. */
  const base = () => {
    const random = seeded(6)
    const texts = [...plain('peace-talks'), ...plain('other-topics').filter(({ text }) => !/tariff/i.test(text))]
    return texts
      .slice(0, 1_000)
      .map(({ text }, nr) => scored(`b${nr}`, text, { author: `a${nr % 400}`, negative: random() < 0.25 ? 0.9 : 0.1 }))
  }
  const scored = (id: string, text: string, { author, negative }: { author: string; negative: number }) =>
    scoreOf(id, { post: { author, text, at: minute(id.length + 5) }, copy: copyKey(text), sentiment: p(negative) })

  const shares = async (scores: ReturnType<typeof scored>[]) => {
    const opened = await openEmbedded({ inMemory: true })
    await opened.store.add(addition(scores))
    const { ask } = opened.store
    const share = async (view: Filter['view']) => (await ask.summary({ ...filter, view })).sentiment.negative!.estimate!
    const told = await campaigns(asked, day, { ask, model })
    const found = {
      post: await share('post'),
      cluster: await share('cluster'),
      told,
      posts: await ask.sample(filter, 2_000),
    }
    await opened.close()
    return found
  }

  test('a tenth of the volume from copies is named and moves the de-campaigned share by at most .04; from voices, neither', async () => {
    const before = await shares(base())
    expect(before.post).toBeCloseTo(0.3, 1)
    expect(before.told).toMatchObject({ posts: 1_000, scanned: 1_000, campaigns: [] })

    const names = ['Aram', 'Bea', 'Cem', 'Dora', 'Emil', 'Fatma', 'Goran']
    const marks = ['', ' 🔥', ' ✍️', '!!', ' 🙏🙏']
    const copied = many(100, (nr) => {
      const text = `${nr % 4 ? '' : 'Friends! '}Tell Senator ${names[nr % 7]}: not one euro more for the ferry deal, our harbour belongs to all of us who work in it${marks[nr % 5]} #Harbour${nr % 3} ${nr % 2 ? '#NoDeal' : `#Day${nr}`}`
      return scored(`c${nr}`, text, { author: `campaigner ${nr}`, negative: 0.95 })
    })
    const after = await shares([...base(), ...copied])
    expect(Math.abs(after.cluster - before.cluster)).toBeLessThanOrEqual(0.04)
    expect(after.post - before.post).toBeGreaterThan(0.05)
    expect(after.told).toMatchObject({ posts: 1_100, campaigns: [{ posts: 100, authors: 100, share: 100 / 1_100 }] })
    const [campaign] = after.told.campaigns
    expect(campaign!.members).toHaveLength(50)
    expect(campaign!.members.every((id) => id.startsWith('c'))).toBe(true)
    expect(campaign!.example).toBe(campaign!.members[0])
    expect(shareBy(after.posts)).toBeCloseTo(after.cluster, 4)

    const distinct = plain('other-topics')
      .filter(({ text }) => /tariff/i.test(text))
      .slice(0, 100)
    const voiced = distinct.map(({ text }, nr) => scored(`d${nr}`, text, { author: `voice ${nr}`, negative: 0.95 }))
    expect(voiced).toHaveLength(100)
    const louder = await shares([...base(), ...voiced])
    expect(louder.told.campaigns).toEqual([])
    expect(louder.cluster - before.cluster).toBeGreaterThan(0.05)
  }, 60_000)

  test('tells no example where no author lets a post be shown', async () => {
    const shy = many(20, (nr) =>
      scoreOf(`s${nr}`, { post: { text: call, quotable: nr === 19, author: `s${nr}` }, copy: copyKey(call) }),
    )
    const { told } = await shares(shy)
    expect(told.campaigns[0]!.example).toBe('s19')
    const { told: none } = await shares(shy.slice(0, 19))
    expect(none.campaigns[0]).toMatchObject({ posts: 19, example: null })
  })

  /** The cluster view by hand, as perspectives weigh posts. */
  function shareBy(posts: ScoredPost[]): number {
    const clusters = clustersOf(posts)
    const sizes = clusters.map((cluster) => clusters.filter((other) => other === cluster).length)
    let [sum, weight] = [0, 0]
    for (const [at, { sentiment }] of posts.entries()) {
      sum += sentiment.negative! / sizes[at]!
      weight += 1 / sizes[at]!
    }
    return sum / weight
  }
})
