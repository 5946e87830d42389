// What was seen of a window, counted over its posts: the same as `ask.coverage` tells, where all of them are here. Pure.
import type { Coverage, ScoredPost } from '../answers.ts'
import { weightOf } from '../inclusion.ts'

export function seenIn(
  posts: readonly ScoredPost[],
  gaps: Coverage['gaps'],
  otherModels: Coverage['otherModels'] = [],
): Coverage {
  const bySource: Coverage['bySource'] = {}
  for (const [source, own] of Map.groupBy(posts, (post) => post.source)) {
    const latest = own
      .map(({ at }) => at)
      .sort()
      .at(-1)!
    const volume = Math.round(own.reduce((sum, post) => sum + weightOf(post), 0))
    bySource[source] = { posts: own.length, volume, authors: authorsOf(own), latest }
  }
  const byLang: Coverage['byLang'] = {}
  const unscored: Coverage['unscored'] = {}
  for (const { lang, skipped } of posts) {
    byLang[lang] = (byLang[lang] ?? 0) + 1
    if (skipped) unscored[skipped] = (unscored[skipped] ?? 0) + 1
  }
  const scored = posts.filter(({ skipped }) => skipped === null).length
  return { posts: posts.length, authors: authorsOf(posts), scored, unscored, bySource, byLang, gaps, otherModels }
}

const authorsOf = (posts: readonly ScoredPost[]): number => new Set(posts.map(({ author }) => author)).size
