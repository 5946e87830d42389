// A kept paragraph holds no word of anyone. Pure: what is told becomes a body in which posts stand by their place and
// quotations by where they begin; what is kept becomes what may be told of it now. A quotation whose post is gone, was
// edited or may no longer be shown takes its sentence along. Fails closed: a body that would hold an id or a word throws.
import { createHash } from 'node:crypto'
import type { KeptEdition, StoredPost } from '../answers.ts'
import type { Claim, Perspective, Sentence } from '../conclusions.ts'
import { CorruptionError } from '../errors.ts'

export const quoteGone = '[A quotation was withdrawn: its post is gone.]'
export const postsGone = '[Withdrawn: the posts behind it are gone.]'

/** A stretch of a post's text. `sum` tells whether it still reads the same; 24 bits tell nobody what it read. */
interface QuoteRef {
  post: number
  start: number
  length: number
  sum: string
}
interface KeptSentence {
  pieces: (string | QuoteRef)[]
  claims: number[]
}
interface KeptClaim extends Omit<Claim, 'id' | 'evidence' | 'quotes'> {
  /** Where it ends in a post's id: what stands before, and the post. */
  id: string | [string, number]
  evidence: number[]
  quotes: QuoteRef[]
}
interface Body extends Omit<Perspective, 'topic' | 'window' | 'text' | 'sentences' | 'claims' | 'takeaway'> {
  form: 1
  /** 1, 2, ... within the topic. */
  number: number
  sentences: KeptSentence[]
  claims: KeptClaim[]
  takeaway: KeptSentence | null
}

/** What may be told of a kept paragraph now. `withdrawn`: sentences of it that may not. */
export interface Restored {
  number: number
  at: string
  perspective: Perspective
  withdrawn: number
}

const sumOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 6)

/** Ids of the posts that a paragraph cites. */
export function citedBy({ claims }: Perspective): string[] {
  return [...new Set(claims.flatMap(({ evidence, quotes }) => [...evidence, ...quotes.map(({ post }) => post)]))]
}

/** What an edition has to know of a post it cites. */
export type Cited = Pick<StoredPost, 'source' | 'id' | 'text'>

export function citedPosts(told: Perspective, posts: readonly Cited[]): Cited[] {
  const ids = new Set(citedBy(told))
  return posts.flatMap(({ source, id, text }) => (ids.has(id) ? [{ source, id, text }] : []))
}

/** The body of a paragraph and the posts it refers to. Throws where one it cites is not among `posts`. */
export function compose(
  told: Perspective,
  posts: readonly Cited[],
  number: number,
): { body: string; posts: { source: string; id: string }[] } {
  const ids = citedBy(told)
  const cited = ids.map((id) => postFor(id, told, posts))
  if (cited.some((post) => post === undefined)) throw new Error('a paragraph cites a post that it was not made of')
  const place = new Map(ids.map((id, at) => [id, at]))
  const refer = ({ post, text }: Claim['quotes'][number]): QuoteRef => {
    const at = place.get(post)!
    return { post: at, start: cited[at]!.text.indexOf(text), length: text.length, sum: sumOf(text) }
  }
  const keep = ({ text, claims: names }: Sentence): KeptSentence => {
    const own = names.map((name) => told.claims.findIndex(({ id }) => id === name))
    const quotes = own.flatMap((nr) => told.claims[nr]?.quotes ?? [])
    return { pieces: piecesOf(text, quotes, refer), claims: own }
  }
  const { topic: _, window: __, text: ___, sentences, claims, takeaway, ...rest } = told
  const body: Body = {
    ...rest,
    form: 1,
    number,
    sentences: sentences.map(keep),
    takeaway: takeaway && keep(takeaway),
    claims: claims.map(({ id, evidence, quotes, ...claim }) => ({
      ...claim,
      id: nameOf(id, ids),
      evidence: evidence.map((one) => place.get(one)!),
      quotes: quotes.map(refer),
    })),
  }
  const text = JSON.stringify(body)
  refuseLeaks(text, told, cited as Cited[])
  return { body: text, posts: cited.map((post) => ({ source: post!.source, id: post!.id })) }
}

/** An id may be of two sources: the quoted one is that whose text holds the quotation. */
function postFor(id: string, { claims }: Perspective, posts: readonly Cited[]): Cited | undefined {
  const named = posts.filter((post) => post.id === id)
  const quoted = claims.flatMap(({ quotes }) => quotes).find(({ post }) => post === id)
  return named.find(({ text }) => quoted && text.includes(quoted.text)) ?? named[0]
}

function piecesOf(text: string, quotes: Claim['quotes'], refer: (quote: Claim['quotes'][number]) => QuoteRef) {
  let pieces: KeptSentence['pieces'] = [text]
  for (const quote of quotes.toSorted((a, b) => b.text.length - a.text.length)) {
    if (!quote.text) continue
    const ref = refer(quote)
    pieces = pieces.flatMap((piece) =>
      typeof piece === 'string' ? piece.split(quote.text).flatMap((part, nr) => (nr ? [ref, part] : [part])) : [piece],
    )
  }
  return pieces.filter((piece) => piece !== '')
}

function nameOf(id: string, posts: string[]): KeptClaim['id'] {
  const at = posts.findIndex((post) => id.endsWith(`:${post}`))
  return at < 0 ? id : [id.slice(0, -posts[at]!.length), at]
}

const single = new Set<Claim['kind']>(['quote', 'minority'])

/** Shorter ones stand in any text: an id like "7", a post that says no more than what its theme is called. */
const leastLeak = { id: 10, words: 25 }

function refuseLeaks(body: string, told: Perspective, cited: Cited[]): void {
  const ids = cited.map(({ id }) => id).filter(({ length }) => length >= leastLeak.id)
  const quotes = told.claims.flatMap((claim) => claim.quotes.map(({ text }) => text))
  const words = [...cited.map(({ text }) => text), ...quotes].filter(({ length }) => length >= leastLeak.words)
  const ours = ownWords(told)
  const written = (theirs: string) => JSON.stringify(theirs).slice(1, -1)
  // Who posts a target's very words, or a date, has not made them theirs.
  if ([...ids, ...words].map(written).some((theirs) => body.includes(theirs) && !ours.includes(theirs)))
    throw new Error('an edition would hold the words of a post: it is not kept')
}

/** What stands in a paragraph whoever posted: names, queries, targets, numbers; no sentence, evidence or quotation. */
function ownWords({ window, made, manifest, blindSpots, claims }: Perspective): string {
  const targets = blindSpots.flatMap((spot) => spot.match(/“.+?”/g) ?? [])
  return JSON.stringify([window, made, manifest, targets, claims.map(({ evidence: _, quotes: __, ...claim }) => claim)])
}

/** The paragraph as it may be told now. */
export function restore(kept: KeptEdition): Restored {
  const { form: _, number, sentences, claims, takeaway, ...rest } = bodyOf(kept.body)
  const post = (place: number): StoredPost | null => kept.posts[place] ?? null
  const whole = claims.map(
    ({ id, evidence, quotes, ...claim }): Claim => ({
      ...claim,
      id: typeof id === 'string' ? id : `${id[0]}${post(id[1])?.id ?? 'withdrawn'}`,
      evidence: evidence.flatMap((place) => post(place)?.id ?? []),
      quotes: quotes.flatMap((ref) => {
        const [text, from] = [quoted(ref, post(ref.post)), post(ref.post)]
        return text === null ? [] : [{ post: from!.id, text }]
      }),
    }),
  )
  let withdrawn = 0
  const tell = ({ pieces, claims: own }: KeptSentence): Sentence => {
    const parts = pieces.map((piece) => (typeof piece === 'string' ? piece : quoted(piece, post(piece.post))))
    // Each of its claims needs as many posts as the gate asks for, as far as it had them.
    const least = (nr: number) => Math.min(claims[nr]!.evidence.length, single.has(whole[nr]!.kind) ? 1 : 2)
    const stands = own.every((nr) => whole[nr]!.evidence.length >= least(nr))
    const text = parts.includes(null) ? quoteGone : stands ? parts.join('') : postsGone
    if (parts.includes(null) || !stands) withdrawn++
    return { text, claims: own.map((nr) => whole[nr]!.id) }
  }
  const told = sentences.map(tell)
  const counted = withdrawn
  const perspective: Perspective = {
    ...rest,
    topic: kept.topic.topic,
    window: kept.window,
    text: told.map(({ text }) => text).join(' '),
    sentences: told,
    claims: whole,
    takeaway: takeaway && tell(takeaway),
  }
  return { number, at: kept.at, perspective, withdrawn: counted }
}

/** The quoted words where the post still has them and may be shown. An edit may have moved them. */
function quoted({ start, length, sum }: QuoteRef, post: StoredPost | null): string | null {
  if (!post?.quotable || start < 0) return null
  const there = post.text.slice(start, start + length)
  if (sumOf(there) === sum) return there
  for (let at = 0; at + length <= post.text.length; at++) {
    const words = post.text.slice(at, at + length)
    if (sumOf(words) === sum) return words
  }
  return null
}

function bodyOf(text: string): Body {
  try {
    const body = JSON.parse(text) as Body
    if (body.form === 1) return body
  } catch {
    // told below: what does not parse is as broken as what parses to something else
  }
  throw new CorruptionError('a kept paragraph is not what this version wrote; run the newer version, or drop its topic')
}
