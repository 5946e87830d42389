// What X can be asked for in place of one term of a query. X's documentation (docs.x.com, "Build a rule" and "Operators" of
// the filtered stream) says: a keyword is one token of the text, split at punctuation, symbols and separators, compared
// without case and with accents; "exact phrase" is exact; #tag and @name hold only for what X recognises as such. So
// - a word is listed in each of its spellings, and `_`, punctuation there, splits it;
// - a phrase becomes its words, for ours allows any punctuation between them;
// - a tag or name becomes its words, too: #a#b, #2026 and @a@example.org are none to X.
// Nothing is documented of text without spaces, and there is no operator for a piece of a word.
import type { Query } from './query.ts'
import type { Spellings } from './spellings.ts'
import type { Word } from './words.ts'
import { allOf, always, anyOf, none, open, type Part, type Term } from './xParts.ts'

export type Leaf = Exclude<Query, { kind: 'and' | 'or' | 'not' }>

/** Scripts that write no spaces; as in letters.ts. */
const dense = /[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u
const handle = /^[a-z0-9_]{1,15}$/
const accountId = /^\d{1,19}$/

export function partOf(leaf: Leaf, spellings: Spellings): Part {
  switch (leaf.kind) {
    case 'words':
      return phrase(leaf.words, spellings)
    case 'tag':
    case 'mention':
      return name(leaf, spellings)
    case 'from':
      // X tells who wrote a post by number: a name would be paid for, and never match here.
      return accountId.test(leaf.value) ? term(`from:${leaf.value}`, 1e-6) : none
    case 'lang':
      return language(leaf.value)
    default:
      return leaf.value === 'x' ? always : none
  }
}

const term = (value: string, share: number, more: Partial<Term> = {}): Term => ({
  ...{ kind: 'term', value, isAlone: true, share },
  ...more,
})

/** Its words, in any order; of those that X cannot look for, the others say enough. */
function phrase(words: Word[], spellings: Spellings): Part {
  const parts = words.map((word, at) => {
    if (word.prefix) return beginning(word.text)
    const isPiece = dense.test(word.text) || word.glued || words[at + 1]?.glued === true
    return isPiece ? piece(words) : anySpelling(word.text, spellings)
  })
  const isLong = (at: number) => words[at]!.text.length > 1
  const told = parts.filter((part, at) => isLong(at) && part.kind !== 'open')
  // Of "don t" the letter tells nothing.
  return allOf(told.length > 0 ? told : parts)
}

const beginning = (text: string): Part =>
  open(
    `X has no operator for the beginning of a word, as in ${text}*`,
    'write out the words that are meant, as in sanction OR sanctions',
  )

function piece(words: Word[]): Part {
  const text = words.map((word) => `${word.glued ? '' : ' '}${word.text}`).join('')
  return open(
    `X has no operator for a piece of a text without spaces, like ${text.trim()}`,
    'look for hashtags instead, or add a word in a script with spaces',
  )
}

/** A word in each spelling, first the one that all others fold to. */
function anySpelling(word: string, spellings: Spellings): Part {
  const known = spellings.get(word) ?? []
  // Nobody writes σ at the end of a word.
  const plain = word.endsWith('σ') ? [word, `${word.slice(0, -1)}ς`] : [word]
  return anyOf([...new Set([...plain, ...known])].map(tokens))
}

/** A spelling as X takes it apart. */
function tokens(spelling: string): Part {
  const parts = spelling.split('_').filter(Boolean)
  if (parts.length === 0) return open(`X has no operator for ${spelling}`, 'leave it out')
  return allOf(parts.map((token) => term(quoted(token), 1 / (1 + token.length) ** 2)))
}

/** What X might read as an operator of its own. */
const quoted = (token: string) => (/^(?:or|and|not)$/.test(token) ? `"${token}"` : token)

/** A tag or a name: what X recognises as such, and the words of what it does not. */
function name({ kind, name: text, prefix }: Extract<Leaf, { name: string }>, spellings: Spellings): Part {
  if (prefix) return beginning(`${kind === 'tag' ? '#' : '@'}${text}`)
  const words = kind === 'tag' ? [text] : text.split(/[.@-]/)
  const spelt = allOf(words.map((word) => anySpelling(word, spellings)))
  if (kind === 'mention') {
    return handle.test(text) ? anyOf([term(`@${text}`, 1e-5, { isSpare: true }), spelt]) : spelt
  }
  const tags = [...new Set([text, ...(spellings.get(text) ?? [])])]
  return anyOf([...tags.map((tag) => term(`#${tag}`, 1e-5, { isSpare: true })), spelt])
}

/** The codes that the list of the filtered stream's operators names, and ours of which it has another. */
const languages = new Set(
  `am ar hy eu bn bg ca hr cs da nl en et fi fr ka de el gu iw hu in it ja kn ko lv lt ml mr no fa pl pt ro ru sr sk sl es
  sv ta te th tr uk ur vi`.split(/\s+/),
)
const renamed: Record<string, string> = { he: 'iw', id: 'in', nb: 'no', nn: 'no' }

/** Posts of X say no region, but for Chinese and for Hindi in Latin letters; those are not asked for: names differ. */
function language(value: string): Part {
  const [code = '', region] = value.split('-')
  const named = renamed[code] ?? code
  if (languages.has(named)) return region ? none : term(`lang:${named}`, 0.2, { isAlone: false })
  return open(`X has no operator for lang:${value} that is sure to find all of it`, 'add a word, a hashtag or a name')
}
