// Changes from outside: each rule of DESIGN's "NDJSON change", and 50,000 hostile lines.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type OutsideChange, parseChange, parseTime } from '../ndjson.ts'
import { type DropReason, dropReasons } from '../types.ts'
import { rankOf } from '../versions.ts'

const receivedAt = '2026-11-22T13:00:00.000Z'
const options = { receivedAt, now: Date.parse(receivedAt) }
const parse = (value: unknown) => parseChange(typeof value === 'string' ? value : JSON.stringify(value), options)
function accepted(value: unknown): OutsideChange {
  const parsed = parse(value)
  if ('reason' in parsed) throw new Error(`${parsed.reason}: ${parsed.detail}`)
  return parsed.change
}
function refused(value: unknown): DropReason {
  const parsed = parse(value)
  if ('change' in parsed) throw new Error(`accepted ${JSON.stringify(parsed.change)}`)
  expect(parsed.detail).toMatch(/^[a-z]/)
  return parsed.reason
}

describe('what is taken in', () => {
  test('the least a post can say, and what the rest becomes', () => {
    expect(accepted('{"id":"1","text":"hello"}')).toEqual({
      op: 'create',
      source: 'import',
      id: '1',
      author: null,
      text: 'hello',
      at: receivedAt,
      lang: null,
      likes: null,
      reposts: null,
      replyTo: null,
      revision: null,
      quotable: true,
    })
  })
  test('everything a post can say', () => {
    const fields = {
      op: 'update',
      source: 'forum',
      id: 'at://x/"y"\u0000',
      author: 'ann',
      text: '',
      at: receivedAt,
      lang: 'pt-BR',
    }
    const counts = { likes: 0, reposts: 12, replyTo: 'z', revision: '3kabc' }
    expect(accepted({ ...fields, ...counts })).toEqual({ ...fields, ...counts, quotable: true })
  })
  test('delete, withdraw and restore say only what they need', () => {
    const more = { text: 'ignored', likes: 'ignored', extra: {} }
    const at = receivedAt
    expect(accepted({ op: 'delete', id: 'a', revision: 7, ...more })).toEqual({
      op: 'delete',
      source: 'import',
      id: 'a',
      at,
      revision: '7',
    })
    for (const op of ['withdraw', 'restore']) {
      expect(accepted({ op, author: 'ann', id: 5, ...more })).toEqual({ op, source: 'import', author: 'ann', at })
    }
  })
  test('an object is taken like its line; a byte order mark and CR do not matter', () => {
    expect(parseChange({ id: '1', text: 'x' }, options)).toEqual(parse('\ufeff{"id":"1","text":"x"}\r'))
  })
  test('a null or an empty optional field is an absent one', () => {
    const empty = { author: '', lang: '', replyTo: null, likes: null, revision: null, at: null, source: '' }
    expect(accepted({ id: '1', text: 'x', ...empty })).toEqual(accepted({ id: '1', text: 'x' }))
  })
  test('a lone surrogate becomes U+FFFD in text and is refused in an id; NUL stays', () => {
    expect(accepted('{"id":"1","text":"a\\ud800b\\u0000"}')).toMatchObject({ text: 'a\ufffdb\0' })
    expect(refused('{"id":"\\ud800","text":"x"}')).toBe('bad_id')
  })
  test('nothing of the text is ever in a detail', () => {
    const parsed = parse('{"id":"1","text":"kingfisher"')
    expect(parsed).toEqual({ reason: 'malformed', detail: 'not JSON' })
  })
})

describe('what is refused, and why', () => {
  test.each<[DropReason, unknown]>([
    ['malformed', ''],
    ['malformed', '{"id":'],
    ['malformed', '[]'],
    ['malformed', 'null'],
    ['malformed', '"text"'],
    ['malformed', '5'],
    ['malformed', `"${'x'.repeat(1_100_000)}"`],
    ['malformed', '['.repeat(500_000)],
    ['unknown_op', { op: 'topic', id: 'x', text: 'x' }],
    ['unknown_op', { op: 'setting', key: 'k', value: 'v' }],
    ['unknown_op', { op: 'counts', id: 'x', likes: 1, reposts: 1 }],
    ['unknown_op', { op: 'label', id: 'x', topic: 't', measure: 'sentiment' }],
    ['unknown_op', { op: 1 }],
    ['unknown_op', { op: '__proto__', id: 'x', text: 'x' }],
    ['bad_id', { text: 'x' }],
    ['bad_id', { id: '', text: 'x' }],
    ['bad_id', { id: 123, text: 'x' }],
    ['bad_id', { id: {}, text: 'x' }],
    ['bad_id', { id: 'x'.repeat(2_049), text: 'x' }],
    ['bad_id', { op: 'delete' }],
    ['bad_text', { id: '1' }],
    ['bad_text', { id: '1', text: null }],
    ['bad_text', { id: '1', text: 5 }],
    ['bad_text', { id: '1', text: 'x'.repeat(100_001) }],
    ['bad_author', { id: '1', text: 'x', author: 5 }],
    ['bad_author', { op: 'withdraw' }],
    ['bad_author', { op: 'restore', author: '' }],
    ['bad_time', { id: '1', text: 'x', at: 'yesterday' }],
    ['bad_time', { id: '1', text: 'x', at: 1_700_000_000 }],
    ['bad_time', { id: '1', text: 'x', at: '2026-11-22T13:00:00' }],
    ['bad_time', { id: '1', text: 'x', at: '2026-11-23T13:00:00.001Z' }],
    ['bad_time', { id: '1', text: 'x', at: '0001-01-01T00:00:00Z' }],
    ['bad_revision', { id: '1', text: 'x', revision: '' }],
    ['bad_revision', { id: '1', text: 'x', revision: -1 }],
    ['bad_revision', { id: '1', text: 'x', revision: 1.5 }],
    ['bad_revision', { id: '1', text: 'x', revision: '1066-10-14T00:00:00Z' }],
    ['bad_revision', { id: '1', text: 'x', revision: 'more than twenty-two bytes' }],
    ['bad_field', { id: '1', text: 'x', likes: -1 }],
    ['bad_field', { id: '1', text: 'x', likes: '5' }],
    ['bad_field', { id: '1', text: 'x', reposts: 1.5 }],
    ['bad_field', { id: '1', text: 'x', lang: 5 }],
    ['bad_field', { id: '1', text: 'x', replyTo: 5 }],
    ['bad_field', { id: '1', text: 'x', source: 'two words' }],
    ['bad_field', { id: '1', text: 'x', source: 'x'.repeat(65) }],
  ])('%s: %o', (reason, value) => {
    expect(refused(value)).toBe(reason)
  })
  test('a number as an id says what to do', () => {
    expect(parse({ id: 1, text: 'x' })).toMatchObject({ detail: expect.stringContaining('in quotes') })
  })
})

describe('times', () => {
  test.each([
    ['2026-11-22T13:00:00Z', '2026-11-22T13:00:00.000Z'],
    ['2026-11-22T13:00:00.123456789Z', '2026-11-22T13:00:00.123Z'],
    ['2026-11-22T13:00:00,5+01:00', '2026-11-22T12:00:00.500Z'],
    ['2026-11-22T13:00-0330', '2026-11-22T16:30:00.000Z'],
    ['2026-11-22T13+02', '2026-11-22T11:00:00.000Z'],
    ['20261122T130000Z', '2026-11-22T13:00:00.000Z'],
    ['2026-11-22t13:00:00z', '2026-11-22T13:00:00.000Z'],
    ['2026-11-22 13:00:00 +00:00', '2026-11-22T13:00:00.000Z'],
    ['2026-11-22T24:00:00Z', '2026-11-23T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, want) => expect(new Date(parseTime(text)).toISOString()).toBe(want))
  test.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T24:00:01Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01',
    '2026-1-1T00:00:00Z',
    '2026-0101T00:00:00Z',
    '',
    'Z',
  ])('%s is none', (text) => expect(parseTime(text)).toBeNaN())
  test('every time that JavaScript writes is read back', () => {
    const from = Date.UTC(1900, 0, 1)
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1.2e13 }),
        (ms) => parseTime(new Date(from + ms).toISOString()) === from + ms,
      ),
    )
  })
})

test('50,000 hostile lines: never a throw, each a valid change or a reason from the list', () => {
  const field = fc.oneof(
    fc.anything({ maxDepth: 2, withNullPrototype: true }),
    fc.constantFrom('create', 'update', 'delete', 'withdraw', 'restore', 'topic', 'display', '', null, 0, -1, 1e308),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  )
  const names = [
    'op',
    'id',
    'source',
    'author',
    'text',
    'at',
    'lang',
    'likes',
    'reposts',
    'replyTo',
    'revision',
    '__proto__',
  ]
  const shape = fc.dictionary(fc.constantFrom(...names), field)
  const likely = fc.record({ id: fc.string({ minLength: 1 }), text: fc.string({ unit: 'binary' }) })
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.json(),
    shape.map(safeJson),
    fc.tuple(likely, shape).map(([base, more]) => safeJson({ ...base, ...more })),
    likely.map(safeJson),
    fc.tuple(likely.map(safeJson), fc.nat()).map(([json, cut]) => json.slice(0, cut % json.length)),
    fc.anything(),
  )
  const seen = new Set<string>()
  const property = fc.property(line, (value) => {
    const parsed = parseChange(value, options)
    seen.add('change' in parsed ? parsed.change.op : parsed.reason)
    if ('reason' in parsed) expect(dropReasons).toContain(parsed.reason)
    else check(parsed.change)
  })
  fc.assert(property, { numRuns: 50_000, seed: 20261122 })
  expect([...seen]).toEqual(
    expect.arrayContaining(['create', 'update', 'delete', 'malformed', 'unknown_op', 'bad_id', 'bad_text']),
  )
}, 60_000)

const safeJson = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '{}' // BigInt and circles have no JSON
  }
}

/** What every later stage relies on. */
function check(change: OutsideChange): void {
  expect(['create', 'update', 'delete', 'withdraw', 'restore']).toContain(change.op)
  expect(new Date(change.at).toISOString()).toBe(change.at)
  expect(change.source).toMatch(/^\S{1,64}$/u)
  if ('id' in change) expect(change.id.length).toBeGreaterThan(0)
  if ('revision' in change) expect(rankOf({ revision: change.revision, arrival: 1 })).toBeGreaterThan(0n)
  if ('text' in change) expect(change.text.isWellFormed()).toBe(true)
  if ('likes' in change) expect(change.likes === null || change.likes >= 0).toBe(true)
  expect(JSON.parse(JSON.stringify(change))).toEqual(change)
}
