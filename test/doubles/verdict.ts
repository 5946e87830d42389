// What a chaos run found, as a test compares it: five numbers that must be nothing.
import type { ChaosResult } from '../../bench/chaos/play.ts'

type Verdict = Pick<ChaosResult, 'lost' | 'doubled' | 'resurrected' | 'wrong' | 'unfired'>

export const nothing: Verdict = { lost: 0, doubled: 0, resurrected: 0, wrong: 0, unfired: [] }
export const verdictOf = ({ lost, doubled, resurrected, wrong, unfired }: ChaosResult): Verdict => {
  return { lost, doubled, resurrected, wrong, unfired }
}
