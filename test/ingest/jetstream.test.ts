// Frames become changes, or a named reason: every shape we know of, and 40,000 that nobody intended.
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decodeFrame, type Frame, inflate, microseconds, nsid, tidOf } from '../../ingest/jetstream.ts'
import { type DropReason, dropReasons } from '../../types.ts'
import { dictionaries, frameOf, packed } from '../doubles/frames.ts'
import { Network } from '../doubles/network.ts'
import { pick, seeded } from '../doubles/posts.ts'

const now = Date.parse('2026-11-22T13:00:00.000Z')
const did = 'did:plc:harbourharbourharbour234'
const time = '2026-11-22T12:59:58.123456Z'
const base = { seq: 7, did, time, witnessedAt: '2026-11-22T12:59:59.000001Z' }
const rev = '3m6abcdefgh2k'
const record = { $type: 'app.bsky.feed.post', text: 'boats are back', createdAt: '1985-01-01T00:00:00Z' }
const create = { rev, operation: 'create', collection: 'app.bsky.feed.post', rkey: '3m6abcdefgh2j', record }
const wish = { rev, operation: 'create', collection: 'app.bsky.actor.contentVisibilityDeclaration', rkey: 'self' }
const id = `at://${did}/app.bsky.feed.post/3m6abcdefgh2j`

function decode(kind: string, fields: object): Frame {
  const text = JSON.stringify({ $type: 'message', payload: { $type: `${nsid}#${kind}`, ...base, ...fields } })
  return decodeFrame(text, { source: 'bluesky', now })
}
const commit = (fields: object) => decode('commit', { ...create, ...fields })
const post = (fields: object) => commit({ record: { ...record, ...fields } })
const account = (fields: object) => decode('account', { account: fields })
function changeIn(frame: Frame) {
  if (frame.kind !== 'change') throw new Error(`no change but ${JSON.stringify(frame)}`)
  return frame.change
}

describe('posts', () => {
  test('a create: stream time, revision, at-uri; createdAt decides nothing', () => {
    const frame = post({
      langs: ['pt-BR', 'en'],
      reply: { root: {}, parent: { uri: 'at://did:plc:x/app.bsky.feed.post/1' } },
    })
    expect(frame).toEqual({
      ...{ kind: 'change', at: '2026-11-22T12:59:58.123Z' },
      mark: { seq: 7, timeUs: Date.parse('2026-11-22T12:59:59.000Z') * 1000 + 1 },
      change: {
        ...{ op: 'create', source: 'bluesky', id, author: did, text: 'boats are back', at: '2026-11-22T12:59:58.123Z' },
        ...{ lang: 'pt-BR', likes: null, reposts: null, replyTo: 'at://did:plc:x/app.bsky.feed.post/1' },
        ...{ revision: rev, quotable: true },
      },
    })
  })

  test('an update, a delete, an empty text', () => {
    expect(changeIn(commit({ operation: 'update' }))).toMatchObject({ op: 'update', id, revision: rev })
    const at = '2026-11-22T12:59:58.123Z'
    const gone = commit({ operation: 'delete', record: undefined })
    expect(changeIn(gone)).toEqual({ op: 'delete', source: 'bluesky', id, at, revision: rev })
    expect(changeIn(post({ text: '' }))).toMatchObject({ text: '' })
  })

  test('half a surrogate pair does not travel on', () => {
    expect(changeIn(post({ text: 'boat \ud83d' }))).toMatchObject({ text: 'boat \ufffd' })
  })

  test('a language that is none is unknown; no language is unknown', () => {
    for (const langs of [[], ['<b>'], undefined, null]) expect(changeIn(post({ langs }))).toMatchObject({ lang: null })
  })

  test('the label against showing it to people who are not logged in', () => {
    const values = [{ val: 'spoiler' }, { val: '!no-unauthenticated' }]
    expect(changeIn(post({ labels: { values } }))).toMatchObject({ quotable: false })
    expect(changeIn(post({ labels: { values: [{ val: 'spoiler' }] } }))).toMatchObject({ quotable: true })
  })
})

describe('accounts and wishes', () => {
  test('a gone account is withdrawn, whatever the reason; one that is active may be back', () => {
    for (const status of ['deleted', 'takendown', 'suspended', 'deactivated', undefined]) {
      expect(changeIn(account({ active: false, status }))).toMatchObject({ op: 'withdraw', author: did })
    }
    expect(changeIn(account({ active: true }))).toMatchObject({ op: 'restore', author: did })
  })

  test('trouble of the account host withdraws nobody', () => {
    for (const status of ['desynchronized', 'throttled']) {
      expect(account({ active: false, status })).toMatchObject({ kind: 'drop', reason: 'unknown_kind' })
    }
  })

  test('the wish not to be recommended, and taking it back', () => {
    const declare = (fields: object) => changeIn(decode('commit', { ...wish, ...fields }))
    expect(declare({ record: { hideFromAlgorithmicRecommendations: true } })).toMatchObject({
      op: 'display',
      quotable: false,
    })
    expect(declare({ record: { hideFromAlgorithmicRecommendations: false } })).toMatchObject({ quotable: true })
    expect(declare({ operation: 'delete' })).toMatchObject({ op: 'display', author: did, quotable: true })
  })
})

describe('the stream about itself', () => {
  test('notices and errors carry a name that is safe to log', () => {
    const about = (frame: object) => decodeFrame(JSON.stringify(frame), { source: 'bluesky', now })
    expect(decode('info', { name: 'OutdatedCursor' })).toEqual({ kind: 'info', name: 'OutdatedCursor' })
    expect(about({ $type: 'error', error: 'ConsumerTooSlow' })).toEqual({ kind: 'error', name: 'ConsumerTooSlow' })
    expect(about({ $type: 'error', error: 'did:plc:x said "no"' })).toEqual({ kind: 'error', name: 'Unnamed' })
  })

  test('without witnessedAt the display time marks the place', () => {
    expect(decode('commit', { ...create, witnessedAt: undefined })).toMatchObject({
      mark: { timeUs: microseconds(time) },
    })
  })
})

describe('what cannot be used is named', () => {
  const cases: [string, Frame, DropReason][] = [
    ['no frame', decodeFrame(null, { source: 'bluesky', now }), 'malformed'],
    ['no JSON', decodeFrame('{', { source: 'bluesky', now }), 'malformed'],
    ['a list', decodeFrame('[]', { source: 'bluesky', now }), 'malformed'],
    ['another frame', decodeFrame('{"$type":"greeting"}', { source: 'bluesky', now }), 'unknown_kind'],
    ['no payload', decodeFrame('{"$type":"message"}', { source: 'bluesky', now }), 'malformed'],
    ['another kind', decode('sync', {}), 'unknown_kind'],
    ['another collection', commit({ collection: 'app.bsky.feed.like' }), 'unknown_kind'],
    ['no seq', commit({ seq: '7' }), 'malformed'],
    ['another operation', commit({ operation: 'merge' }), 'unknown_op'],
    ['no did', commit({ did: 'harbour' }), 'bad_author'],
    ['no key', commit({ rkey: '../x' }), 'bad_id'],
    ['no revision', commit({ rev: 'yesterday' }), 'bad_revision'],
    ['no time', commit({ time: 'soon' }), 'bad_time'],
    ['a time two days ahead', commit({ time: '2026-11-24T13:00:00Z' }), 'bad_time'],
    ['no text', post({ text: undefined }), 'bad_text'],
    ['a book', post({ text: 'x'.repeat(100_001) }), 'bad_text'],
    ['languages as a word', post({ langs: 'en' }), 'bad_field'],
    ['a reply to nothing', post({ reply: {} }), 'bad_field'],
    ['labels as a word', post({ labels: 'spoiler' }), 'bad_field'],
    ['an account in between', account({ active: 'maybe' }), 'bad_field'],
    ['a wish elsewhere', decode('commit', { ...wish, rkey: 'other', record: {} }), 'bad_id'],
    ['a wish without a word', decode('commit', { ...wish, record: {} }), 'bad_field'],
  ]
  test.each(cases)('%s', (_what, frame, reason) => {
    expect(frame).toMatchObject({ kind: 'drop', reason })
  })

  test('a dropped event still tells the place, so that a resume moves past it', () => {
    expect(commit({ rev: 'yesterday' })).toMatchObject({ kind: 'drop', mark: { seq: 7 } })
  })
})

describe('bytes', () => {
  test('zstd with and without the dictionary, text, and junk', () => {
    const [event] = new Network({ seed: 1 }).produce(1, now * 1000)
    const frame = frameOf(event!)
    const dictionary = dictionaries[0]!.bytes
    expect(inflate(packed(frame, 0), true, dictionary)).toBe(frame.toString())
    expect(inflate(zstdCompressSync(frame), true, null)).toBe(frame.toString())
    expect(inflate(frame, false, dictionary)).toBe(frame.toString())
    expect(inflate(frame, true, dictionary)).toBeNull()
    expect(inflate(packed(frame, 1), true, dictionary)).not.toBe(frame.toString())
  })

  test('a decompression bomb is no frame', () => {
    expect(inflate(zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)), true, null)).toBeNull()
  })

  test('40,000 mutated frames: none throws, each is a change or a named reason', () => {
    const random = seeded(2026)
    const frames = new Network({ seed: 9, accountShare: 0.1, wishShare: 0.1 })
      .produce(400, now * 1000, 1000)
      .map(frameOf)
    const seen: Record<string, number> = {}
    for (let round = 0; round < 40_000; round++) {
      const frame = pick(random, frames)
      const bytes = round % 2 ? mutateBytes(frame, random) : mutateFields(frame, random)
      const binary = round % 5 === 0
      const wire = binary ? mutateBytes(packed(bytes, 0), round % 3 ? () => 1 : random) : bytes
      const verdict = decodeFrame(inflate(wire, binary, dictionaries[0]!.bytes), { source: 'bluesky', now })
      if (verdict.kind === 'drop') expect(dropReasons).toContain(verdict.reason)
      const name = verdict.kind === 'drop' ? verdict.reason : verdict.kind
      seen[name] = (seen[name] ?? 0) + 1
    }
    const reasons = ['change', 'malformed', 'unknown_op', 'unknown_kind', 'bad_id', 'bad_text', 'bad_author']
    expect(Object.keys(seen)).toEqual(expect.arrayContaining([...reasons, 'bad_time', 'bad_revision', 'bad_field']))
    expect(Object.values(seen).reduce((sum, count) => sum + count, 0)).toBe(40_000)
  })
})

/** A few bytes changed, cut or doubled; nothing when `random` always says 1. */
function mutateBytes(frame: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(frame)
  if (random() === 1) return bytes
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const at = Math.floor(random() * bytes.length)
    const dice = random()
    if (dice < 0.6) bytes[at] = Math.floor(random() * 256)
    else if (dice < 0.8) bytes = bytes.subarray(0, at)
    else bytes = Buffer.concat([bytes, bytes.subarray(at)])
  }
  return bytes
}

const oddities = [
  null,
  true,
  -1,
  1e300,
  '',
  'x',
  'did:',
  [],
  {},
  [[null]],
  '\u0000',
  '9999-12-31T23:59:59Z',
  { $type: 'x' },
]
/** One field anywhere in the frame replaced by something odd, or gone. */
function mutateFields(frame: Buffer, random: () => number): Buffer {
  const root = JSON.parse(frame.toString())
  let place = root
  for (;;) {
    const key = pick(random, Object.keys(place))
    const inner = place[key]
    const deeper = inner !== null && typeof inner === 'object' && Object.keys(inner).length > 0 && random() < 0.9
    if (deeper) {
      place = inner
      continue
    }
    if (random() < 0.2) delete place[key]
    else place[key] = pick(random, oddities)
    return Buffer.from(JSON.stringify(root))
  }
}

test('TIDs sort as their times do and have the protocol form', () => {
  const tids = [1, 2, 31, 32, 1_790_000_000_000_000, 1_790_000_000_000_001].map((us) => tidOf(us))
  expect([...tids].sort()).toEqual(tids)
  expect(tids[4]).toMatch(/^[2-7a-j][2-7a-z]{12}$/)
})

test('microseconds survive, and what is no time is null', () => {
  expect(microseconds('2026-11-22T13:00:00.000001Z')).toBe(now * 1000 + 1)
  expect(microseconds('2026-11-22T13:00:00.5Z')).toBe(now * 1000 + 500_000)
  expect(microseconds('2026-11-22T15:00:00+02:00')).toBe(now * 1000)
  for (const value of ['', 'now', '2026-13-01T00:00:00Z', 5, null]) expect(microseconds(value)).toBeNull()
})
