// The built-in writer: claims become plain, fair English. Deterministic: the same ledger gives the same text. It says
// nothing that no claim says, and asserts "more", "most" or "rose" only where the claims' intervals do. 90 to 180 words
// where the ledger has that much to tell: what matters first, then voices until there is enough.
import { hash } from 'node:crypto'
import type { Claim, Ledger, Narrate, Sentence } from '../conclusions.ts'
import { isBareWord } from './bare.ts'
import { closing, contrastOf, feelingOf } from './comparisons.ts'
import { ended, find, labelOf, type Slots, say, sideOf, splitMeasure, type Told, type Variant } from './say.ts'
import { counted, exceeds, feeling, quantifierFor, series, withInterval } from './words.ts'

const mostWords = 172
/** From here on only what matters is added. */
const enoughWords = 120
/** Sentences about one theme, beside the one that lists it. */
const mostOfTheme = 2
/** Parts at or above this are told whatever the length, as long as they fit. */
const matters = 60

/** The paragraph of a ledger. */
export const narrate: Narrate = async (ledger) => {
  const parts = [
    ...tone(ledger),
    ...sides(ledger),
    ...emotions(ledger),
    ...subjects(ledger),
    ...quotes(ledger),
    ...feelingOf(ledger),
    ...contrastOf(ledger),
    ...closing(ledger),
  ]
  return chosen(parts).map(({ text, claims }) => ({ text, claims: claims.map(({ id }) => id) }))
}

/** The parts that fit, the weightiest first, in the order in which they are read. */
function chosen(parts: Told[]): Told[] {
  const taken: Told[] = []
  let words = 0
  for (const part of parts.toSorted((a, b) => b.weight - a.weight)) {
    const more = part.text.split(/\s+/).length
    if (words + more > mostWords || (words >= enoughWords && part.weight < matters)) continue
    // A theme is told of once or twice, and a quotation read once, whatever it is quoted for.
    const about = (one: Told) => one.theme !== undefined && one.theme === part.theme
    if (taken.filter(about).length >= mostOfTheme) continue
    if (part.quote && taken.some(({ quote }) => quote === part.quote)) continue
    taken.push(part)
    words += more
  }
  return taken.sort((a, b) => a.place - b.place)
}

/** One sentence for who reads no more, from the same claims; null when nothing can be said. */
export function takeaway(ledger: Ledger): Sentence | null {
  const [negative, positive, neutral] = tones(ledger)
  // A subject that is only a word tells a reader of one sentence nothing.
  const theme = ledger.claims.find((claim) => claim.kind === 'theme' && !isBareWord(phraseOf(ledger, claim)))
  const X = ledger.topic.name
  const t = theme && phraseOf(ledger, theme)
  const tell = (variant: Variant, slots: Slots, claims: Claim[]): Sentence => ({
    text: say(ledger, variant, { X, t: t ?? '', ...slots }),
    claims: claims.map(({ id }) => id),
  })
  const [won, lost] = ledIn(ledger) ?? []
  if (won && lost) {
    const [side, other] = labelOf(won) === 'favor' ? ['for', 'against'] : ['against', 'for']
    return tell('takeaway.stance', { T: targetOf(ledger, won), side, other }, [won, lost])
  }
  if (!negative || !positive) return null
  const word = neutral ? wordOf(neutral) : null
  if (neutral && isMost(word)) return tell('takeaway.neutral', { word }, [neutral])
  const [more, less] = exceeds(positive, negative) ? [positive, negative] : [negative, positive]
  const cited = theme ? [more, less, theme] : [more, less]
  if (exceeds(more, less)) {
    const slots = { more: labelOf(more), less: labelOf(less) }
    return tell(theme ? 'takeaway.lead.theme' : 'takeaway.lead', slots, cited)
  }
  return tell(theme ? 'takeaway.theme' : 'takeaway.close', {}, cited)
}

/** The first target on which one side clearly leads: that side, and the other. */
function ledIn(ledger: Ledger): [Claim, Claim] | null {
  for (const { id } of ledger.topic.targets) {
    const [favor, against] = ['favor', 'against'].map((side) => find(ledger, 'stance', `stance.${id}.${side}`))
    if (favor && against && exceeds(favor, against)) return [favor, against]
    if (favor && against && exceeds(against, favor)) return [against, favor]
  }
  return null
}

const targetOf = ({ topic }: Ledger, { measure }: Claim) =>
  topic.targets.find(({ id }) => id === splitMeasure(measure).target)?.text ?? ''

const tones = (ledger: Ledger) =>
  ['negative', 'positive', 'neutral'].map((label) => find(ledger, 'prevalence', `sentiment.${label}`))
const wordOf = (claim: Claim) => quantifierFor(claim)
const isMost = (word: string | null): word is string => ['most', 'a large majority', 'nearly all'].includes(word ?? '')

function tone(ledger: Ledger): Told[] {
  const [negative, positive, neutral] = tones(ledger)
  if (!negative || !positive) return []
  const slots = { X: ledger.topic.name, N: counted(negative.posts, 'post'), M: counted(negative.authors, 'account') }
  const tell = (variant: Variant, more: Slots, claims: Claim[]): Told[] => [
    { text: say(ledger, variant, { ...slots, ...more }), claims, weight: 100, place: 0 },
  ]
  const shares = { A: withInterval(negative), B: withInterval(positive) }
  const word = neutral ? wordOf(neutral) : null
  // Where most take neither tone, which of the two is more frequent is not the first thing to say.
  if (neutral && isMost(word))
    return tell('tone.neutral', { ...shares, U: withInterval(neutral), word }, [neutral, negative, positive])
  const lean = exceeds(negative, positive)
    ? [negative, positive]
    : exceeds(positive, negative)
      ? [positive, negative]
      : null
  if (lean) {
    const [more, less] = lean as [Claim, Claim]
    const most = wordOf(more)
    const told = { A: withInterval(more), B: withInterval(less), more: labelOf(more), less: labelOf(less) }
    return isMost(most)
      ? tell('tone.most', { ...told, word: most }, [more, less])
      : tell('tone.lead', told, [more, less])
  }
  return tell('tone.close', shares, [negative, positive])
}

function sides(ledger: Ledger): Told[] {
  return ledger.topic.targets.flatMap(({ id, text }, index): Told[] => {
    const [favor, against] = ['favor', 'against'].map((side) => find(ledger, 'stance', `stance.${id}.${side}`))
    if (!favor || !against) return []
    const variant = exceeds(favor, against)
      ? 'stance.favor'
      : exceeds(against, favor)
        ? 'stance.against'
        : 'stance.close'
    const slots = { T: text, F: withInterval(favor), A: withInterval(against) }
    return [
      {
        text: say(ledger, variant, { ...slots, turn: index }),
        claims: [favor, against],
        weight: 90 - index,
        place: 1 + index / 10,
      },
    ]
  })
}

function emotions(ledger: Ledger): Told[] {
  const claims = ledger.claims.filter(({ kind }) => kind === 'emotion')
  if (!claims.length) return []
  const list = series(claims.map((claim) => `${feeling(labelOf(claim))} (${withInterval(claim)})`))
  return [
    { text: say(ledger, claims.length > 1 ? 'emotions' : 'emotions.one', { list }), claims, weight: 65, place: 2 },
  ]
}

const phraseOf = ({ themes }: Ledger, { measure }: Claim) => themes.find(({ id }) => measure === `theme.${id}`)!.phrase

/** The themes that are told, most brought up first. */
const toldThemes = ({ claims }: Ledger) =>
  claims
    .filter(({ kind }) => kind === 'theme')
    .toSorted((a, b) => b.estimate! - a.estimate!)
    .slice(0, 3)

/** The subjects that come up: which is first is said only where that is certain. */
function subjects(ledger: Ledger): Told[] {
  const told = toldThemes(ledger)
  const [first, second] = told
  if (!first) return []
  const phrase = (claim: Claim) => phraseOf(ledger, claim)
  const table = told.some((claim) => isBareWord(phrase(claim))) ? 'words' : 'themes'
  const listed = told.map((claim, index) => `“${phrase(claim)}” (${withInterval(claim)}${index ? '' : ' of posts'})`)
  const part = { claims: told, weight: 80, place: 3 }
  const others = ledger.claims.filter((claim) => claim.kind === 'theme' && claim !== first)
  if (!second || !others.every((other) => exceeds(first, other)))
    return [{ ...part, text: say(ledger, `${table}.${second ? 'list' : 'one'}`, { list: series(listed) }) }]
  const rest = `, ${hash('sha1', ledger.topic.id, 'hex') < '8' ? 'followed by' : 'before'} ${series(told.slice(1).map((claim) => `“${phrase(claim)}” (${withInterval(claim)})`))}`
  return [
    {
      ...part,
      text: say(ledger, isBareWord(phrase(first)) ? 'words.lead' : 'themes.lead', {
        t1: phrase(first),
        S1: withInterval(first),
        rest,
      }),
    },
  ]
}

/** Voices on the themes, then on the tones and sides. */
function quotes(ledger: Ledger): Told[] {
  const claims = ledger.claims.filter(({ kind }) => kind === 'quote')
  const themed = toldThemes(ledger).flatMap(({ measure }) => {
    const claim = claims.find((one) => one.measure === measure)
    return claim ? [{ claim, phrase: phraseOf(ledger, claim) }] : []
  })
  const weights = [74, 57, 48]
  const ofThemes = themed.map(({ claim, phrase }, index): Told => {
    const quote = claim.quotes[0]!.text
    const variant = isBareWord(phrase) ? 'quote.word' : 'quote.theme'
    const text = ended(say(ledger, variant, { t: phrase, q: quote, turn: index }))
    return { text, claims: [claim], quote, theme: claim.measure, weight: weights[index]!, place: 4 + index / 10 }
  })
  const labelled = claims.filter(({ measure }) => !/^(?:theme|voice)\./.test(measure))
  const ofLabels = labelled.map((claim, index): Told => {
    const quote = claim.quotes[0]!.text
    const text = ended(say(ledger, 'quote.label', { label: sideOf(ledger, claim.measure), q: quote, turn: index }))
    return { text, claims: [claim], quote, weight: (themed.length ? 40 : 72) - index, place: 7 + index / 10 }
  })
  const against = ledger.claims.filter(({ kind }) => kind === 'minority').slice(0, 1)
  const minor = against.map((claim): Told => {
    const quote = claim.quotes[0]!.text
    const text = ended(say(ledger, 'minority', { label: sideOf(ledger, claim.measure), q: quote }))
    return { text, claims: [claim, ...leanOf(ledger, claim.measure)], quote, weight: 61, place: 8 }
  })
  const others = claims.filter(({ measure }) => measure.startsWith('voice.'))
  const ofOthers = others.map((claim, index): Told => {
    const quote = claim.quotes[0]!.text
    const text = ended(say(ledger, 'quote.voice', { q: quote, turn: index }))
    return { text, claims: [claim], quote, weight: 20 - index, place: 7.2 + index / 10 }
  })
  return [...ofThemes, ...minor, ...ofLabels, ...ofOthers]
}

/** The two shares that make a voice the smaller side's. */
function leanOf({ claims }: Ledger, measure: string): Claim[] {
  const stem = measure.slice(0, measure.lastIndexOf('.'))
  const told = claims.filter(({ kind }) => kind === 'prevalence' || kind === 'stance')
  return told.filter((claim) => claim.measure.startsWith(`${stem}.`) && !/neutral|neither/.test(claim.measure))
}
