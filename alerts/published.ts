// What sites wrote in the hours before a change: how much, against the same hours of the day before, and the words that most
// sites share. Counts and lists, and never says that any of it was the cause. Articles are no posts: nothing here enters a
// share. Headlines are hostile and stay plain text.
import type { Alert, Explanation } from '../alarms.ts'
import type { Questions, Window } from '../answers.ts'
import type { Article } from '../articles.ts'
import { isCommon } from '../commonWords.ts'
import type { Topic } from '../types.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Read for words: the newest of a window. */
const mostRead = 200
const mostListed = 5
const mostWords = 5

/** From six hours before it probably began until it had; undefined where nobody wrote anything then or the day before. */
export async function publishedOf(
  { topic: { topic, version }, began, seenAt }: Alert,
  ask: Pick<Questions, 'articles'>,
  about: Topic | undefined,
): Promise<Explanation['articles']> {
  const window = moved(began, { from: -6 * hourMs, to: 0 })
  const asked = { topic: { topic, version }, receivedBy: seenAt }
  const found = await ask.articles({ ...asked, window, limit: mostRead })
  const dayBefore = moved(window, { from: -dayMs, to: -dayMs })
  const { articles: before } = await ask.articles({ ...asked, window: dayBefore, limit: 0 })
  if (!found.articles && !before) return undefined
  const usual = await ask.articles({
    ...asked,
    window: moved(window, { from: -7 * dayMs, to: Date.parse(window.from) - Date.parse(window.to) }),
    limit: mostRead,
  })
  const { articles, sites, newest } = found
  const words = sharedWords(newest, usual.newest, new Set(wordsOf(about?.query ?? '')))
  return { ...{ window, articles, sites, before, words }, newest: newest.slice(0, mostListed) }
}

function moved({ from, to }: Window, by: { from: number; to: number }): Window {
  return {
    from: new Date(Date.parse(from) + by.from).toISOString(),
    to: new Date(Date.parse(to) + by.to).toISOString(),
  }
}

/** Each word of a headline once, in lower case. */
const wordsOf = (text: string): string[] => [
  ...new Set(text.toLowerCase().match(/\p{L}[\p{L}\p{M}\p{N}]*(?:['’-]\p{L}[\p{L}\p{M}\p{N}]*)*/gu) ?? []),
]

/**
 * Words of several sites that are at least twice as frequent as in the headlines of before: so that words every headline of
 * the topic has, in whatever language, and those of its query, are not told as if they said something.
 */
export function sharedWords(now: Article[], before: Article[], known: Set<string>): { word: string; sites: number }[] {
  const [fresh, usual] = [now, before].map((articles) => countedIn(articles))
  const shareOf = (counted: Map<string, { articles: number }>, word: string, of: number) =>
    (counted.get(word)?.articles ?? 0) / Math.max(1, of)
  const told = [...fresh!].filter(
    ([word, { sites, articles }]) =>
      sites.size > 1 &&
      word.length > 2 &&
      !known.has(word) &&
      !isCommon(word) &&
      articles / now.length >= 2 * shareOf(usual!, word, before.length),
  )
  told.sort(
    ([a, { sites: x, articles: n }], [b, { sites: y, articles: m }]) => y.size - x.size || m - n || (a < b ? -1 : 1),
  )
  return told.slice(0, mostWords).map(([word, { sites }]) => ({ word, sites: sites.size }))
}

function countedIn(articles: Article[]): Map<string, { articles: number; sites: Set<string> }> {
  const counted = new Map<string, { articles: number; sites: Set<string> }>()
  for (const { headline, site } of articles)
    for (const word of wordsOf(headline)) {
      const known = counted.get(word) ?? { articles: 0, sites: new Set() }
      known.articles++
      counted.set(word, { ...known, sites: known.sites.add(site) })
    }
  return counted
}
