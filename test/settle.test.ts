// The forecast of how many labels tell against arithmetic done by hand, and against drawing that many again and again.
import { describe, expect, it } from 'vitest'
import { type Audited, predictionPowered } from '../ppi.ts'
import { prospectOf } from '../settle.ts'
import { seeded } from './store/scores.ts'

interface World {
  truth: number
  posts: number
  /** How far apart the model holds posts that differ. */
  signal?: number
  /** Posts of one author, who is of one mind. */
  each?: number
}

/** Posts with the model's word and, of the first `labels` by chance, a person's. */
function world({ truth, posts, signal = 1, each = 1 }: World, labels: number, random: () => number): Audited[] {
  let yes = false
  const all = Array.from({ length: posts }, (_, nr) => {
    if (nr % each === 0) yes = random() < truth
    const logit = signal * (yes ? 1 : -1) + (random() + random() + random() - 1.5) * 1.6
    return { author: `a${Math.floor(nr / each)}`, f: 1 / (1 + Math.exp(-logit)), said: yes ? 1 : 0, key: random() }
  })
  const drawn = new Set(all.toSorted((a, b) => a.key - b.key).slice(0, labels))
  return all.map((post) => ({ author: post.author, f: post.f, ...(drawn.has(post) ? { y: post.said } : {}) }))
}

const holdsHalf = (posts: Audited[]) => {
  const { low, high } = predictionPowered(posts)!
  return low! <= 0.5 && high! >= 0.5
}

describe('the answer', () => {
  const all = (yes: number): Audited[] =>
    Array.from({ length: 300 }, (_, nr) => ({ author: `a${nr}`, f: 0.5, ...(nr < 60 ? { y: nr < yes ? 1 : 0 } : {}) }))

  it('is there once the interval leaves out one half, with the labels at hand', () => {
    expect(prospectOf(all(50), 300)).toMatchObject({ answer: 'yes', needed: 60, labels: 60 })
    expect(prospectOf(all(10), 300)).toMatchObject({ answer: 'no', needed: 60 })
    expect(prospectOf(all(50), 300)).toMatchObject(predictionPowered(all(50))!)
    expect(prospectOf(all(50).slice(12), 300)).toBeNull()
  })

  it('is not to be had of a tie, nor from more labels than there are posts', () => {
    expect(prospectOf(all(30), 300)).toMatchObject({ answer: null, needed: null })
    expect(prospectOf(all(31), 1_000_000)).toMatchObject({ answer: null })
    expect(prospectOf(all(36), 300)).toMatchObject({ answer: null, needed: expect.any(Number) })
    expect(prospectOf(all(36), 70)).toMatchObject({ answer: null, needed: null })
  })

  it('comes in tens beyond those at hand, and is all posts where they just suffice', () => {
    const { needed } = prospectOf(all(36), 100_000)!
    expect((needed! - 60) % 10).toBe(0)
    expect(prospectOf(all(36), needed!)!.needed).toBe(needed)
    expect(prospectOf(all(36), needed! - 4)!.needed).toBe(needed! - 4)
    expect(prospectOf(all(36), needed! - 40)!.needed).toBeNull()
  })
})

describe('the number', () => {
  it('is that of the textbook where the model says nothing and posts are many', () => {
    const share = 0.6
    const posts: Audited[] = Array.from({ length: 20_000 }, (_, nr) => ({
      ...{ author: `a${nr}`, f: 0.5 },
      ...(nr < 60 ? { y: nr < 60 * share ? 1 : 0 } : {}),
    }))
    // n = (1.96 + .84)^2 p (1 - p) / (p - .5)^2 = 188
    const textbook = ((1.96 + 0.8416) / (share - 0.5)) ** 2 * share * (1 - share)
    expect(Math.abs(prospectOf(posts, 20_000)!.needed! - textbook)).toBeLessThan(20)
  })

  it('is smaller where the model knows something, and none is enough where few people wrote it all', () => {
    const needed = (more: Partial<World>) => {
      const found = Array.from({ length: 30 }, (_, seed) => {
        const prospect = prospectOf(world({ truth: 0.57, posts: 4_000, ...more }, 60, seeded(seed)), 4_000)!
        return prospect.needed ?? Number.POSITIVE_INFINITY
      })
      return found.toSorted((a, b) => a - b)[15]!
    }
    expect(needed({ signal: 2 })).toBeLessThan(0.7 * needed({ signal: 0 }))
    expect(needed({ each: 100, signal: 0 })).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    { truth: 0.57, posts: 2_000, signal: 1 },
    { truth: 0.45, posts: 3_000, signal: 2 },
    { truth: 0.58, posts: 4_000, signal: 0 },
    { truth: 0.6, posts: 2_000, signal: 0, each: 10 },
  ])('of labels tells in about four of five cases: %o', (given) => {
    const random = seeded(11)
    // A forecast from a pilot that happened to find about the truth, as the formula supposes.
    let needed: number[] = []
    for (let tries = 0; tries < 800 && needed.length < 15; tries++) {
      const pilot = prospectOf(world(given, 60, random), given.posts)!
      if (pilot.answer || pilot.needed === null || Math.abs(pilot.estimate! - given.truth) > 0.015) continue
      needed.push(pilot.needed)
    }
    expect(needed.length).toBeGreaterThan(5)
    needed = needed.toSorted((a, b) => a - b)
    const middle = needed[Math.floor(needed.length / 2)]!
    const draws = 150
    let told = 0
    for (let draw = 0; draw < draws; draw++) if (!holdsHalf(world(given, middle, random))) told++
    // Four of five, within three standard errors of 150 draws and what the pilot cannot know.
    expect(told / draws, `${middle} labels`).toBeGreaterThan(0.67)
    expect(told / draws, `${middle} labels`).toBeLessThan(0.93)
  })
})
