// Stored changes: what goes in comes out, and what we did not write is corruption.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { decode, encode } from '../../log/codec.ts'
import { blocks, spread } from '../../log/slices.ts'
import { type Change, labelMeasures } from '../../types.ts'
import { post } from '../contract/changes.ts'

const time = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString())
const text = fc.string({ unit: 'binary' })
const maybe = fc.option(text)
const count = fc.option(fc.nat())

describe('codec', () => {
  test('every post comes back as it was', () => {
    const fields = {
      id: text,
      author: maybe,
      text,
      at: time,
      lang: maybe,
      likes: count,
      reposts: count,
      replyTo: maybe,
    }
    const inclusion = fc.double({ min: 0.01, max: 1, noNaN: true })
    const more = { op: fc.constantFrom('create' as const, 'update' as const), revision: maybe, quotable: fc.boolean() }
    const part = fc.option(fc.record({ inclusion }), { nil: {} })
    const property = fc.property(fc.record({ ...fields, ...more }), part, (change, seen) => {
      const whole = { ...post(change.id, change), ...seen }
      expect(decode(encode(whole))).toEqual(whole)
    })
    fc.assert(property, { seed: 1, numRuns: 2_000 })
  })
  test('every label comes back as it was', () => {
    const fields = {
      source: text,
      id: text,
      topic: text,
      target: fc.option(fc.record({ id: text, text })),
      measure: fc.constantFrom(...labelMeasures),
      values: fc.array(text),
      labeller: text,
      sample: fc.constantFrom('audit' as const, 'active' as const),
      probability: fc.option(fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true })),
      at: time,
    }
    const property = fc.property(fc.record(fields), (label) => {
      expect(decode(encode({ op: 'label', ...label }))).toEqual({ op: 'label', ...label })
    })
    fc.assert(property, { seed: 4 })
  })
  test('every article comes back as it was', () => {
    const fields = { source: text, id: text, site: text, headline: text, summary: text, at: time }
    const property = fc.property(fc.record(fields), (article) => {
      expect(decode(encode({ op: 'article', ...article }))).toEqual({ op: 'article', ...article })
    })
    fc.assert(property, { seed: 5 })
  })
  test('a topic written before there were tags has none', () => {
    const topic = { id: 'a', name: 'A', query: 'a', targets: [], public: false, version: 1, at: '', origin: 'user' }
    const { kind } = encode({ op: 'setting', key: 'k', value: null })
    const old = { kind: kind - 2, at: null, fields: JSON.stringify([1, { topic }]), text: null }
    expect(decode(old)).toEqual({ op: 'topic', topic: { ...topic, tags: [] } })
  })

  test('the numbers of kinds are on disk: none has moved', () => {
    const told = (op: string) => encode({ op, at: '2026-01-01T00:00:00Z' } as Change).kind
    expect(['delete', 'withdraw', 'restore', 'display', 'counts', 'gap'].map(told)).toEqual([2, 3, 4, 5, 6, 7])
    expect(['topic', 'topic.drop', 'setting', 'label', 'article'].map(told)).toEqual([8, 9, 10, 11, 12])
  })
  test('the text is apart from the fields, so that erasing it erases all of it', () => {
    const { fields, text } = encode(post('a', { text: 'kingfisher' }))
    expect(fields).not.toContain('kingfisher')
    expect(text).toBe('kingfisher')
  })
  test('a change without a time, or of no kind, is refused before it is kept', () => {
    expect(() => encode(post('a', { at: 'soon' }))).toThrow(RangeError)
    expect(() => encode({ op: 'rumour' } as unknown as Change)).toThrow(TypeError)
  })
  const sound = encode(post('a'))
  test.each([
    ['an unknown kind', { ...sound, kind: 99 }],
    ['no JSON', { ...sound, fields: '[1,' }],
    ['no list', { ...sound, fields: '{}' }],
    ['another format', { ...sound, fields: sound.fields.replace('[1', '[2') }],
    ['a field missing', { ...sound, fields: '[1,"test","a"]' }],
    ['a field of another type', { ...sound, fields: sound.fields.replace('"a"', '5') }],
    ['no text', { ...sound, text: null }],
    ['no time', { ...sound, at: null }],
    ['a broken delete', { ...sound, kind: 2, fields: '[1,null]' }],
  ])('%s is corruption', (_, stored) => {
    expect(() => decode(stored)).toThrow(CorruptionError)
  })
})

describe('blocks of a scan', () => {
  test('an order that visits each once, and spreads from the start', () => {
    for (const size of [0, 1, 2, 3, 5, 24, 100, 1_999]) {
      const order = [...spread(size)]
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, n) => n))
      for (const cut of [8, 32].filter((cut) => cut * 3 < size)) {
        const mean = order.slice(0, cut).reduce((sum, block) => sum + block, 0) / cut
        expect(Math.abs(mean / size - 0.5)).toBeLessThan(0.1)
      }
    }
  })
  test('they cover every position once, whatever the gaps', () => {
    const range = fc.record({ oldest: fc.integer({ min: 1, max: 1e5 }), span: fc.integer({ min: 1, max: 1e5 }) })
    const property = fc.property(range, fc.nat(1e5), ({ oldest, span }, posts) => {
      const status = {
        oldest,
        head: oldest + span - 1,
        posts: Math.min(posts + 1, span),
        bytes: 1,
        since: null,
        readers: {},
        partitions: 1,
      }
      const sorted = [...blocks(status)].sort((a, b) => a.after - b.after)
      expect(sorted[0]!.after).toBe(oldest - 1)
      expect(sorted.at(-1)!.until).toBe(status.head)
      for (const [index, block] of sorted.slice(1).entries()) expect(block.after).toBe(sorted[index]!.until)
    })
    fc.assert(property, { seed: 2 })
  })
})
