// X's payloads: what a post becomes, what edits, long posts, reposts and sampled rules are, and that nothing whatever makes
// the decoder throw. Ids and times agree.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeLine, decodePost, idAt, postFields } from '../../ingest/xPost.ts'
import { dropReasons } from '../../types.ts'
import { revisionRank } from '../../versions.ts'
import { payloadOf, planPosts, snowflake } from '../doubles/xPosts.ts'

const now = Date.UTC(2026, 10, 29, 12)
const at = '2026-11-29T11:59:00.000Z'
const whole = { now, inclusion: 1 }
const base = { id: '1994700000000000001', text: 'the ferry is late', author_id: '42', created_at: at }
const changeOf = (post: object) => {
  const line = decodePost({ ...base, ...post }, whole)
  return line.kind === 'post' ? line.change : line
}

describe('a post', () => {
  test('becomes a change', () => {
    const metrics = { retweet_count: 2, reply_count: 3, like_count: 5, quote_count: 7 }
    const reply = [{ type: 'quoted', id: '8' }, ...[{ type: 'replied_to', id: '9' }]]
    const post = { lang: 'pt', public_metrics: metrics, referenced_tweets: reply, edit_history_tweet_ids: [base.id] }
    expect(changeOf(post)).toEqual({
      ...{ op: 'create', source: 'x', id: base.id, author: '42', text: base.text, at, lang: 'pt' },
      ...{ likes: 5, reposts: 2, replyTo: '9', revision: base.id, quotable: true },
    })
  })

  test('without what may be missing says that nobody said', () => {
    expect(changeOf({})).toMatchObject({ lang: null, likes: null, reposts: null, replyTo: null, op: 'create' })
  })

  test.each([
    ['und', null],
    ['zxx', null],
    ['qme', null],
    ['qam', null],
    ['qht', null],
    ['en', 'en'],
    ['in', 'id'],
    ['iw', 'he'],
    ['zh-tw', 'zh-tw'],
    ['no tag', null],
    ['constructor', 'constructor'],
  ])('in %s is in %s', (lang, told) => {
    expect(changeOf({ lang })).toMatchObject({ lang: told })
  })

  test.each([
    ['AT&amp;T &lt;3 &gt;_&lt;', 'AT&T <3 >_<'],
    ['&amp;lt;b&amp;gt; stays as written', '&lt;b&gt; stays as written'],
    ['&quot;&#39;&nbsp; are not escaped by X', '&quot;&#39;&nbsp; are not escaped by X'],
    ['half \ud83d', 'half \ufffd'],
  ])('with %j reads %j', (text, read) => {
    expect(changeOf({ text })).toMatchObject({ text: read })
  })

  test('that is long is read whole, and unescaped as well', () => {
    expect(changeOf({ text: 'so far…', note_tweet: { text: 'so far &amp; further' } })).toMatchObject({
      text: 'so far & further',
    })
  })

  test('that was edited keeps its first id, and a later version beats an earlier one whatever comes first', () => {
    const history = ['1994700000000000001', '1994700000000000009', '1994700000000000077']
    const versions = history.map((id, nr) => changeOf({ id, edit_history_tweet_ids: history.slice(0, nr + 1) }))
    expect(versions.map((change) => 'op' in change && [change.op, change.id])).toEqual([
      ['create', history[0]],
      ['update', history[0]],
      ['update', history[0]],
    ])
    const ranks = versions.map((change) => revisionRank('op' in change ? change.revision : ''))
    expect(ranks).toEqual([...ranks].sort((a, b) => Number(a! - b!)))
    expect(new Set(ranks).size).toBe(3)
  })

  test('of another is no post of its own, and no mistake', () => {
    expect(changeOf({ referenced_tweets: [{ type: 'retweeted', id: '5' }] })).toEqual({ kind: 'skip' })
  })

  test.each([
    [{ id: undefined }, 'bad_id'],
    [{ id: 7 }, 'bad_id'],
    [{ id: '12345678901234567890' }, 'bad_id'],
    [{ edit_history_tweet_ids: ['1'] }, 'bad_id'],
    [{ edit_history_tweet_ids: [] }, 'bad_field'],
    [{ referenced_tweets: 'no list' }, 'bad_field'],
    [{ lang: 4 }, 'bad_field'],
    [{ author_id: undefined }, 'bad_author'],
    [{ author_id: 'someone' }, 'bad_author'],
    [{ text: undefined }, 'bad_text'],
    [{ text: 'x'.repeat(100_001) }, 'bad_text'],
    [{ created_at: 'yesterday' }, 'bad_time'],
    [{ created_at: undefined }, 'bad_time'],
    [{ created_at: '2026-12-01T12:00:00.000Z' }, 'bad_time'],
  ])('%j is dropped as %s', (post, reason) => {
    expect(changeOf(post)).toEqual({ kind: 'drop', reason })
  })

  test('asks for nothing that brings other posts or accounts along', () => {
    expect(postFields).toBe(
      'author_id,created_at,edit_history_tweet_ids,lang,note_tweet,public_metrics,referenced_tweets',
    )
  })

  test('as the double sends it comes back as it was written', () => {
    const posts = planPosts({ seed: 4, count: 200, fromMs: now - 1_000, stepMs: 1, editEvery: 9, longEvery: 7 })
    for (const post of posts) {
      const line = decodePost(payloadOf(post, new Set(postFields.split(','))), whole)
      expect(line).toMatchObject({ kind: 'post', change: { id: post.history[0], text: post.text, likes: post.likes } })
    }
  })
})

describe('a line', () => {
  const context = { now, inclusionOf: (rules: { id: string }[]) => (rules.some(({ id }) => id === 'a') ? 0.1 : 1) }

  test('says how likely it was seen, where that is less than certain', () => {
    const seen = (...ids: string[]) => {
      const rules = ids.map((id) => ({ id, tag: 'undercurrent:ferries' }))
      const line = decodeLine(JSON.stringify({ data: base, matching_rules: rules }), context)
      return line.kind === 'post' ? line.change.inclusion : line
    }
    expect(seen('a')).toBe(0.1)
    expect(seen('b')).toBe(undefined)
    expect(seen()).toBe(undefined)
  })

  test.each([
    [
      '{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect"}]}',
      'UpstreamOperationalDisconnect',
    ],
    ['{"title":"ConnectionException","connection_issue":"TooManyConnections"}', 'TooManyConnections'],
    ['{"errors":[{"title":"<b>a title</b>"}]}', 'Unnamed'],
  ])('%s is about the stream', (text, name) => {
    expect(decodeLine(text, context)).toEqual({ kind: 'problem', name })
  })

  test.each([
    ['', 'malformed'],
    ['{"data":', 'malformed'],
    ['[1]', 'malformed'],
    ['null', 'malformed'],
    ['{}', 'unknown_kind'],
    ['{"errors":[]}', 'unknown_kind'],
    ['{"data":null}', 'malformed'],
    ['{"data":[]}', 'malformed'],
  ])('%j is dropped as %s', (text, reason) => {
    expect(decodeLine(text, context)).toEqual({ kind: 'drop', reason })
  })

  test('errors beside a post are about what it refers to: the post is taken', () => {
    const line = decodeLine(JSON.stringify({ data: base, errors: [{ title: 'Not Found Error' }] }), context)
    expect(line.kind).toBe('post')
  })

  test('of anything never throws, and is dropped under a reason of the list', () => {
    const keys = ['data', 'errors', 'matching_rules', 'id', 'text', 'author_id', 'created_at', 'referenced_tweets']
    const odd = fc.object({ key: fc.constantFrom(...keys, '__proto__'), maxDepth: 4 })
    fc.assert(
      fc.property(odd, fc.string(), (value, text) => {
        for (const one of [JSON.stringify(value), JSON.stringify({ data: { ...base, ...value } }), text]) {
          const line = decodeLine(one, context)
          if (line.kind === 'drop') expect(dropReasons).toContain(line.reason)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

test('an id holds its time', () => {
  expect(idAt(now)).toBe(snowflake(now, 0))
  expect(BigInt(idAt(now)) <= BigInt(snowflake(now, 4_095))).toBe(true)
  expect(BigInt(idAt(now + 1)) > BigInt(snowflake(now, 4_095))).toBe(true)
  expect(idAt(-5)).toBe('0')
})
