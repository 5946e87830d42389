import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { parseQuery } from '../../analyze/query.ts'
import { makePosts, makeTopic, makeWorld } from '../../bench/posts.ts'

describe('npm run bench', () => {
  it('lists the benchmarks when it does not know the name', () => {
    const { status, stderr } = spawnSync(process.execPath, ['bench/run.ts', 'nonsense'], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toMatch(/NAME is one of: .*\bmatch\b/)
    expect(stderr.match(/one of: (.*)/)![1]!.split(', ')).not.toContain('posts') // shared, not a benchmark
  })
})

describe('the world of the benchmarks', () => {
  const world = (seed: number) => makeWorld(seed, 5000)

  it('is the same for the same seed, and another for another', () => {
    expect(makePosts(world(1), 50)).toEqual(makePosts(world(1), 50))
    expect(makePosts(world(2), 50)).not.toEqual(makePosts(world(1), 50))
  })

  it('looks like posts do', () => {
    const posts = makePosts(world(3), 5000).map(({ text }) => text)
    const share = (what: RegExp) => posts.filter((text) => what.test(text)).length / posts.length
    const lengths = posts.map((text) => text.length).sort((a, b) => a - b)
    expect(lengths[2500]).toBeGreaterThan(40)
    expect(lengths[2500]).toBeLessThan(90)
    expect(lengths.at(-1)).toBeLessThanOrEqual(300)
    expect(share(/^[\n -~]+$/)).toBeGreaterThan(0.5)
    for (const what of [/#\w/, /@\w/, /https:/, /\p{Extended_Pictographic}/u, /\p{sc=Han}/u, /[áéíöüç]/]) {
      expect(share(what)).toBeGreaterThan(0.02)
    }
  })

  it('makes topics that parse', () => {
    const one = world(4)
    for (let i = 0; i < 500; i++) expect(() => parseQuery(makeTopic(one, 1000))).not.toThrow()
  })
})
