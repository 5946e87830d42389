// What a status becomes: whose post it is to tell, what its author asks for, and that nothing in it does harm.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Teller, toldOf } from '../../ingest/mastodonPost.ts'
import { dropReasons } from '../../types.ts'
import { rankOf } from '../../versions.ts'

const nowMs = Date.parse('2026-11-22T12:00:00.000Z')
const local: Teller = { origin: 'https://social.example', remote: false, homes: ['second.example'] }
const teller = { ...local, remote: true }
const account = { id: '9', username: 'ann', acct: 'ann', noindex: false, indexable: true, discoverable: true }
const status = {
  ...{ id: '115594512340000001', created_at: '2026-11-22T11:00:00.000Z', edited_at: null, visibility: 'public' },
  ...{ spoiler_text: '', content: '<p>the boats stay in</p>', language: 'en', reblog: null, in_reply_to_id: null },
  ...{ favourites_count: 4, reblogs_count: 2, uri: 'https://social.example/users/ann/statuses/1', account },
}
const told = (more: object, by: Teller = teller) => toldOf({ ...status, ...more }, by, nowMs)
const of = (more: object, by?: Teller) => told({ account: { ...account, ...more } }, by)

describe('a post', () => {
  test('is named after who told it, and its author after its home', () => {
    expect(told({ in_reply_to_id: '115594512340000000' })).toEqual({
      ...{ kind: 'post', id: status.id, revision: status.created_at, isEdited: false },
      post: {
        ...{ op: 'create', source: 'mastodon', id: `https://social.example/statuses/${status.id}` },
        ...{ author: 'ann@social.example', text: 'the boats stay in', at: status.created_at, lang: 'en', likes: 4 },
        ...{ reposts: 2, replyTo: 'https://social.example/statuses/115594512340000000', revision: status.created_at },
        quotable: true,
      },
    })
    expect(of({ acct: 'bea@else.example' })).toMatchObject({ post: { author: 'bea@else.example' } })
  })
  test('in plain words: mentions and hashtags keep their signs, links are whole, the warning comes first', () => {
    const mention =
      '<span class="h-card"><a href="https://x.example/@bea" class="u-url mention">@<span>bea</span></a></span>'
    const tag = '<a href="https://x.example/tags/rain" class="mention hashtag" rel="tag">#<span>rain</span></a>'
    const link =
      '<a href="https://news.example/a/b"><span class="invisible">https://</span><span class="ellipsis">news.example/a</span><span class="invisible">/b</span></a>'
    const content = `<p>${mention} one &amp; two<br>three ${tag}</p><p>${link}</p><script>alert(1)</script>`
    expect(told({ content, spoiler_text: 'weather &lt;3' })).toMatchObject({
      post: { text: 'weather <3\n\n@bea one & two three #rain https://news.example/a/b' },
    })
    expect(told({ content: '' })).toMatchObject({ post: { text: '' } })
  })
  test('an edit is a higher version of the same post; a clock ahead is now', () => {
    const edited = told({ edited_at: '2026-11-22T11:30:00.123Z', content: 'the boats go out' })
    expect(edited).toMatchObject({
      isEdited: true,
      post: { op: 'update', at: status.created_at, text: 'the boats go out' },
    })
    const rank = (revision: string) => rankOf({ revision, arrival: 0 })
    expect(edited.kind === 'post' && rank(edited.revision) > rank(status.created_at)).toBe(true)
    expect(told({ edited_at: '2026-11-22T10:00:00.000Z' })).toMatchObject({ revision: status.created_at })
    const ahead = told({ created_at: '2026-11-22T12:00:09.000Z', edited_at: '2026-11-23T11:00:00.000Z' })
    expect(ahead).toMatchObject({ revision: '2026-11-22T12:00:00.000Z', post: { at: '2026-11-22T12:00:00.000Z' } })
  })
})

describe('each post has one teller', () => {
  test.each<[string, object, Teller, string]>([
    ['its own, by each', {}, local, 'post'],
    ['of another, by one that does not', { account: { ...account, acct: 'bea@else.example' } }, local, 'other'],
    ['of another, by the one that does', { account: { ...account, acct: 'bea@else.example' } }, teller, 'post'],
    ['of one that is read itself', { account: { ...account, acct: 'bea@Second.Example' } }, teller, 'other'],
    [
      'of one that is read itself, under a shorter name',
      { account: { ...account, acct: 'bea@example' }, uri: 'https://second.example/users/bea/statuses/4' },
      teller,
      'other',
    ],
    ['unlisted', { visibility: 'unlisted' }, teller, 'other'],
    ['private', { visibility: 'private' }, teller, 'other'],
    ['direct', { visibility: 'direct' }, teller, 'other'],
    ['a boost', { reblog: { id: '5' } }, teller, 'other'],
    ['a bot', { account: { ...account, bot: true } }, teller, 'post'],
  ])('%s: %#', (_, more, by, kind) => {
    expect(told(more, by).kind).toBe(kind)
  })
})

describe('what the author asks for', () => {
  test('not to be indexed: not collected, also when it is an edit of what was', () => {
    const edited_at = '2026-11-22T11:30:00.000Z'
    expect(of({ noindex: true })).toEqual({ kind: 'unwilling', id: status.id, revision: status.created_at })
    const edited = told({ account: { ...account, noindex: true }, edited_at })
    expect(edited).toMatchObject({ kind: 'unwilling', revision: edited_at })
  })
  test('who never said is counted, and quoted only if it opted into being discovered', () => {
    const quotable = (flags: object) => {
      const found = told({ account: { id: '9', acct: 'ann', ...flags } })
      return found.kind === 'post' && found.post.quotable
    }
    expect(quotable({ discoverable: true })).toBe(true)
    expect(quotable({ discoverable: true, noindex: null, indexable: null })).toBe(true)
    for (const flags of [{}, { discoverable: null }, { discoverable: false }]) expect(quotable(flags)).toBe(false)
    expect(quotable({ discoverable: true, limited: true })).toBe(false)
    expect(quotable({ discoverable: true, indexable: false })).toBe(false)
  })
})

describe('what cannot be used', () => {
  test.each<[string, unknown, string]>([
    ['nothing', null, 'malformed'],
    ['a list', [], 'malformed'],
    ['no id', { ...status, id: undefined }, 'bad_id'],
    ['an id that is a number: it may have lost digits', { ...status, id: 115_594 }, 'bad_id'],
    ['an id that is a path', { ...status, id: '../7' }, 'bad_id'],
    ['no account', { ...status, account: 'ann' }, 'bad_author'],
    ['a name that is none', { ...status, account: { ...account, acct: 'a b' } }, 'bad_author'],
    ['no time', { ...status, created_at: 'noon' }, 'bad_time'],
    ['a time far ahead', { ...status, created_at: '2027-11-22T11:00:00.000Z' }, 'bad_time'],
    ['no content', { ...status, content: null }, 'bad_text'],
  ])('%s', (_, body, reason) => {
    expect(toldOf(body, teller, nowMs)).toMatchObject({ kind: 'drop', reason })
  })
  test('whatever comes, it is one of these, and a post of it can be ordered and kept', () => {
    const value = fc.anything({ withNullPrototype: true, maxDepth: 2 })
    const keys = [...Object.keys(status), 'id']
    const broken = fc.dictionary(fc.constantFrom(...keys), value).map((more) => ({ ...status, ...more }))
    const flags = fc.dictionary(fc.constantFrom(...Object.keys(account), 'limited', 'acct'), value)
    fc.assert(
      fc.property(fc.oneof(value, broken), flags, (body, more) => {
        const hasAccount = typeof body === 'object' && body !== null && 'account' in body && body.account === account
        const found = toldOf(hasAccount ? { ...body, account: { ...account, ...more } } : body, teller, nowMs)
        if (found.kind === 'drop') expect(dropReasons).toContain(found.reason)
        if (found.kind !== 'post') return
        expect(() => rankOf({ revision: found.post.revision, arrival: 1 })).not.toThrow()
        expect(found.post.text.isWellFormed() && found.post.at <= '2026-11-22T12:00:00.000Z').toBe(true)
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})
