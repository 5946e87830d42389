// Interim: replaced by the branch of themes.
import type { ScoredPost } from '../answers.ts'
import type { Theme } from '../conclusions.ts'
import type { ModelErrors, Topic } from '../types.ts'
import { quoteOf } from './quotes.ts'
import { shareWhere, tableOf } from './shares.ts'

const stop = new Set(
  'the a an and or but of to in on for with is are was were be been it its this that i you he she they we my your our their me him her them not no so as at by from have has had do does did will would can could just what who when where how why there here all any some more most one if than then too very about into out up down over after before again only own same now get got go going like know think want need say said see still never ever every even much many'.split(
    ' ',
  ),
)
export function themesOf(all: ScoredPost[], { topic, error }: { topic: Topic; error: ModelErrors }): Theme[] {
  const table = tableOf(all, error)
  const own = new Set(
    `${topic.name} ${topic.query} ${topic.targets.map(({ text }) => text).join(' ')}`.toLowerCase().match(/\p{L}+/gu),
  )
  const by = new Map<string, Set<number>>()
  const rows = new Map<string, number[]>()
  for (const [row, { text }] of table.posts.entries()) {
    for (const word of new Set(text.toLowerCase().match(/\p{L}{4,}/gu) ?? [])) {
      if (stop.has(word) || own.has(word)) continue
      by.set(word, (by.get(word) ?? new Set()).add(table.author[row]!))
      rows.set(word, [...(rows.get(word) ?? []), row])
    }
  }
  return [...by]
    .filter(([, authors]) => authors.size >= 12)
    .sort((a, b) => b[1].size - a[1].size)
    .slice(0, 6)
    .map(([phrase]) => {
      const members = rows.get(phrase)!
      const inside = new Set(members)
      const best = members
        .map((row) => table.posts[row]!)
        .filter((post) => quoteOf(post))
        .sort((a, b) => a.text.length - b.text.length)
      return {
        id: phrase,
        phrase,
        forms: [phrase],
        posts: members.length,
        authors: by.get(phrase)!.size,
        share: shareWhere(table, (row) => inside.has(row)),
        members: members.map((row) => table.posts[row]!.id),
        emotion: {},
        sentiment: {},
        stance: {},
        best: best.map(({ id }) => id),
      }
    })
}
export const mentions =
  ({ forms }: Theme) =>
  (text: string) =>
    forms.some((form) => new RegExp(`(?<![\\p{L}\\p{N}_])${form}(?![\\p{L}\\p{N}_])`, 'iu').test(text))
