// The built-in writer: claims become plain, fair English. Deterministic: the same ledger gives the same text.
// It may use only words its claims' intervals allow (words.ts), and says nothing that no claim says.
import type { Claim, Ledger, Narrate, Sentence } from '../conclusions.ts'
import { changeInWords } from '../difference.ts'
import { splitMeasure } from './ledger.ts'
import { exceeds, feeling, percent, quantifierFor, series, withInterval } from './words.ts'

/** The paragraph of a ledger, sentence by sentence: tone, sides, feelings, what changed, two voices. */
export const narrate: Narrate = async (ledger) =>
  [tone(ledger), ...sides(ledger), feelings(ledger), ...changes(ledger), ...voices(ledger)].filter(
    (sentence): sentence is Sentence => sentence !== null,
  )

const find = (ledger: Ledger, kind: Claim['kind'], measure: string) =>
  ledger.claims.find((claim) => claim.kind === kind && claim.measure === measure)
const sentence = (text: string, ...claims: Claim[]): Sentence => ({ text, claims: claims.map((claim) => claim.id) })
const count = (n: number) => n.toLocaleString('en-US')

function tone(ledger: Ledger): Sentence | null {
  const negative = find(ledger, 'prevalence', 'sentiment.negative')
  const positive = find(ledger, 'prevalence', 'sentiment.positive')
  if (!negative || !positive) return null
  const base = `In ${count(negative.posts)} posts by ${count(negative.authors)} accounts about ${ledger.topic.name}, `
  const [more, less, word, other] = exceeds(positive, negative)
    ? [positive, negative, 'positive', 'negative']
    : [negative, positive, 'negative', 'positive']
  if (!exceeds(more, less)) {
    const shares = `${withInterval(negative)} are negative and ${withInterval(positive)} positive`
    return sentence(`${base}neither tone clearly leads: ${shares}.`, negative, positive)
  }
  const quantifier = quantifierFor(more)
  const shares = `${withInterval(more)} against ${withInterval(less)} ${other}`
  if (quantifier && ['most', 'a large majority', 'nearly all'].includes(quantifier)) {
    return sentence(`${base}${quantifier} are ${word} in tone: ${shares}.`, more, less)
  }
  return sentence(`${base}the tone is more often ${word} than ${other}: ${shares}.`, more, less)
}

function sides(ledger: Ledger): (Sentence | null)[] {
  return ledger.topic.targets.map((target) => {
    const favor = find(ledger, 'stance', `stance.${target.id}.favor`)
    const against = find(ledger, 'stance', `stance.${target.id}.against`)
    if (!favor || !against) return null
    const about = `“${target.text}”`
    if (exceeds(favor, against)) {
      const text = `On ${about}, support outweighs opposition: ${withInterval(favor)} for, ${withInterval(against)} against.`
      return sentence(text, favor, against)
    }
    if (exceeds(against, favor)) {
      const text = `Opposition to ${about} outweighs support: ${withInterval(against)} against, ${withInterval(favor)} for.`
      return sentence(text, against, favor)
    }
    const text = `Whether more are for or against ${about} is too close to call: ${withInterval(favor)} and ${withInterval(against)}.`
    return sentence(text, favor, against)
  })
}

function feelings(ledger: Ledger): Sentence | null {
  const claims = ledger.claims.filter((claim) => claim.kind === 'emotion')
  if (!claims.length) return null
  const parts = claims.map((claim, index) => {
    const where = index ? '' : ' of posts'
    return `${feeling(splitMeasure(claim.measure)[1]!)} in ${withInterval(claim)}${where}`
  })
  const lead = claims.length > 1 ? 'The feelings that show most are' : 'The feeling that shows most is'
  return sentence(`${lead} ${series(parts)}.`, ...claims)
}

function changes(ledger: Ledger): Sentence[] {
  const moved = ledger.claims
    .filter((claim) => claim.kind === 'change' && claim.measure !== 'sentiment.neutral')
    .sort((a, b) => Math.abs(b.difference!.estimate!) - Math.abs(a.difference!.estimate!))
  return moved.slice(0, 2).map((claim, index) => {
    const when = index ? 'Over the same time' : 'In the second half of the period'
    const change = changeInWords(claim.difference!)
    const text = `${when}, ${subject(ledger, claim.measure)} ${change}, to ${percent(claim.estimate!)}.`
    return sentence(text, claim)
  })
}

function subject(ledger: Ledger, measure: string): string {
  const [kind, first, side] = splitMeasure(measure)
  if (kind === 'sentiment') return `the share of ${first} posts`
  if (kind === 'emotion') return `the share of posts that show ${feeling(first!)}`
  const target = ledger.topic.targets.find(({ id }) => id === first)
  return `${side === 'favor' ? 'support for' : 'opposition to'} “${target?.text}”`
}

/** One voice of each side where sides are told, of each tone where they are not. */
function voices(ledger: Ledger): Sentence[] {
  const target = ledger.topic.targets.find(({ id }) => find(ledger, 'stance', `stance.${id}.favor`))
  const sided: [string, string][] = target
    ? [
        [`stance.${target.id}.against`, `One post against “${target.text}” reads`],
        [`stance.${target.id}.favor`, 'One in favor'],
      ]
    : [
        ['sentiment.negative', 'One of the negative posts reads'],
        ['sentiment.positive', 'One of the positive posts reads'],
      ]
  return sided.flatMap(([measure, lead]) => {
    const claim = find(ledger, 'quote', measure)
    if (!claim) return []
    const { text } = claim.quotes[0]!
    return [sentence(`${lead}: “${text}”${/[.!?…]$/.test(text) ? '' : '.'}`, claim)]
  })
}
