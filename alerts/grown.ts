// Which phrases came up more: themes of the time after a change, by the share of posts that hold one of their spellings
// before and after. Pure. Clustered by account, no model in it; only growth that is certain is told.
import type { Explanation } from '../alarms.ts'
import type { Estimate } from '../answers.ts'
import type { Theme } from '../conclusions.ts'
import { differenceOf, isCertain } from '../difference.ts'
import { estimate } from '../estimate.ts'
import { mentions } from '../holding.ts'
import type { Said } from '../sides.ts'
import { sumsOf } from './sums.ts'

export type Phrase = Pick<Theme, 'id' | 'phrase' | 'forms'>
type Grown = Explanation['themes'][number]

const mostTold = 5
const noError = { label: '', error: { share: {}, difference: {} } }

export function grownOf(said: Said[], phrases: Phrase[]): Grown[] {
  const sides = [false, true].map((isAfter) => said.filter((one) => one.isAfter === isAfter)) as [Said[], Said[]]
  return phrases
    .map((phrase): Grown => {
      const has = mentions(phrase)
      const row = ({ account, text, posts }: Said) => ({ account, a: has(text) ? posts : 0, b: posts })
      const [before, after] = sides.map((side) => estimate(sumsOf(side.map(row)), 0)) as [Estimate, Estimate]
      return { id: phrase.id, phrase: phrase.phrase, before, after, difference: differenceOf(before, after, noError) }
    })
    .filter(({ difference }) => difference !== null && isCertain(difference) && difference.estimate! > 0)
    .sort((a, b) => b.difference!.estimate! - a.difference!.estimate! || (a.id < b.id ? -1 : 1))
    .slice(0, mostTold)
}
