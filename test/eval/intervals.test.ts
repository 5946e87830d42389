// The part as a whole over invented sets, and what its page says when a bar is missed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Audit } from '../../eval/audits.ts'
import { type Intervals, intervals, page, verdicts, writeIntervals } from '../../eval/intervals.ts'
import { studyOf, tellingModel, writeWorld } from './world.ts'

let root = ''
beforeAll(() => {
  root = writeWorld()
})
afterAll(() => rmSync(root, { recursive: true }))

const made = {
  date: '2026-11-25T18:00:00.000Z',
  command: 'npm run eval -- --only intervals',
  model: 'm@1',
  sha256: 'ab',
}
const audit = (more: Partial<Audit>): Audit => ({
  ...{ what: 'emotion, joy', share: 0.1, labels: 50, draws: 2_000 },
  ...{ covered: 0.95, coveredAlone: 0.94, explained: 0.3, width: 0.8, ...more },
})

describe('the part', () => {
  test('tells coverage of every head at every size, the audits, and how the pools were checked', async () => {
    const found = await intervals(3)(studyOf(root, tellingModel()))
    const names = found.figures.map(({ name }) => name)
    for (const head of ['sentiment', 'emotion', 'stance'])
      for (const n of [50, 1000]) {
        expect(names).toContain(`intervals, ${head}: coverage, n = ${n}`)
        expect(names).toContain(`intervals, ${head}: interval score, n = ${n}`)
      }
    expect(found.intervals!.audits).toHaveLength(3 * 27)
    expect(found.notes!.find((note) => note.startsWith('sentiment'))).toMatch(/28 pools, FEWER THAN 30; .*two folds/)
    const { floor, value } = found.figures.find(({ name }) => name === 'intervals, sentiment: coverage, n = 50')!
    expect(floor).toBe(0.9)
    expect(value).toBeGreaterThan(0.9)
  })
})

describe('what is asked of the audits', () => {
  test('is said when it holds', () => {
    const [covered, width] = verdicts([audit({}), audit({ covered: 0.97, explained: 0.1, width: 1.1 })])
    expect(covered).toContain('0.950 to 0.970 over 2 cells of 2000 draws; all within')
    expect(width).toContain('(1 cells) the width is 0.800 to 0.800')
    expect(width).toContain('narrower in every one')
  })

  test('and shouted about when it does not', () => {
    const [covered, width] = verdicts([audit({ covered: 0.91 }), audit({ share: 0.5, covered: 0.99, width: 1 })])
    expect(covered).toContain('OUTSIDE 0.92 to 0.98: emotion, joy at 0.1 with 50 labels; emotion, joy at 0.5')
    expect(width).toContain('NOT NARROWER: emotion, joy at 0.5')
  })

  test('nothing audited is said too, and a model that explains nothing', () => {
    expect(verdicts([])[0]).toContain('nothing was audited')
    expect(verdicts([audit({ explained: 0.05 })])[1]).toContain('Nowhere')
  })
})

describe('the page', () => {
  const value = (x: number) => ({ value: x, low: x - 0.01, high: x + 0.01, n: 40 })
  const found: Intervals = {
    coverage: [
      {
        what: 'stance',
        n: 50,
        pools: 40,
        posts: 48.6,
        covered: value(0.934),
        half: 0.2,
        score: value(0.7),
        refused: 2,
      },
    ],
    audits: [audit({})],
    notes: ['said so'],
  }

  test('shows every number with its command and model', () => {
    const text = page(made, found)
    expect(text).toContain('`npm run eval -- --only intervals` on 2026-11-25')
    expect(text).toContain('- said so')
    expect(text).toContain('| stance | 50 | 40 | 49 | 0.934 | 0.924 to 0.944 | 0.200 | 0.700 | 0.690 to 0.710 | 2 |')
    expect(text).toContain('| emotion, joy | 0.1 | 50 | 2000 | 0.950 | 0.940 | 0.30 | 0.80 |')
  })

  test('is written with its numbers, whole', () => {
    const folder = mkdtempSync(join(tmpdir(), 'undercurrent-intervals-'))
    writeIntervals(folder, made, found)
    expect(readdirSync(folder).toSorted()).toEqual(['intervals.json', 'intervals.md'])
    expect(JSON.parse(readFileSync(join(folder, 'intervals.json'), 'utf8'))).toEqual({ ...made, ...found })
    rmSync(folder, { recursive: true })
  })
})
