// Folding a slice: the latest version of each post, every erasure and note in order, topics apart.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seenOf, tell } from '../../analyze/told.ts'
import type { Change, LabelChange, Logged, PostChange } from '../../types.ts'
import { rankOf } from '../../versions.ts'

const at = '2026-01-01T00:00:00.000Z'
const post = (id: string, text: string, more: Partial<PostChange> = {}): PostChange => ({
  ...{ op: 'create', source: 's', id, author: 'a', text, at, lang: 'en' },
  ...{ likes: null, reposts: null, replyTo: null, revision: null, quotable: true },
  ...more,
})
const logged = (...changes: Change[]): Logged[] =>
  changes.map((change, index) => ({ position: index + 1, receivedAt: at, change }))

describe('articles', () => {
  test('stand apart from posts and notes, each as it was told last', () => {
    const article = (id: string, headline: string): Change => {
      return { op: 'article', source: 'feeds', id, site: 'news.example', headline, summary: '', at }
    }
    const told = tell(logged(article('a', 'one'), article('b', 'two'), post('1', 'x'), article('a', 'three')))
    expect(told.articles.map(({ article, arrival, receivedAt }) => [article.headline, arrival, receivedAt])).toEqual([
      ['three', 4, at],
      ['two', 2, at],
    ])
    expect([told.posts.length, told.notes, told.erasures, told.topics]).toEqual([1, [], [], []])
  })
})

describe('posts', () => {
  test('appear once, in their latest version', () => {
    const told = tell(logged(post('1', 'old'), post('2', 'other'), post('1', 'new', { op: 'update' })))
    expect(told.posts.map(({ post }) => post.text)).toEqual(['new', 'other'])
    expect(seenOf(told)[0]).toEqual({ source: 's', id: '1', version: { revision: null, arrival: 3 }, op: 'update' })
  })

  test('with revisions the higher revision wins, whatever came last', () => {
    const told = tell(logged(post('1', 'new', { revision: '5' }), post('1', 'old', { revision: '4' })))
    expect(told.posts.map(({ post }) => post.text)).toEqual(['new'])
  })

  test('a repeat of an edit’s text as a create stays an edit', () => {
    const told = tell(logged(post('1', 'b', { op: 'update', revision: '2' }), post('1', 'b', { revision: '2' })))
    expect(told.posts[0]?.post.op).toBe('update')
  })

  test('the same id of two sources is two posts', () => {
    expect(tell(logged(post('1', 'a'), post('1', 'b', { source: 't' }))).posts).toHaveLength(2)
  })

  test('one version per post, none lower than another of its slice', () => {
    const change = fc.record({ id: fc.constantFrom('1', '2', '3'), revision: fc.option(fc.nat(9).map(String)) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const slice = logged(...changes.map(({ id, revision }) => post(id, 'x', { revision })))
        const { posts } = tell(slice)
        expect(new Set(posts.map(({ post }) => post.id)).size).toBe(posts.length)
        for (const { post, version } of posts) {
          const all = slice.filter(({ change }) => 'id' in change && change.id === post.id)
          const ranks = all.map(({ change, position }) =>
            rankOf({ revision: (change as PostChange).revision, arrival: position }),
          )
          expect(ranks.every((rank) => rank <= rankOf(version))).toBe(true)
        }
      }),
      { seed: 3 },
    )
  })
})

test('everything else is kept in order and apart', () => {
  const gone: Change = { op: 'delete', source: 's', id: '1', at, revision: null }
  const left: Change = { op: 'withdraw', source: 's', author: 'a', at }
  const back: Change = { op: 'restore', source: 's', author: 'a', at }
  const counts: Change = { op: 'counts', source: 's', id: '1', likes: 1, reposts: 0, at }
  const gap: Change = { op: 'gap', source: 's', from: at, to: at, reason: 'down' }
  const label: LabelChange = {
    ...{ op: 'label', source: 's', id: '1', topic: 't', target: null, measure: 'relevance', values: ['yes'] },
    ...{ labeller: 'ann', sample: 'audit', probability: 0.5, at },
  }
  const dropped: Change = { op: 'topic.drop', id: 't', version: null }
  const setting: Change = { op: 'setting', key: 'k', value: 'v' }
  const told = tell(logged(gone, left, counts, setting, back, gap, label, dropped))
  expect(told.erasures).toEqual([gone, left, back])
  expect(told.notes).toEqual([counts, gap, label])
  expect(told.topics).toEqual([dropped])
  expect(told.posts).toEqual([])
})
