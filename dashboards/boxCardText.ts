// What a card may say of a box with the fonts it has: names without pictures, sentences whole and in their order. The
// first sentence that cannot be drawn ends the text: a card shows a beginning of the paragraph or none of it, and so never
// misquotes it. Pure; every text it returns can be drawn.
import type { Sentence } from '../conclusions.ts'
import type { Box, BoxClaim, BoxLanguage } from './box.ts'
import { mostSources, titleOf, toldOf } from './boxText.ts'
import { boxWords } from './boxWords.ts'
import { type Coverage, drawn, isDrawable, withoutPictures } from './glyphs.ts'
import { inXml } from './picture.ts'

export interface CardText {
  heading: string
  title: string
  /** What it is about, where that is broader than the title; ''. */
  about: string
  /** The beginning in sentences; empty where it cannot be drawn. */
  told: string[]
  /** Where to read it then. */
  elsewhere: string
  /** The shares that the beginning is about, to be drawn together or not at all: one side alone would mislead. */
  claims: BoxClaim[]
  interval: string
  /** The latest correction; ''. */
  updated: string
  basis: string
  caution: string
  check: string
}

/** Characters: nothing longer than this has room on any card. */
const longest = 700
const longestName = 200

export function cardTextOf(box: Box, language: BoxLanguage, has: Coverage): CardText {
  const words = boxWords(language)
  const said = (text: string) => (text.length <= longest && isDrawable(drawn(text), has) ? drawn(text) : '')
  const named = (name: string) => said(withoutPictures(inXml(name, longestName), has))
  const host = new URL(box.page).host
  const about = box.about && named(box.about)
  const sources = box.sources.slice(0, mostSources).map(named).filter(Boolean)
  const told = toldIn(box, { said, refusal: words.refusal })
  return {
    heading: drawn(words.heading),
    title: named(titleOf(box)) || named(box.topic.name) || inXml(box.evidence.replace(/^https?:\/\//, ''), longestName),
    about: about ? said(words.about(about)) : '',
    told,
    elsewhere: said(words.readAt(host)),
    claims: told.length && !box.refusal ? claimsOf(box, said) : [],
    interval: drawn(words.interval),
    updated: box.updated ? said(words.updated(box.updated)) : '',
    basis: drawn(`${words.basis(box.posts, box.authors)}, ${words.period(box.window)}`),
    caution: [words.notAPoll, words.sources(sources)].filter(Boolean).map(drawn).join(' '),
    check: said(box.refusal ? host : words.checkAt(host)),
  }
}

interface Saying {
  said(text: string): string
  refusal(reason: string): string
}

/** Up to the first that cannot be drawn. A takeaway is no part of the paragraph, which begins at its beginning. */
function toldIn(box: Box, { said, refusal }: Saying): string[] {
  const { refusal: refused, takeaway } = box
  const told = (refused ? [refusal(refused.reason), refused.missing] : toldOf(box).map(({ text }) => text)).map(said)
  if (takeaway && !refused && !told[0]) told.shift()
  const end = told.indexOf('')
  return told.slice(0, end < 0 ? undefined : end)
}

/** A takeaway compares its first two, or rests on one; a sentence may set three beside each other. */
function claimsOf({ takeaway, sentences, claims }: Box, said: Saying['said']): BoxClaim[] {
  const isShare = ({ text, share }: BoxClaim) => Object.values(share).every((part) => part !== null) && said(text)
  const citedBy = (one: Sentence | null | undefined) =>
    (one?.claims ?? []).flatMap((id) => claims.find((claim) => claim.id === id) ?? []).filter(isShare)
  const compared = takeaway && said(takeaway.text) ? citedBy(takeaway).slice(0, 2) : []
  return compared.length ? compared : citedBy(sentences[0]).slice(0, 3)
}
