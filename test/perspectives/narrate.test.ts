// The writer on a thousand generated crowds: every sentence passes the gate, every number is a claim's, every word fits,
// the text stays within its length, and two topics do not read alike.
import { describe, expect, test } from 'vitest'
import type { Claim, Ledger } from '../../conclusions.ts'
import { isBareWord } from '../../perspectives/bare.ts'
import { check } from '../../perspectives/check.ts'
import { gather } from '../../perspectives/facts.ts'
import { ledger } from '../../perspectives/ledger.ts'
import { narrate, takeaway } from '../../perspectives/narrate.ts'
import { ended, fill, say, sideOf } from '../../perspectives/say.ts'
import { takeaways } from '../../perspectives/takeaways.ts'
import { variants } from '../../perspectives/variants.ts'
import type { Topic } from '../../types.ts'
import { type Crowd, crowd, modelError, storeOf, topic, usual, window } from './crowd.ts'
import { aboutOf, anyCrowd } from './crowds.ts'

const never = new AbortController().signal

interface Written {
  book: Ledger
  posts: ReturnType<typeof crowd>
  sentences: Awaited<ReturnType<typeof narrate>>
  text: string
}
async function write(given: Crowd = usual, about: Topic = topic): Promise<Written> {
  const posts = crowd(given)
  const filter = { topic: { topic: about.id, version: 1 }, model: 'test@1', window }
  const { facts } = await gather({ ask: storeOf(posts).ask, topic: about, filter, error: modelError })
  const book = ledger(facts)
  const sentences = await narrate(book, never)
  return { book, posts, sentences, text: sentences.map(({ text }) => text).join(' ') }
}

/** Percentages of a text as they stand in it, without quotations. */
const percentages = (text: string) =>
  [...text.replaceAll(/“[^”]*”/g, '').matchAll(/(\d+)%/g)].map(([, digits]) => Number(digits))
const allowed = (claims: Claim[]) =>
  new Set(
    claims.flatMap(({ estimate, low, high, difference }) =>
      [estimate, low, high, difference?.estimate].flatMap((share) =>
        share == null ? [] : [Math.round(Math.abs(share) * 100)],
      ),
    ),
  )

test('every sentence of 1,000 generated ledgers has live evidence, exact quotes, its claims’ numbers and fitting words', async () => {
  let told = 0
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 1_000; seed++) {
    const { book, posts, sentences, text } = await write(anyCrowd(seed), aboutOf(seed))
    const evidence = { posts: new Map(posts.map((post) => [post.id, post])), live: new Set(posts.map(({ id }) => id)) }
    const short = takeaway(book)
    for (const sentence of short ? [...sentences, short] : sentences) {
      told++
      expect(check(sentence, book, evidence), `${seed}: ${sentence.text}`).toBeNull()
      const claims = book.claims.filter(({ id }) => sentence.claims.includes(id))
      for (const { kind } of claims) kinds.add(kind)
      for (const share of percentages(sentence.text)) expect(allowed(claims), sentence.text).toContain(share)
      expect(sentence.text, `${seed}`).toMatch(/^[\p{Lu}\p{N}“].*[.!?…”]$/su)
      expect(sentence.text).not.toMatch(/\{|\}|undefined|null|NaN| {2}|\.\.$/)
    }
    expect(text.split(/\s+/).length, `${seed}: ${text}`).toBeLessThanOrEqual(180)
  }
  expect(told).toBeGreaterThan(5_000)
  // Else the property would hold of half a writer.
  for (const kind of [
    'prevalence',
    'stance',
    'emotion',
    'theme',
    'feeling',
    'contrast',
    'change',
    'campaign',
    'minority',
    'quote',
  ])
    expect([...kinds]).toContain(kind)
}, 480_000)

test('with names, numbers, quotations and themes blanked, two topics share fewer than a fifth of their sentences', async () => {
  const skeletons: string[][] = []
  for (let seed = 1; seed <= 60; seed++) {
    const { sentences } = await write({ ...usual, ...anyCrowd(seed), posts: 250, authors: 150 }, aboutOf(seed))
    const blank = ({ text }: { text: string }) =>
      text
        .replaceAll(/“[^”]*”/g, 'Q')
        .replaceAll(aboutOf(seed).name, 'X')
        .replaceAll(/[\d,]*\d/g, 'N')
        .replace(`The${aboutOf(seed).name.slice(3)}`, 'X')
    skeletons.push(sentences.map(blank))
  }
  let [shared, all] = [0, 0]
  for (const [at, one] of skeletons.entries())
    for (const other of skeletons.slice(at + 1)) {
      shared +=
        one.filter((sentence) => other.includes(sentence)).length +
        other.filter((sentence) => one.includes(sentence)).length
      all += one.length + other.length
    }
  expect(shared / all).toBeLessThan(0.2)
})

describe('the paragraph', () => {
  test('is the same for the same posts in any order', async () => {
    const first = await write()
    expect((await write()).text).toBe(first.text)
  })

  test('has 90 words or more where there is that much to tell', async () => {
    const { text } = await write({ ...usual, posts: 600, authors: 350 })
    expect(text.split(/\s+/).length).toBeGreaterThanOrEqual(90)
  })

  test('says that it is too close to call when it is, and who leads when somebody does', async () => {
    const tone = async (negative: number) => (await write({ ...usual, themes: [], negative })).sentences[0]!.text
    expect(await tone(0.3)).toMatch(/too close|[Nn]either|no tone|no clear|cannot be told|tip/)
    expect(await tone(0.75)).toMatch(/negative.*(?:positive)/)
    expect(await tone(0.75)).not.toMatch(/too close|neither/)
  })

  test('counts accounts and posts, never people', async () => {
    for (let seed = 1; seed < 30; seed++) {
      const { text } = await write(anyCrowd(seed), aboutOf(seed))
      expect(text.replaceAll(/“[^”]*”/g, '')).not.toMatch(/\b(?:people|users|citizens|public)\b/i)
    }
  })
})

describe('sentences', () => {
  test('of a kind are at least six, but for the short ones, and fill every slot', () => {
    for (const [kind, table] of Object.entries(variants)) expect(table.length, kind).toBeGreaterThanOrEqual(6)
    for (const table of Object.values(takeaways)) expect(table.length).toBeGreaterThanOrEqual(3)
  })

  test('never open with what may be written small', () => {
    for (const sentence of [...Object.values(variants), ...Object.values(takeaways)].flat())
      expect(sentence).not.toMatch(/^“/)
  })

  test('tell a plain word as a word, and never as what the posts are about', async () => {
    for (const bare of ['round', 'session', 'o’clock', 'café']) expect(isBareWord(bare), bare).toBe(true)
    for (const subject of ['prices', 'NATO', 'Dnipro', 'night line', 'co-op', 'iPhone', 'women'])
      expect(isBareWord(subject)).toBe(false)
    const themed = { ...usual, themes: [{ phrase: 'ring road', share: 0.3, darker: 0 }] }
    const { book } = await write(themed)
    const named = (phrase: string) => {
      const themes = book.themes.map((theme) => ({ ...theme, phrase }))
      const claims = book.claims.filter(({ kind }) => kind !== 'feeling' && kind !== 'contrast' && kind !== 'common')
      return narrate({ ...book, themes, claims }, never)
    }
    const told = async (phrase: string) =>
      (await named(phrase)).map(({ text }) => text).filter((text) => text.includes(`“${phrase}”`))
    expect((await told('session'))[0]).toMatch(/\bwords?\b/)
    expect((await told('talks'))[0]).not.toMatch(/\bwords? “/)
    const short = takeaway({ ...book, themes: book.themes.map((theme) => ({ ...theme, phrase: 'session' })) })
    expect(short!.text).not.toContain('session')
  })

  test('are filled once: what fills a slot is never read as one', () => {
    expect(fill('{X} and {x}', { X: '{q}', x: 'trap {X}' })).toBe('{q} and trap {X}')
    expect(fill('{Word} of it', { word: 'most' })).toBe('Most of it')
    expect(fill('small', {})).toBe('Small')
  })

  test('of one kind in one paragraph differ', () => {
    const slots = { t: 'x', q: 'y' }
    expect(say({ topic }, 'quote.theme', slots)).not.toBe(say({ topic }, 'quote.theme', { ...slots, turn: 1 }))
    expect(say({ topic }, 'quote.theme', slots)).toBe(say({ topic }, 'quote.theme', slots))
  })

  test('end once, also with a quotation', () => {
    expect(ended('It reads: “Free it!”')).toBe('It reads: “Free it!”')
    expect(ended('It reads: “Free it”')).toBe('It reads: “Free it”.')
    expect(ended('Plain.')).toBe('Plain.')
  })

  test('name a side by its target or tone', () => {
    expect(sideOf({ topic }, 'sentiment.positive')).toBe('with a positive tone')
    expect(sideOf({ topic }, 'stance.free.against')).toBe('against “free buses for everyone”')
  })
})
