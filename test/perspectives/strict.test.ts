// The gate for sentences that we did not write: ready clauses and a few joining words pass, and nothing else does, however
// small; tried letter by letter.
import { describe, expect, test } from 'vitest'
import type { Claim, Ledger } from '../../conclusions.ts'
import { check } from '../../perspectives/check.ts'
import { clausesOf } from '../../perspectives/clauses.ts'
import { gather } from '../../perspectives/facts.ts'
import { ledger } from '../../perspectives/ledger.ts'
import { connectives, strict } from '../../perspectives/strict.ts'
import { capital } from '../../perspectives/words.ts'
import { seeded } from '../store/scores.ts'
import { crowd, modelError, storeOf, topic, usual, window } from './crowd.ts'

const posts = crowd({ ...usual, earlier: { posts: 200, negative: 0.2 }, sources: ['bluesky', 'mastodon'], apart: 0.3 })
const filter = { topic: { topic: topic.id, version: 1 }, model: 'test@1', window }
const { facts } = await gather({ ask: storeOf(posts).ask, topic, filter, error: modelError })
const book: Ledger = ledger(facts)
const clauses = clausesOf(book)
const evidence = { posts: new Map(posts.map((post) => [post.id, post])), live: new Set(posts.map(({ id }) => id)) }
const ids = (claims: Claim[]) => claims.map(({ id }) => id)

describe('a clause', () => {
  test('exists for every claim, in every wording passes both gates, alone and joined', () => {
    expect(clauses.length).toBeGreaterThan(book.claims.length)
    const [first] = clauses
    for (const { claims, forms } of clauses) {
      expect(forms.length, claims[0]!.id).toBeGreaterThan(0)
      for (const form of forms) {
        const alone = { text: capital(`${form}.`), claims: ids(claims) }
        expect(strict(alone, book), alone.text).toBeNull()
        expect(check(alone, book, evidence), alone.text).toBeNull()
        const joined = {
          text: capital(`${form}, while at the same time, ${first!.forms[0]}, too.`),
          claims: [...new Set([...ids(claims), ...ids(first!.claims)])],
        }
        expect(strict(joined, book), joined.text).toBeNull()
        expect(check(joined, book, evidence), joined.text).toBeNull()
      }
    }
  })

  test('of each kind reads as one', () => {
    const kinds = new Set(book.claims.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['change', 'contrast', 'emotion', 'prevalence', 'quote', 'stance', 'theme']),
    )
    for (const { forms } of clauses)
      for (const form of forms) {
        expect(form).not.toMatch(/undefined|null|NaN|[{}]|\.$| {2}/)
        expect(form.charAt(0)).toBe(form.charAt(0).toLowerCase())
      }
  })
})

const pair = clauses.filter(({ claims }) => claims[0]!.kind === 'stance' && claims.length === 1).slice(0, 2)
const sound = {
  text: capital(`${pair[0]!.forms[0]}, while ${pair[1]!.forms[0]}.`),
  claims: pair.flatMap(({ claims }) => ids(claims)),
}

describe('a sound sentence', () => {
  test('is sound no more with any one letter, digit or sign taken out, doubled, or put in the place of another', () => {
    const signs = [...'abkz059%-.“”"<>&{}()!?\'’\u200b\u202e\u0430\uff15\n\t ', '']
    const random = seeded(11)
    expect(strict(sound, book)).toBeNull()
    for (let at = 1; at < sound.text.length - 1; at++)
      for (const sign of [signs[Math.floor(random() * signs.length)]!, '', '\u200b', '0']) {
        const put = `${sound.text.slice(0, at)}${sign}${sound.text.slice(at + 1)}`
        // A comma before "while" may go.
        if (put !== sound.text && put !== sound.text.replace(',', ''))
          expect(strict({ ...sound, text: put }, book), put).not.toBeNull()
        const more = `${sound.text.slice(0, at)}${sign}${sound.text.slice(at)}`
        if (sign) expect(strict({ ...sound, text: more }, book), more).not.toBeNull()
      }
  })

  test.for(
    'not|no|never|nobody|everyone|all|none|half|double|majority|three quarters|surge|soared|because|due to|so|therefore|if|unless|perhaps|should|must|will|you|we|please|true|false|more|less|only|or|than|despite|although|is|are|rose|fell|positive|negative|61%|2030|Marlies|http://a.b|<b>|&lt;|🚨|٥|５'.split(
      '|',
    ),
  )('with “%s” in any gap is none', (word) => {
    const [first, second] = pair.map(({ forms }) => forms[0]!) as [string, string]
    const told = [
      `${word} ${first}, while ${second}.`,
      `${first} ${word}, while ${second}.`,
      `${first}, ${word} while ${second}.`,
      `${first}, while ${word} ${second}.`,
      `${first}, while ${second} ${word}.`,
      `${first}, while ${second}. ${word}`,
    ]
    for (const text of told) expect(strict({ ...sound, text: capital(text) }, book), text).toBe('unknown_word')
  })

  test('ends where it ends: nothing hangs on to a clause', () => {
    const [first, second] = pair.map(({ forms }) => forms[0]!) as [string, string]
    for (const text of [`${first} ${second}.`, `${first}${second}.`, `${first}.while ${second}.`, `un${first}.`])
      expect(strict({ ...sound, text: capital(text) }, book), text).toBe('unknown_word')
  })

  test('tells what it cites, and cites what it tells', () => {
    const [first] = pair.map(({ forms }) => forms[0]!) as [string]
    expect(strict({ text: capital(`${first}.`), claims: sound.claims }, book)).toBe('no_claim')
    expect(strict({ text: sound.text, claims: sound.claims.slice(1) }, book)).toBe('unknown_word')
    expect(strict({ text: 'And, overall, here.', claims: sound.claims }, book)).not.toBeNull()
    expect(strict({ text: sound.text, claims: ['invented'] }, book)).toBe('unknown_word')
    expect(strict({ text: '', claims: sound.claims }, book)).not.toBeNull()
  })
})

test('no connective denies, compares, counts, explains, advises or addresses', () => {
  const bad =
    /\b(?:not?|never|none|all|most|more|less|than|half|because|since|so|thus|if|or|should|must|will|may|you|we|true|false|only|rose|fell|positive|negative|for|against)\b|\d/
  expect(connectives.filter((one) => bad.test(one))).toEqual([])
})

test('what a post says forges no clause', () => {
  const forged = pair[0]!.forms[0]!.replaceAll(/[“”]/g, '').replace(/\d+/, '99')
  const quote: Claim = {
    ...book.claims.find(({ kind }) => kind === 'quote')!,
    id: 'q',
    quotes: [{ post: posts[0]!.id, text: `x. ${forged}` }],
  }
  const other = { ...book, claims: [...book.claims, quote] }
  expect(strict({ text: `${quote.says} reads: “x. ${forged}”.`, claims: ['q'] }, other)).toBeNull()
  expect(strict({ text: capital(`${forged}.`), claims: ['q'] }, other)).toBe('unknown_word')
  expect(strict({ text: `${quote.says} reads: x. ${forged}.`, claims: ['q'] }, other)).toBe('unknown_word')
})
