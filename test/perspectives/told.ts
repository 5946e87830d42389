// Invented paragraphs for the tests of editions: claims, evidence and quotations of hostile texts, by fast-check.
import fc from 'fast-check'
import type { KeptEdition, StoredPost } from '../../answers.ts'
import type { Claim, Perspective } from '../../conclusions.ts'
import { topic, window } from './crowd.ts'

export function post(id: string, text: string, more: Partial<StoredPost> = {}): StoredPost {
  return {
    ...{ id, source: 'import', topic: topic.id, at: window.from, text, lang: 'en', likes: null, reposts: null },
    ...{ quotable: true, skipped: null, sentiment: {}, emotion: {}, irony: 0, offensive: 0, hate: 0, stance: {} },
    ...{ copies: 1, model: 'test@1' },
    ...more,
  }
}

export const claimOf = (id: string, more: Partial<Claim> = {}): Claim => ({
  ...{
    id: `${topic.id}@1:${id}`,
    kind: 'prevalence',
    says: 'a share',
    measure: id,
    scope: '',
    estimate: 0.5,
    low: 0.45,
    high: 0.55,
  },
  ...{ posts: 640, authors: 417, clusters: 600, word: null, fragility: 40, evidence: ['p1', 'p2'], quotes: [] },
  ...{ model: 'test@1', topicVersion: 1 },
  ...more,
})

export function toldOf(sentences: [string, Claim[]][], more: Partial<Perspective> = {}): Perspective {
  const told = sentences.map(([text, claims]) => ({ text, claims: claims.map(({ id }) => id) }))
  const claims = [...new Set(sentences.flatMap(([, own]) => own))]
  return {
    ...{
      topic: topic.id,
      window,
      text: told.map(({ text }) => text).join(' '),
      refusal: null,
      sentences: told,
      claims,
    },
    ...{ takeaway: null, blindSpots: ['People who post are not the public.'], made: [], disagreements: [] },
    manifest: {
      topicVersion: 1,
      model: 'test@1',
      code: '0.1.0',
      writer: 'built-in',
      posts: 640,
      hash: 'posts1-claims1',
    },
    ...more,
  }
}

/** Kept as the store would give it back: posts by place, null where `dead`. */
export function keptOf(body: string, posts: (StoredPost | null)[], at = window.to): KeptEdition {
  return { topic: { topic: topic.id, version: 1 }, model: 'test@1', window, at, body, posts }
}

const words = fc.oneof(
  fc.string({ minLength: 12, maxLength: 60, unit: 'binary' }),
  fc.constantFrom(
    '"quoted" \\ {"~":1}',
    'a quotation “inside” a post',
    '51% (47–55%) of nothing',
    '\u0000\n\u2028 lines',
  ),
)

export interface Drawn {
  told: Perspective
  posts: StoredPost[]
  /** Sentence numbers by the post they quote, and by the posts all their evidence is of. */
  quotes: string[]
}

/** A paragraph of shares and quotations over posts of hostile text. */
export const anyTold: fc.Arbitrary<Drawn> = fc
  .array(fc.record({ text: words, from: fc.nat(8), quoted: fc.boolean(), short: fc.boolean() }), {
    minLength: 1,
    maxLength: 7,
  })
  .map((drafts) => {
    const posts = drafts.map(({ text }, nr) => post(`at://post/${nr}/id`, `- <${nr}>${text} -`))
    const sentences = drafts.map(({ from, quoted, short }, nr): [string, Claim[]] => {
      const own = posts[nr]!
      if (!quoted) {
        const evidence = [own.id, posts[from % posts.length]!.id]
        return [`Sentence ${nr}: 5${nr}% (40–60%) say so.`, [claimOf(`emotion.${nr}`, { evidence })]]
      }
      const text = short ? own.text.slice(2, -2) : own.text
      const quote = {
        measure: 'sentiment.negative',
        evidence: [own.id],
        quotes: [{ post: own.id, text }],
        kind: 'quote' as const,
        estimate: null,
      }
      return [`One post reads: “${text}”.`, [claimOf(`quote:${own.id}`, quote)]]
    })
    const told = toldOf(sentences)
    const [first] = told.sentences
    return {
      told: { ...told, takeaway: first! },
      posts,
      quotes: told.claims.flatMap(({ quotes }) => quotes.map((q) => q.post)),
    }
  })
