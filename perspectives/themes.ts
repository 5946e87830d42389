// Themes: what several people bring up, found by meaning, named by words of theirs, counted by those words. Pure: the same
// posts give the same themes in whatever order they come. Never a theme of fewer than k authors, or of copies alone.
import type { Estimate, Filter, ScoredPost, Window } from '../answers.ts'
import type { Grounds, Theme, Themes } from '../conclusions.ts'
import { leastAuthors } from '../estimate.ts'
import { holding, mentions, plain } from '../holding.ts'
import { atOnce, breathing, inTurn, type Steps } from '../steps.ts'
import type { ModelErrors, Topic } from '../types.ts'
import { clustersApart, clustersOf } from './campaigns.ts'
import { centred, meanOf } from './clusters.ts'
import { phrasesIn, type Text, unitsOf } from './phrases.ts'
import { quoteOf } from './quotes.ts'
import { authorsOf, sharesIn, shareWhere, type Table, tableOf, wordedRows } from './shares.ts'
import { spellingsOf, usual } from './spellings.ts'
import { type Telling, tellingIn } from './telling.ts'

const mostThemes = 8
/** Of the authors: what fewer bring up is not what people bring up. */
const leastShare = 0.01
const mostBest = 8
/** That are taken apart in one step. */
const fewTexts = 500
/** A side is looked at by itself from this many posts on. */
const leastSide = 30

export interface Ground {
  topic: Topic
  /** Number of the cluster of near-copies of each readable post, in the order of the table; absent: found here. */
  clusters?: ArrayLike<number>
}

/** The themes of a window's posts, most telling first. */
export const themesOf = (posts: ScoredPost[], ground: Ground & { error: ModelErrors }): Theme[] =>
  atOnce(themesIn(tableOf(posts, ground.error), ground))

export function* themesIn(table: Table, { topic, clusters }: Ground): Steps<Theme[]> {
  const rows = voices(table, clusters ?? clustersOf(table.posts))
  const keys = new Map<string, string>()
  const texts: Text[] = []
  yield* inTurn(rows, fewTexts, (row) => {
    texts.push({ author: table.author[row]!, units: unitsOf(table.posts[row]!.text, keys) })
  })
  const vectors = centred(rows.map((row) => table.posts[row]!.embedding))
  const meanings = { vectors, sides: sidesOf(rows.map((row) => table.posts[row]!)) }
  const least = Math.max(leastAuthors, leastShare * table.authors)
  yield
  const phrases = (yield* phrasesIn(texts, sayingNothingNew(topic))).filter(({ authors }) => authors >= least)
  yield
  const telling = yield* tellingIn(phrases, meanings, mostThemes)
  yield
  const middle = meanOf(table.posts.map(({ embedding }) => embedding))
  const lower = table.posts.map(({ text }) => plain(text))
  const found: Theme[] = []
  for (const one of telling) {
    yield
    const theme = themeOf(one, { table, texts, middle, lower })
    if (theme) found.push(theme)
  }
  return found
}

/** One post of each text, ever the same one, in an order that is the posts' own. */
function voices({ posts }: Table, clusters: ArrayLike<number>): number[] {
  const name = ({ source, id }: ScoredPost) => `${source} ${id}`
  const order = posts.map((_, row) => row).sort((a, b) => (name(posts[a]!) < name(posts[b]!) ? -1 : 1))
  const seen = new Set<number>()
  return order.filter((row) => !seen.has(clusters[row]!) && seen.add(clusters[row]!))
}

/** What every post of the topic says anyhow: the words of its name, its query and its targets, and their kin. */
function sayingNothingNew({ name, query, targets }: Topic): (key: string) => boolean {
  const bare = query.replace(/-?\b\w+:\S+/g, ' ')
  const stems = [...bare.matchAll(/([\p{L}\p{N}_]+)\*/gu)].map(([, stem]) => stem!.toLowerCase())
  const texts = [name, bare, ...targets.map(({ text }) => text)]
  const words = new Set(texts.flatMap((text) => unitsOf(text).flatMap(({ key }) => [key, ...key.split(' ')])))
  const own = [...words].filter((word) => !word.includes(' '))
  const isOwn = (key: string) =>
    words.has(key) || stems.some((stem) => key.startsWith(stem)) || own.some((word) => isKin(key, word))
  // "attending Joe Biden", of Joe Biden, is still mostly the topic.
  return (key) => {
    const parts = key.split(' ')
    return isOwn(key) || parts.filter(isOwn).length * 2 > parts.length
  }
}

/** "Russian" and "Russia", "Ukrainian" and "Ukraine", "feminism" and "feminist": alike but for how the shorter one ends. */
function isKin(one: string, other: string): boolean {
  const least = Math.min(one.length, other.length) - 1
  return least >= 5 && one.slice(0, least) === other.slice(0, least)
}

/** All posts; and those for and against the first target where the model tells them apart, else the bad and the good. */
function sidesOf(posts: ScoredPost[]): number[][] {
  const those = (isOn: (post: ScoredPost) => boolean) => posts.flatMap((post, at) => (isOn(post) ? [at] : []))
  const target = Object.keys(posts[0]?.stance ?? {}).sort()[0] ?? ''
  const camps = ['favor', 'against'].map((side) => those(({ stance }) => (stance[target]?.[side] ?? 0) > 0.5))
  const tones = ['negative', 'positive'].map((tone) => those(({ sentiment }) => (sentiment[tone] ?? 0) > 0.5))
  return [those(() => true), ...(camps.every(({ length }) => length >= leastSide) ? camps : tones)]
}

/** Beyond this many posts of a window, its themes are those of a fair sample; and posts told of each theme. */
const mostScanned = 6_000
const mostTold = 50

/** The themes of a topic in a window, asked of the store. */
export async function themes(
  topic: Topic,
  window: Window,
  { ask, model, error }: { ask: Grounds; model: string; error: ModelErrors },
): Promise<Themes> {
  const filter: Filter = { topic: { topic: topic.id, version: topic.version }, model, window }
  const posts = await ask.sample(filter, mostScanned)
  const whole = posts.length < mostScanned ? posts.length : (await ask.coverage(filter)).posts
  const copies = await clustersApart(posts)
  const clusters = posts.flatMap(({ skipped }, at) => (skipped === null ? [copies[at]!] : []))
  const found = await breathing(themesIn(tableOf(posts, error), { topic, clusters }))
  return {
    window,
    posts: whole,
    scanned: posts.length,
    readable: posts.filter(({ skipped }) => skipped === null).length,
    themes: found.map((theme) => ({ ...theme, members: theme.members.slice(0, mostTold) })),
  }
}

interface Found {
  table: Table
  texts: Text[]
  /** The mean of all embeddings. */
  middle: Float32Array | null
  lower: string[]
}

function themeOf(telling: Telling, found: Found): Theme | null {
  const { table, texts, lower } = found
  const spellings = telling.keys.map((key) => spellingsOf(texts, { key, rows: telling.rows }))
  const phrase = usual(spellings[0]!)
  const forms = [...new Set(spellings.flatMap((each) => [...each.keys()].map((text) => text.toLowerCase())))].sort()
  const has = mentions({ forms })
  const any = holding(forms)
  // Most texts hold no form in whatever way, which is sooner seen.
  const rows = lower.flatMap((text, row) => (forms.some((form) => text.includes(form)) && any.test(text) ? [row] : []))
  const authors = authorsOf(table, rows)
  if (authors < leastAuthors) return null
  const near = nearnessTo(rows, found)
  const name = ({ source, id }: ScoredPost) => `${source} ${id}`
  const central = rows.toSorted((a, b) => near(b) - near(a) || (name(table.posts[a]!) < name(table.posts[b]!) ? -1 : 1))
  const isMember = new Set(rows)
  return {
    id: idOf(telling.key),
    ...{ phrase, forms, posts: rows.length, authors },
    share: shareWhere(table, (row) => isMember.has(row), { rows: wordedRows(table) }),
    members: central.map((row) => table.posts[row]!.id),
    ...grouped(sharesIn(table, { rows })),
    best: best(central, { table, near, has }),
  }
}

/** "night line" -> "night-line": words of a phrase hold no hyphen, so two phrases never share it. */
const idOf = (key: string) => key.replaceAll(' ', '-')

/** How near a row is to the middle of some rows, as seen from the middle of all; -1 where the encoder did not say. */
function nearnessTo(rows: number[], { table: { posts }, middle }: Found): (row: number) => number {
  const own = meanOf(rows.map((row) => posts[row]!.embedding))
  if (!own || !middle) return () => -1
  const direction = own.map((x, i) => x - middle[i]!)
  const length = 127 * Math.hypot(...direction) || 1
  const near = new Map(rows.map((row) => [row, along(posts[row]!.embedding, direction) / length]))
  return (row) => near.get(row)!
}

function along(embedding: Int8Array | null, direction: Float32Array): number {
  if (!embedding) return -127
  let sum = 0
  for (let i = 0; i < direction.length; i++) sum += embedding[i]! * direction[i]!
  return sum
}

/** Posts that can be quoted with the phrase in the quotation: near the middle of the theme, and brief. */
function best(
  central: number[],
  { table, near, has }: { table: Table; near: (row: number) => number; has: (text: string) => boolean },
): string[] {
  const fit = central.flatMap((row) => {
    const text = quoteOf(table.posts[row]!)
    if (text === null || text.length < 40 || !has(text) || !/^[\p{Lu}\p{N}]/u.test(text)) return []
    return { row, worth: near(row) - Math.abs(text.length - 90) / 400 }
  })
  fit.sort((a, b) => b.worth - a.worth)
  return fit.slice(0, mostBest).map(({ row }) => table.posts[row]!.id)
}

/** Estimates by measure, as a theme holds them. */
function grouped(shares: Map<string, Estimate>): Pick<Theme, 'sentiment' | 'emotion' | 'stance'> {
  const groups: Pick<Theme, 'sentiment' | 'emotion' | 'stance'> = { sentiment: {}, emotion: {}, stance: {} }
  for (const [measure, share] of shares) {
    const [kind, label] = [measure.slice(0, measure.indexOf('.')), measure.slice(measure.lastIndexOf('.') + 1)]
    if (kind === 'stance') {
      const target = measure.slice(7, measure.lastIndexOf('.'))
      groups.stance[target] = { ...groups.stance[target], [label]: share }
    } else if (kind === 'sentiment' || kind === 'emotion') groups[kind][label] = share
  }
  return groups
}
