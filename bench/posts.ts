// A seeded world for benchmarks: posts with a Zipf vocabulary, hashtags, mentions, links, emoji, accents and scripts
// without spaces, and boolean topics of which about one post in ten matches some. Invented; nothing of it was posted.
import type { PostChange } from '../types.ts'

export type Random = () => number

/** mulberry32: small, seeded, good enough to make text with. */
export function seeded(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

const openings = 'b c d f g h j k l m n p r s t v w st tr pr ch sh gr pl br cl'.split(' ')
const vowels = 'a e i o u ea ou ai io ee'.split(' ')
const closings = ['', '', 'n', 'r', 's', 't', 'l', 'd', 'm', 'nd', 'st', 'ck']
const short = 'the to a of and in is i for that you it on with this was be my are at not have so just'.split(' ')

export interface World {
  /** Most frequent first. */
  words: string[]
  random: Random
  /** Running sums of 1 / rank: a binary search draws a word. */
  sums: Float64Array
}

export function makeWorld(seed: number, size = 50_000): World {
  const random = seeded(seed)
  const words = new Set(short)
  while (words.size < size) {
    let word = ''
    const syllables = 1 + Math.floor(random() * 2 + Math.min(1.5, words.size / 10_000))
    for (let i = 0; i < syllables; i++) word += pick(random, openings) + pick(random, vowels) + pick(random, closings)
    words.add(word)
  }
  const sums = new Float64Array(size)
  for (let rank = 0; rank < size; rank++) sums[rank] = (sums[rank - 1] ?? 0) + 1 / (rank + 2.7)
  return { words: [...words], random, sums }
}

/** Rank of a word drawn by Zipf's law. */
export function drawRank({ random, sums }: World): number {
  const target = random() * sums.at(-1)!
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! < target) low = middle + 1
    else high = middle
  }
  return low
}

const emoji = ['😂', '❤️', '🔥', '🙏', '😭', '🇺🇦', '👩‍👩‍👧', '👍🏽', '✨', '💔']
const accented: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ö', u: 'ü', c: 'ç' }
const kanji = '平和交渉停戦首相大統領国会選挙税金経済物価戦争支援市民報道会議'
const kana = 'のはをにがでともしたすまいるなこれそうかられば'

function word(world: World): string {
  const { random } = world
  const plain = world.words[drawRank(world)]!
  const roll = random()
  if (roll < 0.06) return plain[0]!.toUpperCase() + plain.slice(1)
  if (roll < 0.07) return plain.toUpperCase()
  if (roll < 0.085) return `#${plain}`
  if (roll < 0.095) return `@${plain}.example`
  if (roll < 0.12) return `${plain}${pick(random, [',', '.', '!', '?', '’s', '...'])}`
  return plain
}

function unspaced(world: World): string {
  let text = ''
  const length = 10 + Math.floor(world.random() * 40)
  for (let i = 0; i < length; i++) text += pick(world.random, world.random() < 0.5 ? [...kanji] : [...kana])
  return `${text}。`
}

/** Words in a post: a median of about a dozen, some far longer, never more than 300 characters. */
function body(world: World): string {
  const { random } = world
  const kind = random()
  if (kind < 0.06) return unspaced(world)
  const count = Math.max(1, Math.round(8 * Math.exp(0.85 * (random() + random() + random() - 1.5) * 1.6)))
  const words = Array.from({ length: count }, () => word(world))
  let text = words.join(' ')
  if (random() < 0.2) text += ` https://${pick(random, world.words)}.example/${pick(random, world.words)}?id=${count}`
  if (kind < 0.16) text = text.replace(/[aeiouc]/g, (letter) => (random() < 0.2 ? accented[letter]! : letter))
  if (kind > 0.82) text += ` ${pick(random, emoji)}`
  else if (kind > 0.79) text = text.replace(/ /, ' – ')
  return text.slice(0, 300)
}

export function makePosts(world: World, count: number): PostChange[] {
  return Array.from({ length: count }, (_, i) => ({
    op: 'create',
    source: world.random() < 0.8 ? 'bluesky' : 'file',
    id: `at://post/${i}`,
    author: `did:plc:${Math.floor(world.random() * 5000)}`,
    text: body(world),
    at: new Date(Date.UTC(2026, 10, 1) + i * 1000).toISOString(),
    lang: pick(world.random, ['en', 'en', 'en', 'de', 'pt-BR', 'ja', null]),
    likes: null,
    reposts: null,
    replyTo: null,
    revision: null,
    quotable: true,
  }))
}

/** A boolean topic of 2 to 12 terms. `from`: the most frequent rank that a term which must be present may have. */
export function makeTopic(world: World, from: number): string {
  const { random, words } = world
  const rare = () => words[from + Math.floor(random() ** 2 * (words.length - from))]!
  const common = () => words[drawRank(world)]!
  const term = (): string => {
    const roll = random()
    if (roll < 0.1) return `#${rare()}`
    if (roll < 0.18) return `${rare()}*`
    if (roll < 0.3) return `"${common()} ${rare()}"`
    if (roll < 0.32) return `@${rare()}`
    if (roll < 0.35) return `"${pick(random, [...kanji])}${pick(random, [...kanji])}"`
    return rare()
  }
  const any = Array.from({ length: 1 + Math.floor(random() * 6) }, term).join(' OR ')
  const roll = random()
  if (roll < 0.3) return `(${any}) (${common()} OR ${rare()} OR ${common()})`
  if (roll < 0.6) return `(${any}) -${common()} -"${common()} ${common()}"`
  if (roll < 0.7) return `(${any}) lang:en -source:file`
  if (roll < 0.8) return `${common()} AND (${any}) AND NOT (${rare()} OR #${rare()})`
  return `${any} OR ${term()}`
}
