// Questions to a small invented store: the summaries and posts of facts.ts, and what a test changes about them.
import type { Coverage, Filter, PostsQuery, Questions, StoredPost, Summary } from '../../answers.ts'
import { post, summary, topic, usual } from './facts.ts'

export interface FakeQuestions extends Questions {
  /** The questions asked so far, by name. */
  asked: string[]
  /** Posts that were deleted meanwhile: shown as evidence, but no longer live. */
  dead: Set<string>
}

export interface Answers {
  summary?: (filter: Filter) => Summary
  coverage?: Partial<Coverage>
  latest?: string | null
  posts?: (measure: string) => StoredPost[]
}

export const covered: Coverage = {
  posts: 640,
  authors: 417,
  scored: 612,
  unscored: {},
  bySource: { bluesky: { posts: 640, authors: 417, latest: '2026-01-01T23:00:00.000Z' } },
  byLang: { en: 640 },
  gaps: [],
}

const shown = (measure: string) => [
  post(`${measure}-1`, `A plain short post that shows ${measure.replaceAll('.', ' ')} well`),
  post(`${measure}-2`, `A second post that shows ${measure.replaceAll('.', ' ')} too`),
]
const measureOf = ({ stance, sentiment, emotion }: PostsQuery) =>
  stance ? `stance.${stance}` : sentiment ? `sentiment.${sentiment}` : `emotion.${emotion}`

export function fakeQuestions(answers: Answers = {}): FakeQuestions {
  const { latest = '2026-01-01T12:00:00.000Z', posts = shown } = answers
  const asked: string[] = []
  const dead = new Set<string>()
  const note =
    <Given extends unknown[], Answer>(name: string, answer: (...given: Given) => Answer) =>
    async (...given: Given) => {
      asked.push(name)
      return answer(...given)
    }
  return {
    asked,
    dead,
    counts: note('counts', () => [
      { topic: topic.id, version: topic.version + 1, posts: 1, authors: 1, latest: '2027-01-01T00:00:00.000Z' },
      ...(latest ? [{ topic: topic.id, version: topic.version, posts: 640, authors: 417, latest }] : []),
    ]),
    summary: note('summary', (filter) => answers.summary?.(filter) ?? summary(usual)),
    coverage: note('coverage', () => ({ ...covered, ...answers.coverage })),
    posts: note('posts', (_, query) => ({ posts: posts(measureOf(query)), next: null })),
    live: note('live', (_, ids) => new Set(ids.filter((id) => !dead.has(id)))),
    post: note('post', () => null),
    audited: note('audited', () => ({ sentiment: {}, emotion: {}, stance: {} })),
    draw: note('draw', () => ({ of: 0, size: 0, probability: 0, posts: [] })),
    places: note('places', () => []),
    sample: note('sample', () => []),
    series: note('series', () => []),
    movers: note('movers', () => []),
  }
}
