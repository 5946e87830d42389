import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openTokens, type TokenReader } from '../../analyze/tokens.ts'
import { modelFolder } from './model.ts'

const [cls, sep] = [101, 102]
let tokens: TokenReader
beforeAll(async () => {
  tokens = await openTokens(modelFolder, 128)
})
const long = 'peace talks again and again '.repeat(60)

describe('a post alone', () => {
  test('is framed', () => {
    const { ids, segments, positions } = tokens.row('peace talks')
    expect([ids[0], ids.at(-1)]).toEqual([cls, sep])
    expect(segments).toEqual([0, 0, 0, 0])
    expect(positions).toEqual([0, 1, 2, 3])
  })

  test('loses its end, not its frame', () => {
    const { ids } = tokens.row(long)
    expect(ids).toHaveLength(128)
    expect([ids[0], ids.at(-1)]).toEqual([cls, sep])
    expect(ids.slice(0, 127)).toEqual(tokens.row(long.slice(0, 1_000)).ids.slice(0, 127))
  })

  test('of nothing is a frame around nothing', () => {
    expect(tokens.row('').ids).toEqual([cls, sep])
  })
})

describe('a post and its targets', () => {
  test('are segments of one row, positions counted in each', () => {
    const { ids, segments, positions } = tokens.row('we want it', ['peace', 'peace talks'])
    const target = (text: string) => tokens.row(text).ids.slice(1)
    expect(ids).toEqual([...tokens.row('we want it').ids, ...target('peace'), ...target('peace talks')])
    expect(segments).toEqual([0, 0, 0, 0, 0, 1, 1, 2, 2, 2])
    expect(positions).toEqual([0, 1, 2, 3, 4, 1, 2, 1, 2, 3])
  })

  test('a long post is cut as it is alone, whatever is asked', () => {
    const { ids, segments } = tokens.row(long, ['direct peace talks', long])
    expect(ids.slice(0, 128)).toEqual(tokens.row(long).ids)
    expect(segments.filter((segment) => segment === 0)).toHaveLength(128)
  })

  test('a long target keeps 48 tokens', () => {
    const { segments } = tokens.row('we want it', [long, 'peace'])
    expect(segments.filter((segment) => segment === 1)).toHaveLength(49)
    expect(segments.slice(-2)).toEqual([2, 2])
  })
})

test('rows are those that training/corpus.py makes', async () => {
  const rows = JSON.parse(await readFile(join(import.meta.dirname, 'rows.golden.json'), 'utf8'))
  expect(rows.length).toBeGreaterThan(3)
  for (const { post, targets, ...row } of rows) expect(tokens.row(post, targets)).toEqual(row)
})

describe('any text', () => {
  const texts = [
    '\u0000',
    '\ud800',
    '停战',
    '😂'.repeat(500),
    'a'.repeat(5_000),
    '[SEP] [CLS] [MASK]',
    '\u0301'.repeat(900),
    '##ing',
  ]
  test.each(texts)('%j fits the network', (text) => {
    for (const { ids, segments, positions } of [tokens.row(text), tokens.row(text, [text, ''])]) {
      expect(ids.length).toBeLessThanOrEqual(128 + 49 + 1)
      expect([segments.length, positions.length]).toEqual([ids.length, ids.length])
      expect(Math.max(...positions)).toBeLessThan(128)
      expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 30_522)).toBe(true)
    }
  })
})

test('another tokenizer, with another frame', async () => {
  const tiny = await openTokens(join(import.meta.dirname, '../fixtures/tiny-classifier'), 8)
  expect(tiny.row('very good day').ids).toEqual([2, 7, 4, 8, 3])
  expect(tiny.row('good '.repeat(50)).ids).toEqual([2, 4, 4, 4, 4, 4, 4, 3])
})
