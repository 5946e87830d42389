// The obviously right evaluator that the fast one is held against: folds with String.normalize, splits with regular
// expressions, walks the query for each topic. Shares no code with analyze/ but the query's type.
import type { Query } from '../../analyze/query.ts'
import type { Matchable } from '../../analyze/scan.ts'

const marks = /(?![\u3099\u309a])(?=\p{M})[\p{sc=Zinh}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}]/gu
const invisible = /(?!\u200b)[\p{Default_Ignorable_Code_Point}\p{Cf}\u0640]/gu
const letters = '[[\\p{L}\\p{N}\\p{M}_]--[\\u02b9-\\u02bf\\u02c8\\u02ca\\u02cb]]'
const unspaced =
  '[\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Bopo}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}]'
const runs = new RegExp(`${letters}+`, 'gv')
const pieces = new RegExp(`[${letters}&&${unspaced}]|[${letters}--${unspaced}]+`, 'gv')
const label = `${letters}+`
const tags = new RegExp(`(?<!${letters}|&)#(${label})`, 'gv')
const mentions = new RegExp(`(?<!${letters}|&)@(${label}(?:[.@\\-]${label})*)`, 'gv')

export function referenceFold(text: string): string {
  const bare = text.normalize('NFKD').replace(marks, '').replace(invisible, '')
  const folded = [...bare].map((letter) => letter.toLowerCase().toUpperCase().toLowerCase()).join('')
  return folded.normalize('NFC').replace(marks, '')
}

interface Seen {
  words: { text: string; glued: boolean }[]
  tags: string[]
  mentions: string[]
}

function look(text: string): Seen {
  const folded = referenceFold(text)
  const words: Seen['words'] = []
  for (const [run] of folded.matchAll(runs)) {
    for (const [i, [piece]] of [...run.matchAll(pieces)].entries()) words.push({ text: piece, glued: i > 0 })
  }
  const unlinked = folded.replace(/:\/\/\S*/g, '://')
  const names = [...unlinked.matchAll(mentions)].map((name) => name[1]!)
  return { words, tags: [...unlinked.matchAll(tags)].map((tag) => tag[1]!), mentions: names }
}

const is = (text: string, wanted: string, prefix: boolean) => (prefix ? text.startsWith(wanted) : text === wanted)

/** True when the post is about the query. */
export function referenceMatch(query: Query, post: Matchable): boolean {
  return holds(query, post, look(post.text))
}

function holds(query: Query, post: Matchable, seen: Seen): boolean {
  switch (query.kind) {
    case 'and':
      return query.parts.every((part) => holds(part, post, seen))
    case 'or':
      return query.parts.some((part) => holds(part, post, seen))
    case 'not':
      return !holds(query.part, post, seen)
    case 'words':
      return seen.words.some((_, first) =>
        query.words.every(({ text, prefix, glued }, i) => {
          const word = seen.words[first + i]
          return word !== undefined && is(word.text, text, prefix) && (!glued || word.glued)
        }),
      )
    case 'tag':
      return seen.tags.some((tag) => is(tag, query.name, query.prefix))
    case 'mention': {
      const known = seen.mentions.flatMap((name) => (query.prefix ? [name] : [name, name.split(/[.@]/)[0]!]))
      return known.some((name) => is(name, query.name, query.prefix))
    }
    case 'from':
      return post.author?.toLowerCase() === query.value
    case 'source':
      return post.source.toLowerCase() === query.value
    case 'lang':
      return `${post.lang?.toLowerCase() ?? ''}-`.startsWith(`${query.value}-`)
  }
}
