// The geometry of themes: what is near is grouped, chance is not, and the same vectors give the same groups.
import { describe, expect, test } from 'vitest'
import { agreement, centred, centroid, dot, groups, meanOf, unit } from '../../perspectives/clusters.ts'
import { seeded } from '../store/scores.ts'
import { near } from './voices.ts'

const around = (thing: string, count: number, seed = 1) => {
  const random = seeded(seed)
  return Array.from({ length: count }, () => near(thing, random))
}
const scattered = (count: number) => Array.from({ length: count }, (_, nr) => near(`thing ${nr}`, seeded(nr)))
const present = (vectors: (Float32Array | null)[]) => vectors.filter((one) => one !== null)

describe('embeddings around their mean', () => {
  test('are of unit length, and null where there are none', () => {
    const vectors = centred([...around('night trains', 20), null, ...around('fish market', 20)])
    expect(vectors[20]).toBeNull()
    for (const one of present(vectors)) expect(dot(one, one)).toBeCloseTo(1, 4)
  })

  test('tell near from far: one thing agrees, two differ, chance is about nothing', () => {
    const vectors = present(centred([...around('night trains', 40), ...around('fish market', 40), ...scattered(200)]))
    const [night, fish, rest] = [vectors.slice(0, 40), vectors.slice(40, 80), vectors.slice(80)]
    expect(agreement(night)).toBeGreaterThan(0.15)
    expect(agreement(fish)).toBeGreaterThan(0.15)
    expect(Math.abs(agreement(rest))).toBeLessThan(0.02)
    expect(dot(unit(centroid(night)), unit(centroid(fish)))).toBeLessThan(0.3)
  })

  test('agree fully with themselves, and not at all when alone', () => {
    const [one] = present(centred([...around('night trains', 1), ...around('fish market', 1)]))
    expect(agreement([one!, one!, one!])).toBeCloseTo(1, 4)
    expect(agreement([one!])).toBe(0)
    expect(agreement([])).toBe(0)
  })

  test('of equal posts are zero and break nothing', () => {
    const vectors = present(centred([...around('night trains', 1), ...around('night trains', 1)]))
    expect(vectors.every((one) => one.every((x) => x === 0))).toBe(true)
    expect([...groups(vectors, 2)]).toEqual([0, 0])
  })

  test('have a mean, or none', () => {
    expect([...meanOf([Int8Array.of(1, 2), null, Int8Array.of(3, 6)])!]).toEqual([2, 4])
    expect(meanOf([null])).toBeNull()
    expect(centred([null, null])).toEqual([null, null])
  })
})

describe('groups', () => {
  const things = ['night trains', 'fish market', 'lighthouse']
  const vectors = present(centred(things.flatMap((thing, at) => around(thing, 50, at))))

  test('hold what is near', () => {
    const group = groups(vectors, 3)
    const purity = things.map((_, at) => {
      const own = [...group.slice(50 * at, 50 * at + 50)]
      return Math.max(...[0, 1, 2].map((g) => own.filter((one) => one === g).length)) / 50
    })
    expect(Math.min(...purity)).toBeGreaterThan(0.9)
    expect(new Set(group).size).toBe(3)
  })

  test('are the same every time', () => {
    expect([...groups(vectors, 5)]).toEqual([...groups(vectors, 5)])
  })

  test('may be more than there are posts', () => {
    expect(Math.max(...groups(vectors.slice(0, 2), 8))).toBeLessThan(8)
    expect([...groups([], 3)]).toEqual([])
  })
})
