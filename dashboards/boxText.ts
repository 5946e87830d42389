// A box as plain text, for where there is no markup: the alternative text of its card, the description of a link to it.
// Whole sentences only; what does not fit is left out, never cut. Adds no word about what people say.
import type { Sentence } from '../conclusions.ts'
import type { Box, BoxLanguage } from './box.ts'
import { boxWords } from './boxWords.ts'
import { inXml } from './picture.ts'
import { capital } from './words.ts'

export const longestTitle = 200
/** More sources than these are more than there are readers for. */
export const mostSources = 8
const longestSource = 60
/** Characters that readers of alternative texts and link previews have room for. */
const longestSummary = 300
const longestAlt = 1_000
/** Far above any paragraph of ours. */
const longestWhole = 40_000

/** A box, or what one is made for. */
interface Titled {
  topic: { name: string }
  story: { headline: string } | null
}

/** What a box is called: its story's headline, or its topic. */
export const titleOf = ({ story, topic }: Titled): string => inXml(story?.headline ?? capital(topic.name), longestTitle)

/** The sentences of a card in their order, the takeaway first. */
export const toldOf = ({ takeaway, sentences }: Box): Sentence[] => (takeaway ? [takeaway, ...sentences] : sentences)

/** What it rests on: "1,234 posts by 987 accounts, 21 Nov 2026, 13:05 – ... UTC. Sources: Bluesky. ... not a poll." */
export function basisOf(box: Box, language: BoxLanguage): string {
  const words = boxWords(language)
  const sources = words.sources(box.sources.slice(0, mostSources).map((name) => inXml(name, longestSource)))
  const counted = `${words.basis(box.posts, box.authors)}, ${words.period(box.window)}.`
  return [counted, sources && `${sources}.`, words.notAPoll].filter(Boolean).join(' ')
}

/** The beginning of the text in whole sentences, as room allows; why there is none. */
function beginning(box: Box, language: BoxLanguage, room: number): string {
  if (box.refusal) return `${boxWords(language).refusal(box.refusal.reason)} ${box.refusal.missing}`
  let told = ''
  for (const { text } of toldOf(box)) {
    const longer = told ? `${told} ${text}` : text
    if (longer.length > room) break
    told = longer
  }
  return told
}

/** Some sentences and what they rest on. */
export const summaryOf = (box: Box, language: BoxLanguage): string =>
  inXml([beginning(box, language, longestSummary), basisOf(box, language)].filter(Boolean).join(' '), longestWhole)

/** The alternative text of a card. */
export const altOf = (box: Box, language: BoxLanguage): string =>
  inXml(
    [...headOf(box, language), beginning(box, language, longestAlt), basisOf(box, language)].join(' '),
    longestWhole,
  )

/** Everything a box says. */
export const wholeOf = (box: Box, language: BoxLanguage): string =>
  inXml(
    [...headOf(box, language), beginning(box, language, longestWhole), basisOf(box, language)].join(' '),
    longestWhole,
  )

function headOf(box: Box, language: BoxLanguage): string[] {
  const words = boxWords(language)
  const about = box.about ? [`${words.about(inXml(box.about, longestTitle))}.`] : []
  const updated = box.updated ? [`${words.updated(box.updated)}.`] : []
  return [`${words.heading}: ${titleOf(box)}.`, ...about, ...updated]
}
