// Worlds in which nothing changes, for alerts to keep silent in: what makes real topics look as if opinions had moved when
// they have not. Each gives the tallies of a topic as the store would, voice by voice, from a seed. A shift is put in where
// one is asked for. The truth is known: it is the shares that are written here.
import type { Tallies } from '../sides.ts'
import { type Random, seeded } from './posts.ts'

export const regimes = ['flat', 'cycle', 'bursty', 'authors', 'volume', 'gaps'] as const
export type Regime = (typeof regimes)[number]

export const stepMs = 600_000
const stepsADay = 144
/** A Monday, 00:00 UTC. */
export const epochMs = Date.UTC(2024, 0, 1)

export interface Injection {
  /** The step with which it begins, for ever, and by how much the share of negative voices moves. */
  at: number
  by: number
}

export interface World {
  regime: Regime
  steps: number
  /** Posts an hour. */
  rate: number
  seed: number
  inject?: Injection
  /** One measure and the volume; the others are left out, which is quicker. */
  only?: string
}

export const emotions = [
  'anger',
  'fear',
  'sadness',
  'disgust',
  'joy',
  'love',
  'optimism',
  'surprise',
  'trust',
  'disappointment',
  'approval',
  'annoyance',
]
export const target = 'target'
/** By tone (negative, neutral, positive): how often a feeling, or a side, is shown. */
const shown: Record<string, [number, number, number]> = {
  'emotion.anger': [0.35, 0.06, 0.02],
  'emotion.fear': [0.12, 0.05, 0.02],
  'emotion.sadness': [0.15, 0.04, 0.02],
  'emotion.disgust': [0.12, 0.01, 0.005],
  'emotion.joy': [0.01, 0.05, 0.4],
  'emotion.love': [0.01, 0.02, 0.15],
  'emotion.optimism': [0.05, 0.12, 0.3],
  'emotion.surprise': [0.03, 0.03, 0.03],
  'emotion.trust': [0.02, 0.08, 0.12],
  'emotion.disappointment': [0.1, 0.03, 0.01],
  'emotion.approval': [0.02, 0.06, 0.15],
  'emotion.annoyance': [0.12, 0.03, 0.01],
  [`stance.${target}.against`]: [0.4, 0.15, 0.08],
  [`stance.${target}.favor`]: [0.1, 0.2, 0.45],
}
export const shares = { negative: 0.3, positive: 0.2 }

type Chance = Random

export const normal = (chance: Chance): number =>
  Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())

function poisson(mean: number, chance: Chance): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(chance)))
  const end = Math.exp(-mean)
  let count = -1
  for (let product = 1; product > end; count++) product *= chance()
  return count
}

const logit = (share: number) => Math.log(share / (1 - share))
const expit = (by: number) => 1 / (1 + Math.exp(-by))

/** A voice's tone: 0 negative, 1 neutral, 2 positive. */
type Tone = (lean: number, chance: Chance) => number

/** `lean`: logits by which a negative tone is likelier than it usually is. */
const usualTone: Tone = (lean, chance) => {
  const negative = expit(logit(shares.negative) + lean)
  const draw = chance()
  if (draw < negative) return 0
  return draw < negative + (1 - negative) * (shares.positive / (1 - shares.negative)) ? 2 : 1
}

interface Making extends World {
  chance: Chance
  add: (step: number, tone: number) => void
}

export function tallies(world: World): Tallies {
  const chance = seeded(world.seed)
  const { steps } = world
  const zeros = () => new Array<number>(steps).fill(0)
  const tones = ['sentiment.negative', 'sentiment.positive', 'polarisation']
  const table = world.only ? [] : Object.entries(shown)
  const sums = Object.fromEntries([...tones, ...table.map(([name]) => name)].map((name) => [name, zeros()]))
  const [voices, collected] = [zeros(), new Array<number>(steps).fill(1)]
  const add = (step: number, tone: number) => {
    voices[step]!++
    if (tone === 0) sums['sentiment.negative']![step]!++
    if (tone === 2) sums['sentiment.positive']![step]!++
    if (tone !== 1) sums.polarisation![step]!++
    for (const [name, by] of table) if (chance() < by[tone]!) sums[name]![step]!++
  }
  makers[world.regime]({ ...world, chance, add })
  if (world.regime === 'gaps') loseSome({ chance, steps, collected, lost: [voices, ...Object.values(sums)] })
  const from = new Date(epochMs).toISOString()
  return {
    topic: 'world',
    version: 1,
    from,
    stepMs,
    accounts: voices,
    voices,
    scored: voices,
    collected,
    sums,
    squares: sums,
  }
}

const leanOf = ({ inject }: World, step: number) =>
  inject && step >= inject.at ? logit(shares.negative + inject.by) - logit(shares.negative) : 0

const makers: Record<Regime, (making: Making) => void> = {
  flat: (making) =>
    steadily(
      making,
      () => 1,
      () => 0,
    ),
  gaps: (making) =>
    steadily(
      making,
      () => 1,
      () => 0,
    ),
  // Nights are quiet and sour, weekends quieter and kinder.
  cycle: (making) =>
    steadily(
      making,
      (step) => (1 + 0.7 * Math.cos(2 * Math.PI * (step / stepsADay - 0.6))) * (isWeekend(step) ? 0.65 : 1.14),
      (step) => 0.25 * Math.cos(2 * Math.PI * (step / stepsADay - 0.1)) - (isWeekend(step) ? 0.15 : 0),
    ),
  volume: (making) => {
    let level = 0
    const levels = Array.from({ length: Math.ceil(making.steps / stepsADay) + 1 }, () => {
      level = 0.97 * level + 0.15 * normal(making.chance)
      return level
    })
    const at = (step: number) => {
      const day = step / stepsADay
      const part = day - Math.floor(day)
      return Math.exp(levels[Math.floor(day)]! * (1 - part) + levels[Math.floor(day) + 1]! * part)
    }
    steadily(making, at, () => 0)
  },
  bursty,
  authors,
}

const isWeekend = (step: number) => Math.floor(step / stepsADay) % 7 >= 5

function steadily(making: Making, times: (step: number) => number, lean: (step: number) => number): void {
  const { steps, rate, chance, add } = making
  for (let step = 0; step < steps; step++) {
    const count = poisson((rate / 6) * times(step), chance)
    for (let nr = 0; nr < count; nr++) add(step, usualTone(lean(step) + leanOf(making, step), chance))
  }
}

/** Half of the posts come in cascades of very different sizes, a few hours long, each with a tone of its own. */
function bursty(making: Making): void {
  const { steps, rate, chance, add } = making
  const extra = new Float64Array(steps)
  const tilt = new Float64Array(steps)
  const meanSize = 30
  for (let step = 0; step < steps; step++) {
    const births = poisson(rate / 12 / meanSize, chance)
    for (let nr = 0; nr < births; nr++) {
      // Pareto with index 1.7, cut at 600; its mean is about 30.
      const size = Math.min(600, 13 / (1 - chance()) ** (1 / 1.7))
      const own = 0.35 * normal(chance)
      for (let age = 0; age < 24 && step + age < steps; age++) {
        const part = (size * Math.exp(-age / 8)) / 7.6
        extra[step + age]! += part
        tilt[step + age]! += part * own
      }
    }
  }
  for (let step = 0; step < steps; step++) {
    const lean = leanOf(making, step)
    for (let nr = poisson(rate / 12, chance); nr > 0; nr--) add(step, usualTone(lean, chance))
    const own = extra[step]! > 0 ? tilt[step]! / extra[step]! : 0
    for (let nr = poisson(extra[step]!, chance); nr > 0; nr--) add(step, usualTone(lean + own, chance))
  }
}

/** A few hundred accounts write most of it, each with a mind of its own; of an account's posts of an hour one is a voice. */
function authors(making: Making): void {
  const { steps, rate, chance, add } = making
  const people = 4_000
  const weights = Array.from({ length: people }, (_, nr) => 1 / (nr + 3) ** 1.05)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const upTo: number[] = []
  weights.reduce((sum, weight) => {
    upTo.push((sum + weight) / whole)
    return sum + weight
  }, 0)
  // Tempers scatter so that two posts of one account mostly agree; on the whole shares are as written above.
  const mind = Array.from({ length: people }, () => 2.2 * normal(chance))
  const begins = Array.from({ length: people }, () => Math.floor(chance() * 6))
  const spoke = new Int32Array(people).fill(-1)
  for (let step = 0; step < steps; step++) {
    // Posts, so many that voices are about `rate` an hour.
    for (let nr = poisson((rate * 1.15) / 6, chance); nr > 0; nr--) {
      const who = placeOf(upTo, chance())
      const hour = Math.floor((step + begins[who]!) / 6)
      if (spoke[who] === hour) continue
      spoke[who] = hour
      add(step, usualTone(mind[who]! - 0.5 + leanOf(making, step), chance))
    }
  }
}

function placeOf(upTo: number[], draw: number): number {
  let [low, high] = [0, upTo.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (upTo[middle]! < draw) low = middle + 1
    else high = middle
  }
  return low
}

interface Losing {
  chance: Chance
  steps: number
  collected: number[]
  lost: number[][]
}

/** Collection stops every few days for up to half a day; what was posted meanwhile never comes. */
function loseSome({ chance, steps, collected, lost }: Losing): void {
  for (
    let step = Math.floor(chance() * 5 * stepsADay);
    step < steps;
    step += Math.floor((1 + 8 * chance()) * stepsADay)
  ) {
    const until = Math.min(steps, step + 6 + Math.floor(chance() * 72))
    for (let at = step; at < until; at++) {
      collected[at] = 0
      for (const one of lost) one[at] = 0
    }
    // The last step before and the first after are half there, and nobody says so.
    for (const at of [step - 1, until])
      if (at >= 0 && at < steps) for (const one of lost) one[at] = Math.round(one[at]! / 2)
  }
}
