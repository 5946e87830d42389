// How many posts per second one core matches against 1,000 boolean topics, and how that compares with what one would
// write first: a loop over the topics with precompiled regular expressions on a text folded once. Both run in turns in
// one process (A/B/A/B), so a busy machine slows both; the loop is timed on a part of the posts, being slow.
import { createMatcher } from '../analyze/match.ts'
import { parseQuery, type Query } from '../analyze/query.ts'
import type { PostChange } from '../types.ts'
import { makePosts, makeTopic, makeWorld } from './posts.ts'

const postCount = 200_000
const topicCount = 1000
const rounds = 5

type Test = (folded: string, post: PostChange) => boolean
const letter = '[\\p{L}\\p{N}_]'
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')

/**
 * The expression of a term, as someone who knows regular expressions would write it: it starts with the literal, which
 * the engine can search for, and looks behind afterwards. The text is folded, so `i` is not needed and would only slow.
 */
function pattern(query: Query): string | undefined {
  if (query.kind === 'words') {
    const isDense = /\p{scx=Hani}/u.test(query.words[0]!.text)
    const parts = query.words.map(({ text, prefix, glued }, i) => {
      const gap = i === 0 || glued ? '' : `[^\\p{L}\\p{N}_]+`
      const behind = i === 0 && !isDense ? `(?<!${letter}${escaped(text)})` : ''
      return `${gap}${escaped(text)}${behind}${prefix ? `${letter}*` : ''}`
    })
    return isDense ? parts.join('') : `${parts.join('')}(?!${letter})`
  }
  if (query.kind === 'tag') return `#${escaped(query.name)}${query.prefix ? '' : `(?!${letter})`}`
  if (query.kind === 'mention') return `@${escaped(query.name)}(?!${letter}|-)`
  return undefined
}

/** Alternatives become one expression; the rest short-circuits. */
function compile(query: Query): Test {
  const own = pattern(query)
  if (own !== undefined) {
    const expression = new RegExp(own, 'u')
    return (folded) => expression.test(folded)
  }
  if (query.kind === 'not') {
    const part = compile(query.part)
    return (folded, post) => !part(folded, post)
  }
  if (query.kind === 'and') {
    const parts = query.parts.map(compile)
    return (folded, post) => parts.every((part) => part(folded, post))
  }
  if (query.kind === 'or') return compileAny(query.parts)
  if (query.kind === 'lang') return (_, post) => `${post.lang?.toLowerCase()}-`.startsWith(`${query.value}-`)
  if (query.kind === 'source') return (_, post) => post.source === query.value
  throw new Error(`the topics of this benchmark hold no ${query.kind}`)
}

function compileAny(parts: Query[]): Test {
  const patterns = parts.map(pattern)
  if (!patterns.includes(undefined)) {
    const expression = new RegExp(patterns.join('|'), 'u')
    return (folded) => expression.test(folded)
  }
  const tests = parts.map(compile)
  return (folded, post) => tests.some((test) => test(folded, post))
}

const foldOnce = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()

interface Timed {
  posts: number
  seconds: number
  matched: number
  pairs: string
}

function time(posts: PostChange[], match: (post: PostChange) => readonly number[]): Timed {
  let matched = 0
  let pairs = 0
  const start = performance.now()
  for (const post of posts) {
    const found = match(post)
    if (found.length > 0) matched++
    for (const topic of found) pairs = (Math.imul(pairs, 31) + topic + post.text.length) | 0
  }
  return { posts: posts.length, seconds: (performance.now() - start) / 1000, matched, pairs: pairs.toString(16) }
}

const rate = (timed: Timed) => timed.posts / timed.seconds
const sorted = (values: number[]) => values.toSorted((a, b) => a - b)
const spread = (values: number[]) => {
  const order = sorted(values)
  const [median, low, high] = [order[order.length >> 1]!, order[0]!, order.at(-1)!].map((value) => Math.round(value))
  return { median: median!, low: low!, high: high! }
}

export function run(args: string[] = []) {
  const seed = Number(args[0] ?? 1)
  const world = makeWorld(seed)
  const queries = Array.from({ length: topicCount }, () => parseQuery(makeTopic(world, 10_000)))
  const posts = makePosts(world, postCount)
  const matcher = createMatcher(queries)
  const loop = queries.map(compile)
  const byLoop = (post: PostChange) => {
    const folded = foldOnce(post.text)
    return loop.flatMap((test, topic) => (test(folded, post) ? [topic] : []))
  }
  const ours: Timed[] = []
  const theirs: Timed[] = []
  const part = postCount / 100
  for (let round = 0; round < rounds; round++) {
    ours.push(time(posts, (post) => matcher.match(post)))
    theirs.push(time(posts.slice(round * part, (round + 1) * part), byLoop))
    const same = time(posts.slice(round * part, (round + 1) * part), (post) => matcher.match(post))
    if (same.pairs !== theirs[round]!.pairs) throw new Error('the loop and the matcher disagree')
  }
  return report(posts, ours, theirs, seed)
}

function report(posts: PostChange[], ours: Timed[], theirs: Timed[], seed: number) {
  const lengths = sorted(posts.map((post) => post.text.length))
  const result = {
    seed,
    topics: topicCount,
    posts: postCount,
    rounds,
    medianLength: lengths[lengths.length >> 1]!,
    ascii: posts.filter((post) => !/[^\n -~]/.test(post.text)).length / postCount,
    matchedShare: ours[0]!.matched / postCount,
    postsPerSecond: spread(ours.map(rate)),
    regexLoopPostsPerSecond: spread(theirs.map(rate)),
    ratio: spread(ours.map((one, i) => rate(one) / rate(theirs[i]!))),
  }
  const { postsPerSecond: own, regexLoopPostsPerSecond: loop, ratio } = result
  console.log(`${topicCount} topics, ${postCount} posts (median ${result.medianLength} characters, seed ${seed})`)
  console.log(`${(result.ascii * 100).toFixed(0)} % ASCII, ${(result.matchedShare * 100).toFixed(1)} % match a topic`)
  console.log(`matcher          ${own.median} posts/s on one core (${own.low} to ${own.high}, ${rounds} rounds)`)
  console.log(`regex per topic  ${loop.median} posts/s (${loop.low} to ${loop.high})`)
  console.log(`ratio            ${ratio.median} (${ratio.low} to ${ratio.high}); both found the same`)
  return result
}
