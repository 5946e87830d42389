import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { UserError } from '../../errors.ts'
import type { Figure } from '../../eval/figure.ts'
import { modelHash } from '../../eval/reader.ts'
import { aligned, type Card, markdown, printed, readCard, renewed, verdict, writeCard } from '../../eval/scorecard.ts'
import { modelFolder } from '../analyze/model.ts'

const figure = (more: Partial<Figure>): Figure => ({
  name: 'TweetEval irony',
  how: 'F1 | class 1',
  value: 0.6514,
  low: 0.6,
  high: 0.7,
  n: 784,
  ...more,
})
const card = (figures: Figure[]): Card => ({
  date: '2026-11-22T15:00:00.000Z',
  command: 'npm run eval --',
  model: 'm@1',
  sha256: 'ab',
  split: 'test',
  asked: 10,
  declined: 1,
  figures,
  byLabel: [{ label: 'joy', set: 'E-c', n: 5, positives: 2, threshold: 0.5, f1: 0.25, ece: 0.01, eceBefore: 0.02 }],
  notes: [
    { part: 'stance', said: 'this was not measured' },
    { part: 'shares', said: 'this was said of shares' },
  ],
})

describe('the verdict', () => {
  test.each([
    [{ floor: 0.64, goal: 0.72 }, 'holds the floor'],
    [{ floor: 0.66, goal: 0.72 }, 'MISSES THE FLOOR'],
    [{ floor: 0.64, goal: 0.65 }, 'reaches the goal'],
    [{ floor: 0.65141 }, 'MISSES THE FLOOR'], // not by rounding
    [{}, ''],
    [{ floor: 0.07, value: 0.069, lower: true }, 'holds the floor'],
    [{ floor: 0.07, value: 0.071, lower: true }, 'MISSES THE FLOOR'],
    [{ floor: 0.07, goal: 0.05, value: 0.05, lower: true }, 'reaches the goal'],
    [{ floor: 0.07, value: Number.NaN }, 'MISSES THE FLOOR'],
    [{ note: 'below the stated quality' }, 'below the stated quality'],
  ])('of %j is %j', (more, expected) => {
    expect(verdict(figure(more))).toBe(expected)
  })
})

describe('the table', () => {
  test('has every figure with its interval, n, bars and definition', () => {
    const text = printed(card([figure({ floor: 0.66, goal: 0.72 }), figure({ name: 'ECE', floor: 0.05, lower: true })]))
    expect(text).toMatch(/TweetEval irony +\.651 +\.600 to \.700 +784 +\.660 +\.720 +MISSES THE FLOOR +F1 \| class 1/)
    expect(text).toContain('<= .050')
    expect(text).toMatch(/joy +E-c +5 +2 +\.500 +\.250 +\.010 +\.020/)
    expect(text).toContain('this was not measured')
    expect(text).toContain('2 missed: TweetEval irony; ECE')
    expect(text).toContain('1 of 10 texts were declined')
  })

  test('says when all floors hold', () => {
    expect(printed(card([figure({ floor: 0.6 })]))).toContain('1 figures, 1 with a floor: all hold')
  })

  test('a value that is none is a dash; negative and whole ones are readable', () => {
    const text = printed(card([figure({ value: Number.NaN, low: -0.02, high: 1 })]))
    expect(text).toMatch(/ - +-\.020 to 1\.000/)
  })

  test('columns line up', () => {
    expect(
      aligned([
        ['a', 'b', 'c'],
        ['long', '', 'd'],
      ]),
    ).toBe('a     b  c\nlong     d')
  })
})

describe('the files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-card-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('are both there, whole, with nothing beside them', () => {
    const made = card([figure({ floor: 0.64 })])
    writeCard(join(folder, 'docs'), made)
    writeCard(join(folder, 'docs'), made)
    expect(readdirSync(join(folder, 'docs')).sort()).toEqual(['scorecard.json', 'scorecard.md'])
    expect(JSON.parse(readFileSync(join(folder, 'docs/scorecard.json'), 'utf8'))).toEqual(made)
  })

  test('the page names model, file, command and date, and its table is no wider than its head', () => {
    const page = markdown(card([figure({ floor: 0.64 })]))
    for (const part of ['m@1', '`ab`', '`npm run eval --`', '2026-11-22', 'this was not measured'])
      expect(page).toContain(part)
    const rows = page.split('\n').filter((line) => line.startsWith('| '))
    const cells = (line: string) => line.replaceAll('\\|', '').split('|').length
    expect(new Set(rows.map(cells))).toEqual(new Set([10]))
  })

  test('parts measured anew take the place of theirs, and the page says by which command', () => {
    const kept = card([figure({}), figure({ name: 'ECE', value: 0.2 }), figure({ name: 'last' })])
    writeCard(join(folder, 'kept'), kept)
    expect(readCard(join(folder, 'none'))).toBeNull()
    const fresh = {
      ...card([figure({ name: 'ECE', value: 0.1 }), figure({ name: 'new' })]),
      ...{
        command: 'npm run eval -- --only shares',
        date: '2026-11-29T00:00:00.000Z',
        notes: [{ part: 'shares', said: 'nor that' }],
        byLabel: [],
      },
    }
    const told = renewed(readCard(join(folder, 'kept'))!, fresh, ['shares'])
    expect(told.figures.map(({ name, value }) => [name, value])).toEqual([
      ['TweetEval irony', 0.6514],
      ['ECE', 0.1],
      ['new', 0.6514],
      ['last', 0.6514],
    ])
    expect(told.byLabel).toEqual(kept.byLabel)
    expect(told.notes.map(({ said }) => said)).toEqual(['this was not measured', 'nor that'])
    expect(markdown(told)).toContain('some anew by npm run eval -- --only shares on 2026-11-29')
    expect(() => renewed(kept, { ...fresh, sha256: 'cd' }, [])).toThrow(UserError)
    expect(() => renewed(kept, { ...fresh, split: 'val' }, [])).toThrow(UserError)
  })
})

test('the bundled model, its scorecard and its card are of one file and have the same figures', () => {
  const known = readCard(join(import.meta.dirname, '../../docs/model'))!
  expect(known.sha256).toBe(modelHash(modelFolder))
  const rows = readFileSync(join(modelFolder, 'README.md'), 'utf8').split('\n')
  const said = known.figures.map(({ name, value, low, high, n }) => {
    const [a, b, c] = [value, low, high].map((x) => x.toFixed(3))
    return `| ${name} | ${a} (${b} to ${c}), n ${n} |`
  })
  expect(rows.filter((row) => /^\| .+\), n \d+ \|$/.test(row))).toEqual(said)
})
