// What leads a proposal, on invented posts: a whole name before a frequent place or rival, its other spellings and its last part
// beside it, pairs where a word or a country is too common to stand alone; and a tag where the headline has nothing.
import { describe, expect, test } from 'vitest'
import { createMatcher } from '../../analyze/match.ts'
import { isCountry } from '../../analyze/places.ts'
import { parseQuery } from '../../analyze/query.ts'
import type { StoryText } from '../../given.ts'
import { everyday, post, propose } from './proposing.ts'

const ends = [
  'again',
  'honestly',
  'no idea',
  'so there',
  'typical',
  'before lunch',
  'in the rain',
  'as ever',
  'I think',
]
/** Distinct posts of distinct authors, from a text each. */
const posts = (name: string, count: number, text: string) =>
  Array.from({ length: count }, (_, at) =>
    post(`${name}${at}`, `${text} ${ends[at % ends.length]} ${ends[Math.floor(at / 9) % 9]} ${at}`),
  )
const story = (headline: string, summary = '', tags: string[] = []): StoryText => ({ headline, summary, tags })
const matches = (query: string, text: string) =>
  createMatcher([parseQuery(query)]).match({ text, author: null, lang: null, source: '' }).length > 0

async function queryFor(told: StoryText, ...groups: ReturnType<typeof posts>[]): Promise<string> {
  const [found] = await propose([...groups.flat(), ...everyday(2_000)], [told])
  return found!.query
}

describe('a whole name leads', () => {
  const told = story('Odile Varnac asks whether the drill is a plot to take Oakmere', 'The drill begins in May.', [
    'Odile Varnac',
    'Oakmere',
  ])

  test('before a place that more posts have, and that does not join it', async () => {
    const query = await queryFor(
      told,
      posts('v', 40, 'Odile Varnac was on the wireless'),
      posts('o', 90, 'Picnic in Oakmere park'),
      posts('b', 5, 'Odile Varnac came to Oakmere'),
    )
    expect(query).toBe('"Odile Varnac"')
  })

  test('with its one-word spelling, and with its last part where hardly another is meant', async () => {
    const named = [posts('v', 40, 'Odile Varnac was on the wireless'), posts('h', 8, 'Go #OdileVarnac go')]
    const alone = posts('l', 4, 'Varnac for mayor')
    expect(matches(await queryFor(told, ...named, alone), 'Well said, #OdileVarnac')).toBe(true)
    expect(matches(await queryFor(told, ...named, alone), 'I like Varnac')).toBe(true)
    const others = posts('x', 60, 'Bruno Varnac scored')
    expect(matches(await queryFor(told, ...named, others), 'Bruno Varnac scored')).toBe(false)
  })

  test('and never by its first part', async () => {
    const query = await queryFor(told, posts('v', 60, 'Odile Varnac spoke'), posts('f', 6, 'Odile rang me'))
    expect(matches(query, 'My aunt Odile')).toBe(false)
  })

  test('though the headline has its last part only', async () => {
    const short = story('Varnac opens the locks', 'The mayor did it herself.', ['Odile Varnac'])
    expect(await queryFor(short, posts('v', 40, 'Odile Varnac was on the wireless'))).toMatch(/^"Odile Varnac"/)
  })

  test('from where a tag has it begin', async () => {
    const titled = story('Amateur Odile Varnac leads the regatta', '', ['Odile Varnac'])
    expect(await queryFor(titled, posts('v', 40, 'Odile Varnac rows well'))).toBe('"Odile Varnac"')
  })
})

describe('of several names', () => {
  test('what many post about leads before what few do', async () => {
    const told = story('Grenmouth sack Quill after the cup', 'Nine defeats cost him the post.', [
      'Grenmouth',
      'Anton Quill',
      'Halden League',
    ])
    const query = await queryFor(
      told,
      posts('g', 90, 'Up the Grenmouth'),
      posts('h', 6, 'The Halden League begins'),
      posts('a', 6, 'Anton Quill smiled'),
    )
    expect(query).toBe('Grenmouth')
  })

  test('what the story says again leads before what it says once, and an early tag before a late one', async () => {
    const groups = [posts('m', 60, 'Nothing like Brickfall'), posts('c', 60, 'Shares of Orbsoft')]
    const told = story('Orbsoft shows Brickfall on a table', 'Brickfall has no date yet.', ['Orbsoft', 'Brickfall'])
    expect(await queryFor(told, ...groups)).toBe('Brickfall')
    const once = { ...told, summary: '' }
    expect(await queryFor(once, ...groups)).toBe('Orbsoft')
    expect(await queryFor({ ...once, tags: ['Brickfall', 'Orbsoft'] }, ...groups)).toBe('Brickfall')
  })
})

test('a name with accents is one, though posts write it without', async () => {
  const told = story('Zoré sings at the regatta', 'Dancers in grey.', ['Zoré', 'Regatta'])
  expect(await queryFor(told, posts('z', 60, 'All hail Zore'))).toBe('Zoré')
})

describe('a word of a name', () => {
  test('stands for it where the headline has it alone and most who bear it are meant', async () => {
    const told = story('Varnac orders the locks shut', '', ['Odile Varnac'])
    const alone = [posts('v', 12, 'Odile Varnac spoke'), posts('l', 90, 'I trust Varnac')]
    expect(matches(await queryFor(told, ...alone), 'I trust Varnac')).toBe(true)
    const others = posts('x', 60, 'Bruno Varnac scored')
    expect(matches(await queryFor(told, ...alone, others), 'Bruno Varnac scored')).toBe(false)
  })

  test('stands for it, be it the first, where people post it oftener than the whole', async () => {
    const told = story('Xymo Quent leaves the Brannoch Four', 'The singer wants to rest.', ['Xymo Quent'])
    const query = await queryFor(told, posts('q', 12, 'Xymo Quent sang'), posts('x', 90, 'I miss Xymo'))
    expect(matches(query, 'I miss Xymo')).toBe(true)
  })
})

describe('what is too common to stand alone', () => {
  test('stands with something else of the story', async () => {
    const told = story('Pupils hand in their tablets', 'No tablets at school from May.', ['Tablets', 'School'])
    const query = await queryFor(
      told,
      posts('s', 40, 'The school takes our tablets'),
      posts('t', 400, 'Take two tablets with water'),
    )
    expect(matches(query, 'No tablets, says the school')).toBe(true)
    expect(matches(query, 'Take two tablets with water')).toBe(false)
  })

  test('stands with no word that it meets by chance alone', async () => {
    const told = story('Free ferries for a year', 'The council pays for free ferries.', ['Ferries', 'Council'])
    const query = await queryFor(
      told,
      posts('f', 40, 'Free ferries are a joy'),
      posts('c', 300, 'The council met'),
      posts('r', 300, 'Are you free tonight'),
      posts('b', 2, 'The council is free to do so'),
    )
    expect(matches(query, 'The council is free to do so')).toBe(false)
    expect(matches(query, 'These free ferries are packed')).toBe(true)
  })

  test.each([
    ['norway', true],
    ['côte d’ivoire', true],
    ['oakmere', false],
    ['zz', false],
    ['', false],
  ])('%s as a country: %s', (name, is) => {
    expect(isCountry(name)).toBe(is)
  })

  test('a country is never all there is to a story', async () => {
    const told = story('Norway shuts the Varnac tunnel', 'Norway says the tunnel leaks.', ['Norway', 'Tunnels'])
    const query = await queryFor(told, posts('n', 40, 'Norway and its tunnel'), posts('s', 60, 'Norway won at skating'))
    expect(matches(query, 'Norway won at skating')).toBe(false)
    expect(matches(query, 'The tunnel in Norway leaks')).toBe(true)
  })
})

test('a tag of several words leads where the headline offers little', async () => {
  const told = story('More beds on rails', 'New night trains are on order.', ['Night trains'])
  expect(await queryFor(told, posts('n', 12, 'I love night trains'))).toMatch(/"night train\*"/)
})
