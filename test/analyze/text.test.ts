// analyze/text.ts against the golden vectors that training/golden.py wrote from training/text.py.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emojiTable, normalise } from '../../analyze/text.ts'

type Vector = { name: string; text: string; repeat?: number; normalised: string }

const readJson = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const vectors = readJson('text.golden.json') as Vector[]
const table = emojiTable(readJson('../../models/undercurrent-minilm/emoji.json'))

describe('normalise', () => {
  it.each(vectors)('equals training/text.py: $name', ({ text, repeat, normalised }) => {
    expect(normalise(text.repeat(repeat ?? 1), table)).toBe(normalised)
  })

  it('never throws, never leaves an edge or double space, a link, or a lone surrogate', () => {
    const post = fc.string({ unit: 'binary', maxLength: 300 })
    const glue = fc.constantFrom('#', '@', '\\ud83d', '&amp;', 'https://x.y', '😀', '\ud83d', '\u200d', '  ')
    const mixed = fc.array(fc.oneof(post, glue), { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(mixed, (text) => {
        const out = normalise(text, table)
        expect(out).not.toMatch(/^ | {2}| $|https?:\/\/[!-~]/)
        expect(out.isWellFormed()).toBe(true)
        expect([...out].length).toBeLessThanOrEqual(1200)
      }),
    )
  })

  it('takes linear time on hostile input', () => {
    const hostile = ['@a'.repeat(1e6), '#aB1_'.repeat(4e5), '\\u00'.repeat(5e5), '😀\u200d'.repeat(5e5)]
    const started = performance.now()
    for (const text of hostile) normalise(text, table)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('works with an empty emoji table', () => {
    expect(normalise('fine 😀', emojiTable({}))).toBe('fine 😀')
  })
})
