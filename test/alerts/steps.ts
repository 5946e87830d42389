// Steps of ten minutes in which shares and rates are known, for the tests of the statistics. Seeded: nothing here is chance.
import type { Steps } from '../../alerts/profile.ts'
import { epochMs, normal, stepMs } from '../../bench/alertWorlds.ts'
import { seeded } from '../../bench/posts.ts'

export { epochMs as fromMs, normal, seeded, stepMs }
export const aDay = 86_400_000 / stepMs

export interface Made {
  days: number
  seed: number
  /** Voices a step. */
  size?: number
  /** The truth, by step: a share; for rates what is counted in a step. */
  truth: (step: number) => number
}

/** As many voices in each step, of which chance says yes. */
export function sharesOf({ days, seed, size = 20, truth }: Made): Steps {
  const chance = seeded(seed)
  const n = new Float64Array(days * aDay).fill(size)
  const s = n.map((_, step) => {
    let yes = 0
    for (let nr = 0; nr < size; nr++) if (chance() < truth(step)) yes++
    return yes
  })
  return { kind: 'share', fromMs: epochMs, stepMs, n, s, squares: s, usual: new Float64Array(n.length).fill(1) }
}

/** Counts of a Poisson process, by the sum of exponential pauses. */
export function ratesOf({ days, seed, truth }: Made): Steps {
  const chance = seeded(seed)
  const n = new Float64Array(days * aDay).fill(1)
  const s = n.map((_, step) => {
    let count = -1
    for (let left = truth(step); left > 0; count++) left += Math.log(1 - chance())
    return Math.max(0, count)
  })
  return { kind: 'rate', fromMs: epochMs, stepMs, n, s, squares: null, usual: null }
}

/** The same with nothing in some steps, as where collection stopped. */
export function without({ n, s, squares, ...steps }: Steps, isLost: (step: number) => boolean): Steps {
  const less = (all: Float64Array) => all.map((value, step) => (isLost(step) ? 0 : value))
  return { ...steps, n: less(n), s: less(s), squares: squares && less(squares) }
}

export const logit = (share: number) => Math.log(share / (1 - share))
export const expit = (logits: number) => 1 / (1 + Math.exp(-logits))
export const mean = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length
