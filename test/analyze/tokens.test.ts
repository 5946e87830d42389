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
    const { ids, types } = tokens.single('peace talks')
    expect([ids[0], ids.at(-1)]).toEqual([cls, sep])
    expect(ids).toHaveLength(4)
    expect(types).toEqual([0, 0, 0, 0])
  })

  test('loses its end, not its frame', () => {
    const { ids } = tokens.single(long)
    expect(ids).toHaveLength(128)
    expect([ids[0], ids.at(-1)]).toEqual([cls, sep])
    expect(ids.slice(0, 127)).toEqual(tokens.single(long.slice(0, 1_000)).ids.slice(0, 127))
  })

  test('of nothing is a frame around nothing', () => {
    expect(tokens.single('').ids).toEqual([cls, sep])
  })
})

describe('a target and a post', () => {
  test('are told apart by their types', () => {
    const [pair] = tokens.pairs(['peace'], 'we want it')
    expect(pair!.ids).toEqual([...tokens.single('peace').ids, ...tokens.single('we want it').ids.slice(1)])
    expect(pair!.types).toEqual([0, 0, 0, 1, 1, 1, 1])
  })

  test('one row for each target', () => {
    expect(tokens.pairs([], 'we want it')).toEqual([])
    expect(tokens.pairs(['a', 'b c'], 'we want it').map(({ ids }) => ids.length)).toEqual([7, 8])
  })

  test('a long post gives way, and both frames stay', () => {
    const [{ ids, types }] = tokens.pairs(['direct peace talks'], long) as [{ ids: number[]; types: number[] }]
    expect(ids).toHaveLength(128)
    expect(types).toHaveLength(128)
    expect(ids.filter((id) => id === sep)).toHaveLength(2)
    expect(ids.slice(0, 5)).toEqual(tokens.single('direct peace talks').ids)
    expect(ids.at(-1)).toBe(sep)
  })

  test('a long target keeps 48 tokens, so that the post is still read', () => {
    const [{ ids, types }] = tokens.pairs([long], long) as [{ ids: number[]; types: number[] }]
    expect(ids).toHaveLength(128)
    expect(types.filter((type) => type === 0)).toHaveLength(50)
    expect(types.filter((type) => type === 1)).toHaveLength(78)
  })
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
    for (const { ids, types } of [tokens.single(text), ...tokens.pairs([text, ''], text)]) {
      expect(ids.length).toBeLessThanOrEqual(128)
      expect(types).toHaveLength(ids.length)
      expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 30_522)).toBe(true)
    }
  })
})

test('another tokenizer, with another frame', async () => {
  const tiny = await openTokens(join(import.meta.dirname, '../fixtures/tiny-classifier'), 8)
  expect(tiny.single('very good day').ids).toEqual([2, 7, 4, 8, 3])
  expect(tiny.single('good '.repeat(50)).ids).toEqual([2, 4, 4, 4, 4, 4, 4, 3])
})
