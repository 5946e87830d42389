// The measure of proposals on invented posts: what is drawn and counted, that what nobody judged stands in no figure, that a
// set which is absent is said loudly, and that what is kept in the repository holds no text of a post.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMatcher } from '../../analyze/match.ts'
import { parseQuery } from '../../analyze/query.ts'
import { hashOf, type Kept, keptPosts } from '../../eval/kept.ts'
import {
  type Finding,
  type JudgedStory,
  judge,
  measure,
  printed,
  readJudgements,
  readStories,
  wilson,
} from '../../eval/stories.ts'
import { ferryPosts, ferryStory } from '../analyze/proposing.ts'

let world = ''
beforeAll(() => {
  world = mkdtempSync(join(tmpdir(), 'kept-'))
})
afterAll(() => rmSync(world, { recursive: true }))

const story: JudgedStory = {
  ...ferryStory,
  id: 'ferry',
  half: 'dev',
  labels: ['boats'],
  pool: 'strike',
  about: 'the strike',
}
const kept: Kept[] = ferryPosts().map((post, at) => ({ post, labels: at === 700 ? ['boats'] : [] }))
const judged = Object.fromEntries(kept.map(({ post }) => [hashOf(post.text), post.id.startsWith('f')]))

describe('a judgement', () => {
  test('counts what is about the story among the matched, and what is found of the pool', () => {
    const all = judge(kept, { story, query: 'oakmere', judged })
    expect(all.matched).toBe(60)
    expect(all.precision).toEqual({ hits: 30, n: 30 })
    expect(all.recall.hits).toBe(all.recall.n)
    expect(all.unjudged).toEqual([])
    const some = judge(kept, { story, query: 'gangway OR rain', judged })
    expect(some.precision.hits).toBeLessThan(some.precision.n)
    expect(some.recall.hits).toBeLessThan(some.recall.n)
  })

  test('what nobody judged stands in no figure and is named', () => {
    const none = judge(kept, { story, query: 'oakmere', judged: {} })
    expect(none.precision).toEqual({ hits: 0, n: 0 })
    expect(none.recall).toEqual({ hits: 0, n: 0 })
    expect(none.unjudged.length).toBeGreaterThanOrEqual(30)
  })

  test('draws the same posts whatever else is matched', () => {
    const few = judge(kept, { story, query: 'oakmere', judged: {} }).unjudged
    const same = judge([...kept].reverse(), { story, query: 'oakmere', judged: {} }).unjudged
    expect([...same].sort()).toEqual([...few].sort())
  })

  test('goes through a real log, and is printed with n and interval', async () => {
    const lines = printed(await measure(kept, [story], { ferry: judged }))
    expect(lines.join('\n')).toContain('1.00 (.89–1.00, n 30)')
    expect(lines.some((line) => line.startsWith('- dev: precision 1.00'))).toBe(true)
    expect(lines.join('\n')).toContain('too few stories for a mean')
    const silent = printed(await measure(kept, [story], {}))
    expect(silent.join('\n')).toContain('NOT JUDGED')
    expect(silent.join('\n')).not.toContain(kept[0]!.post.text)
  })

  test('tells the mean of stories with its own interval, since posts of one story go right or wrong together', () => {
    const of = (half: JudgedStory['half'], hits: number): Finding => ({
      story: { ...story, half },
      proposal: { query: 'oakmere', choice: { kind: 'thin', reason: '', missing: '' }, targets: [], terms: [] },
      matched: 10,
      precision: { hits, n: 10 },
      recall: { hits, n: 10 },
      unjudged: [],
    })
    const lines = printed([of('dev', 10), of('blind', 9), of('blind', 8), of('blind', 1)])
    expect(lines.filter((line) => line.startsWith('- blind'))).toEqual([
      '- blind: precision .60 (.42–.75, n 30) over all posts judged, .60 (.10–1.00) as the mean of 3 stories; at least .80 in 2 of 3',
      '- blind: recall .60 (.42–.75, n 30) over all posts judged, .60 (.10–1.00) as the mean of 3 stories; at least .50 in 2 of 3',
    ])
    expect(lines[2]).toMatch(/^\| blind/)
  })

  test.each([
    [{ hits: 17, n: 20 }, 0.64, 0.95],
    [{ hits: 0, n: 5 }, 0, 0.43],
    [{ hits: 0, n: 0 }, 0, 1],
  ])('Wilson of %j', (share, low, high) => {
    const [from, to] = wilson(share)
    expect(from).toBeCloseTo(low, 2)
    expect(to).toBeCloseTo(high, 2)
  })
})

describe('the kept posts', () => {
  test('are the sample and the sets, each text once, and an absent set is said loudly', () => {
    const said: string[] = []
    mkdirSync(join(world, 'vast'))
    const comments = 'post,new_topic\n"a ferry, at last",boats\n"a ferry, at last",harbours\n,boats\n'
    writeFileSync(join(world, 'vast/vast_train_90pct.csv'), comments)
    const found = keptPosts(world, (line) => said.push(line))
    expect(new Set(found.map(({ post }) => post.text)).size).toBe(found.length)
    expect(found.filter(({ post }) => post.source === 'sample').length).toBeGreaterThan(1_500)
    const vast = found.filter(({ post }) => post.source === 'vast')
    expect(vast.map(({ labels }) => labels)).toEqual([['vast:boats', 'vast:harbours']])
    expect(said.some((line) => line.startsWith('ABSENT: pstance'))).toBe(true)
    expect(said.some((line) => line.startsWith('ABSENT: vast'))).toBe(false)
    expect(said.join('\n')).not.toContain(found[0]!.post.text)
  })
})

describe('what is kept', () => {
  test('are queries that parse and halves of known size, the blind ones the largest', () => {
    const stories = readStories()
    for (const { pool } of stories) expect(() => parseQuery(pool)).not.toThrow()
    const sizes = [...Map.groupBy(stories, ({ half }) => half)].map(([half, those]) => [half, those.length])
    expect(Object.fromEntries(sizes)).toEqual({ dev: 15, test: 15, fresh: 10, blind: 30, unseen: 30, later: 30 })
    expect(new Set(stories.map(({ id }) => id)).size).toBe(stories.length)
  })

  test('are hashes and no texts', () => {
    const known = new Set(readStories().map(({ id }) => id))
    for (const [id, judgements] of Object.entries(readJudgements())) {
      expect(known).toContain(id)
      for (const [hash, about] of Object.entries(judgements)) {
        expect(hash).toMatch(/^[0-9a-f]{16}$/)
        expect(typeof about).toBe('boolean')
      }
    }
  })

  test('say of no sample post that it is about what it shares no word with', () => {
    const matcher = createMatcher([parseQuery('phone* OR smartphone* OR handy* OR telefon*')])
    const sample = readFileSync(join(import.meta.dirname, '../../ingest/sample/other-topics.ndjson'), 'utf8')
    const texts = sample
      .trim()
      .split('\n')
      .flatMap((line) => (JSON.parse(line) as { text?: string }).text ?? [])
    const { phones } = readJudgements()
    const told = texts.filter((text) => phones![hashOf(text)])
    expect(told.length).toBeGreaterThan(20)
    const worded = told.filter((text) => matcher.match({ text, author: null, lang: null, source: '' }).length > 0)
    expect(worded.length / told.length).toBeGreaterThan(0.9)
  })
})
