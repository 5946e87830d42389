// Which language a post is read as: the one it was given, else the one its words tell. The only file that knows eld.
// A given language is trusted; identifying is for posts without one. What cannot be told stays '' (unknown).
// Must never throw on text or on a tag, and must never guess from too little: see docs/decisions/007-languages.md.
import { eld } from 'eld/extrasmall'

const canonical = new Map<string, string>()
const mostTags = 1_000

/** A given tag in its canonical form ("EN-us" -> "en-US", "eng" -> "en"); '' for none, "und" or nonsense. */
export function givenLanguage(tag: string | null): string {
  if (tag === null || tag === '') return ''
  let known = canonical.get(tag)
  if (known === undefined) {
    known = canonicalTag(tag)
    if (canonical.size < mostTags) canonical.set(tag, known)
  }
  return known
}

function canonicalTag(tag: string): string {
  try {
    const [found = ''] = Intl.getCanonicalLocales(tag.replaceAll('_', '-'))
    return ['und', 'mul', 'zxx', 'mis'].includes(primary(found)) ? '' : found
  } catch {
    return ''
  }
}

/** "pt-BR" -> "pt". */
export function primary(tag: string): string {
  return tag.split('-', 1)[0]!
}

/** The language of folded words (foldCopy); '' when they are too few or too mixed to tell. */
export function identify(words: string): string {
  const found = eld.detect(words)
  return found.isReliable() ? found.language : ''
}

const shortWords = 8

/**
 * Whether a model of these languages reads such a text. What cannot be told counts as read when it is short and Latin
 * or has no letters: "ok sure" and an emoji must not be lost. A long text that cannot be told is mixed or romanised.
 */
export function reads(languages: readonly string[], lang: string, words: string): boolean {
  if (lang !== '') return languages.includes(primary(lang)) || languages.includes(lang)
  return words.split(' ', shortWords).length < shortWords && !/(?!\p{Script=Latin})\p{L}/u.test(words)
}
