// Invented windows in which it is known what is brought up: every post says one thing in one of many ways, and lies near
// the other posts on that thing. No word of a real person.
import type { ScoredPost } from '../../answers.ts'
import type { Topic } from '../../types.ts'
import { seeded } from '../store/scores.ts'

export const topic: Topic = {
  id: 'harbour',
  name: 'the new harbour',
  query: 'harbour* OR "ferry terminal"',
  targets: [{ id: 'build', text: 'building the new harbour' }],
  public: false,
  tags: [],
  version: 1,
  at: '2026-01-01T00:00:00.000Z',
  origin: 'user',
}

/** Ways to bring a thing up, as people do: after articles and prepositions, as subject and as object. */
const frames = [
  'Nobody would talk about the {} when I asked at the harbour',
  'Someone says the {} is the problem with this harbour',
  'Harbour or not, without the {} we would be quiet by now',
  'I went past the {} this morning and thought of the harbour',
  'They forgot the {} once more and the harbour opens',
  'Two people asked about the {} and neither of them saw the harbour',
  'They gave us a harbour and now we wait for the {} to be ready',
  'What will the {} look like once the harbour opens',
  'Someone told me of the {} long before the harbour was there',
  'For the {} alone I would vote against this harbour tomorrow',
]
const tails = 'in our place|as ever|if you ask me|for the third time|down there|after all that|they say|by now'
  .split('|')
  .flatMap((tail) => ['', ' honestly', ' again', ' it seems'].map((more) => `${tail}${more}`))

export interface Planted {
  phrase: string
  share: number
  negative?: number
  /** Accounts that say it; absent: anybody. */
  authors?: number
}

export interface Voices {
  seed?: number
  posts?: number
  authors?: number
  planted: Planted[]
  embedded?: number
}

/** Posts of a window; what is left over after the planted things is small talk, each about a thing of its own. */
export function voices({ seed = 1, posts = 400, authors = 300, planted, embedded = 1 }: Voices): ScoredPost[] {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  return Array.from({ length: posts }, (_, nr) => {
    const drawn = random()
    const upTo = (last: number) => planted.slice(0, last + 1).reduce((sum, { share }) => sum + share, 0)
    const thing = planted.find((_, last) => drawn < upTo(last))
    const about = thing?.phrase ?? `${syllables(random)} ${syllables(random)}`
    const text = `${pick(frames).replace('{}', about)} ${pick(tails)}, ${syllables(random)} ${syllables(random)}.`
    const author = thing?.authors ? `few ${nr % thing.authors}` : `author ${Math.floor(random() * authors)}`
    const more = { author, negative: thing?.negative ?? 0.4 }
    return voice(`v${nr}`, text, { ...more, embedding: random() < embedded ? near(about, random) : null })
  })
}

const syllables = (random: () => number) =>
  Array.from(
    { length: 3 },
    () => 'bdfgklmnprstvz'[Math.floor(random() * 14)]! + 'aeiou'[Math.floor(random() * 5)]!,
  ).join('')

interface More extends Partial<ScoredPost> {
  negative?: number
}

export function voice(id: string, text: string, { negative = 0.4, ...more }: More = {}): ScoredPost {
  return {
    ...{ id, source: 'import', topic: topic.id, at: '2026-01-01T12:00:00.000Z', text, lang: 'en', model: 'test@1' },
    ...{ likes: null, reposts: null, quotable: true, skipped: null, copies: 1, author: id, copy: text, inclusion: 1 },
    sentiment: { negative, neutral: 1 - negative - 0.1, positive: 0.1 },
    emotion: { anger: negative / 2, joy: 0.1 },
    ...{ irony: 0.1, offensive: 0.05, hate: 0.02 },
    stance: { build: { favor: 0.3, against: 0.4, neither: 0.3 } },
    embedding: near(id, seeded(1)),
    ...more,
  }
}

/** Posts on one thing lie around one place, as loosely as real ones do (a mean cosine of about a quarter). */
export function near(thing: string, random: () => number): Int8Array {
  const place = seeded([...thing].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7))
  const raw = Array.from({ length: 384 }, () => 0.4 + (place() - 0.5) + (random() - 0.5) * 1.7)
  const norm = Math.hypot(...raw)
  return Int8Array.from(raw, (x) => Math.round((x / norm) * 127))
}
