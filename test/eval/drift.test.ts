// How far days stray: a variance that was put in is found again, days that mean nothing give nothing, and what is written
// holds no word of a post.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { normal } from '../../bench/alertWorlds.ts'
import { seeded } from '../../bench/posts.ts'
import { page, partsOf, type Straying, snowflakeMs, strayingOf, type Timed, timedPosts } from '../../eval/drift.ts'
import { main } from '../../eval/run.ts'
import { expit, logit } from '../alerts/steps.ts'

const dayMs = 86_400_000
/** Topics of some days with few posts each, whose days stray by so much; and by the week besides. */
function invented(variance: number, { seed = 1, weekly = 0 } = {}): Timed[] {
  const chance = seeded(seed)
  return Array.from({ length: 150 }, (_, topic) => {
    const base = logit(0.15 + 0.5 * chance())
    let week = 0
    return Array.from({ length: 28 }, (_, day) => {
      if (day % 7 === 0) week = Math.sqrt(weekly) * normal(chance)
      const share = expit(base + week + Math.sqrt(variance) * normal(chance))
      return Array.from({ length: 1 + Math.floor(chance() * 9) }, (): Timed => {
        const tone = chance() < share ? 'negative' : 'positive'
        return { topic: `topic ${topic}`, day, toward: tone, own: chance() < 0.5 ? tone : null }
      })
    }).flat()
  }).flat()
}

describe('how far days stray', () => {
  test.each([0, 0.05, 0.2])('is found again: %f', (variance) => {
    const found = [1, 2, 3, 4, 5, 6].map((seed) => strayingOf(invented(variance, { seed }), 'toward', 'negative'))
    const mean = (of: (one: Straying) => number) => found.reduce((sum, one) => sum + of(one), 0) / found.length
    for (const told of [mean(({ near }) => near.value), mean(({ whole }) => whole.value)])
      expect(Math.abs(told - variance)).toBeLessThan(0.02 + variance * 0.1)
    expect(found.filter(({ near }) => near.low <= variance && near.high >= variance).length).toBeGreaterThanOrEqual(5)
    expect(Math.abs(mean(({ shuffled }) => shuffled))).toBeLessThan(0.01)
    expect(found[0]).toMatchObject({ topics: 150, pairs: 150 * 27 })
  })

  test('from one day to the next is not how far weeks stray', () => {
    const { near, whole } = strayingOf(invented(0.02, { weekly: 0.3 }), 'toward', 'negative')
    expect(near.value).toBeLessThan(0.12)
    expect(whole.value).toBeGreaterThan(0.18)
    expect(whole.low).toBeGreaterThan(near.value)
  })

  test('goes by the labels that are asked for', () => {
    const posts = invented(0.05, { seed: 2 })
    const [toward, own] = [strayingOf(posts, 'toward', 'positive'), strayingOf(posts, 'own', 'positive')]
    expect(toward.posts).toBe(posts.length)
    expect(own.posts).toBe(posts.filter((post) => post.own !== null).length)
    expect(own.near.high - own.near.low).toBeGreaterThan(toward.near.high - toward.near.low)
  })

  test('is not asked of few posts, nor where hardly anybody differs', () => {
    const posts = (yes: number, no: number) =>
      Array.from({ length: yes + no }, (_, nr) => ({ day: nr % 3, has: nr < yes }))
    expect(partsOf(posts(9, 10))).toBeNull()
    expect(partsOf(posts(2, 90))).toBeNull()
    expect(partsOf(posts(90, 2))).toBeNull()
    expect(partsOf(posts(10, 10))).toMatchObject({ posts: 20, pairs: 2 })
    expect(partsOf(posts(20, 20).map((post) => ({ ...post, day: post.day * 2 })))).toMatchObject({ pairs: 0 })
  })
})

describe('the posts', () => {
  let root = ''
  const secret = 'nobody shall read this'
  const idOf = (ms: number, nr: number) => String((BigInt(ms - 1_288_834_974_657) << 22n) + BigInt(nr))
  const begin = Date.UTC(2015, 6, 1)
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'drift-'))
    mkdirSync(join(root, 'semeval2017-task4'))
    const put = (set: string, rows: string[][]) =>
      writeFileSync(
        join(root, `semeval2017-task4/${set}_train.tsv.gz`),
        gzipSync(`${rows.map((row) => row.join('\t')).join('\n')}\n`),
      )
    const posts = Array.from({ length: 200 }, (_, nr) => ({
      id: idOf(begin + (Math.floor(nr / 2) % 10) * dayMs + 1_000 * nr, nr),
      topic: nr % 2 ? 'ferry' : 'bridge',
      label: [-2, -1, 0, 1, 2][(nr * 7) % 5]!,
    }))
    put('subtaskCE', [
      ['id', 'topic', 'label', 'text', 'source_file'],
      ...posts.map(({ id, topic, label }) => [id, topic, String(label), secret, 'x\r']),
    ])
    put('subtaskA', [
      ['id', 'label', 'text', 'source_file'],
      ...posts
        .filter((_, nr) => nr % 4 !== 1)
        .map(({ id }, nr) => [id, ['negative', 'neutral', 'positive'][((nr * 5) % 7) % 3]!, secret, 'x']),
    ])
  })
  afterAll(() => rmSync(root, { recursive: true }))

  test('have their time in their ids, and labels toward the topic and of their own', () => {
    expect(snowflakeMs(String(5_000 * 2 ** 22 + 17))).toBe(1_288_834_979_657)
    const posts = timedPosts(root)
    expect(posts).toHaveLength(200)
    expect(posts[3]).toEqual({ topic: 'ferry', day: begin / dayMs + 1, toward: 'negative', own: 'negative' })
    expect(new Set(posts.map(({ toward }) => toward)).size).toBe(3)
    expect(posts.filter(({ own }) => own === null)).toHaveLength(50)
  })

  test('are told as numbers, by the command that the docs name', async () => {
    const out = mkdtempSync(join(tmpdir(), 'drift-out-'))
    expect(await main(['drift', '--data', root, '--out', out])).toBe(0)
    const written = readFileSync(join(out, 'drift.md'), 'utf8')
    expect(written).toContain('200 tweets on 2 topics')
    expect(written).toContain('2015-07-01 to\n2015-07-10')
    expect(written.match(/^\| (toward the topic|of the post) \| (negative|neutral|positive) \| 2 \|/gm)).toHaveLength(6)
    expect(written).not.toContain(secret)
    expect(written).not.toMatch(/NaN|ferry/)
    rmSync(out, { recursive: true })
  })

  test('that are not there are said to be missing', async () => {
    expect(await main(['drift', '--data', join(root, 'none')])).toBe(2)
  })

  test('make a page that tells what it is worth', () => {
    const posts = timedPosts(root)
    expect(page(posts, [strayingOf(posts, 'toward', 'negative')])).toMatch(/chosen for the task/)
    // Every other day only: there are no neighbours.
    const apart = posts.map((post) => ({ ...post, day: post.day * 2 }))
    expect(page(apart, [strayingOf(apart, 'toward', 'negative')])).toMatch(/\| 0 \| none \| – \| – \|/)
  })
})
