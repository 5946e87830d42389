// Which posts may be quoted, and which words of theirs. A quotation is a live post to the letter, but for the tags at its
// end. Pure. Never shows a post that insults, or whose author asks not to be shown.
import type { ScoredPost, StoredPost } from '../answers.ts'

const shortest = 30
const longest = 170
/** A quotation stands for a label only when the model is this sure of it. */
const sure = 0.85
/** ... and of its not being meant the other way round. */
const mostIrony = 0.45

/** A post that may be shown to anybody: its author does not object, it insults nobody, and it is no mere irony. */
export function isQuotable({ quotable, offensive, hate, irony, lang, skipped }: StoredPost): boolean {
  return (
    quotable &&
    skipped === null &&
    lang.startsWith('en') &&
    (offensive ?? 1) < 0.35 &&
    (hate ?? 1) < 0.3 &&
    (irony ?? 1) < 0.6
  )
}

// Quoted inside a sentence: no line breaks, quotation marks, links, mentions or hidden characters; and no percentage,
// which a reader would take for one of ours.
const unfit = /\d\s?(?:[%٪％]|per\s?cent)|&\w+;|\bRT\b|[\p{Cc}\p{Cf}\ufffd"“”„«»<>]|https?:|www\.|@|\p{M}{2}/iu

/**
 * The words of a post that may be quoted: all of them, without the tags that hang at its end; null when they cannot stand
 * alone. Never a part: what is left out may turn the meaning.
 */
export function quoteOf(post: StoredPost): string | null {
  if (post.text.length > longestRead || !isQuotable(post)) return null
  const whole = tidy(post.text)
  return isFit(whole) ? whole : null
}

/** Far beyond what may be quoted: not looked at any further. */
const longestRead = 600

/** Without the tags and signs that hang behind its last sentence: "hope. #PeaceTalks #Ukraine" -> "hope." */
function tidy(text: string): string {
  const whole = text.trim()
  const words = whole.split(/\s+/u)
  let left = words.length
  while (left > 1 && hangsOn.test(words[left - 1]!)) left--
  // Where no sentence ends before them, they may be a part of it.
  if (left === words.length || !/[.!?…]$/u.test(words[left - 1]!)) return whole
  const tags = words.slice(left)
  return whole.slice(0, whole.lastIndexOf(tags[0]!, whole.length - tags.join(' ').length)).trimEnd()
}

/** A tag, or signs alone. No letter repeats within it, so that no run of them takes long. */
const hangsOn = /^(?:#[\p{L}\p{N}_]+|[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{RI}\p{M}\p{Cf}]+)$/u

function isFit(text: string): boolean {
  const words = text.split(/\s+/)
  const shouted = words.filter((word) => /^\p{Lu}{3,}$/u.test(word)).length
  return (
    text.length >= shortest &&
    text.length <= longest &&
    words.length >= 5 &&
    shouted <= 3 &&
    (text.match(/#/g)?.length ?? 0) <= 2 &&
    // Answers to somebody need what they answer.
    !/^(?:and|but|because|so|also|then|or|which|this|that|these|those|it|he|she|they|exactly|same|yes|no|lol|ok)\b/iu.test(
      text,
    ) &&
    !unfit.test(text)
  )
}

/** Of posts in order of fitness, those that can be quoted, with their words; no two of one author, no two alike. */
export function quotesFrom(posts: ScoredPost[], most: number): { post: ScoredPost; text: string }[] {
  const found: { post: ScoredPost; text: string }[] = []
  for (const post of posts) {
    if (found.length === most) break
    if (found.some((one) => one.post.author === post.author || one.post.copy === post.copy)) continue
    const text = quoteOf(post)
    if (text !== null && !found.some((one) => isAlike(one.text, text))) found.push({ post, text })
  }
  return found
}

/** How sure the model is that a post shows a measure (sentiment.x, emotion.x, stance.target.side); 0: it says nothing. */
export function probability({ sentiment, emotion, stance }: StoredPost, measure: string): number {
  const label = measure.slice(measure.lastIndexOf('.') + 1)
  if (measure.startsWith('stance.')) return stance[measure.slice(7, measure.lastIndexOf('.'))]?.[label] ?? 0
  return (measure.startsWith('sentiment.') ? sentiment[label] : emotion[label]) ?? 0
}

export const isSure = (post: StoredPost, measure: string): boolean =>
  probability(post, measure) >= sure && (post.irony ?? 1) <= mostIrony

/** Two texts that share most of their words say one thing twice. */
function isAlike(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu)))
  const shared = [...a!].filter((word) => b!.has(word)).length
  return shared > 0.6 * Math.min(a!.size, b!.size)
}
