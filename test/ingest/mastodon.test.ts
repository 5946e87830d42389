// mastodon.ts against the double, one behaviour of an instance at a time: what comes through streams and pages, what is found
// again after a cut or a restart, what is a gap, and that whoever takes slowly makes the instance wait.
import { describe, expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { until } from '../contract/source.ts'
import { otherHome, token } from '../doubles/mastodon.ts'
import { ago, briefly, hourMs, instance, minuteMs, readers, reading, sourceOf } from './mastodonReading.ts'

describe('what comes', () => {
  test('what was written since the rewind, oldest first, then events as they happen', async () => {
    const double = await instance()
    const entries = [double.post(ago(2 * hourMs))]
    for (let at = 0; at < 90; at++) entries.push(double.post(ago(50 * minuteMs - at * 1_000)))
    const { changes, isLive, has, source, batches } = reading(double)
    await isLive()
    expect(briefly(changes(), entries)).toEqual(entries.slice(1).map((_, at) => `create ${at + 1}`))
    entries.push(double.post(ago(1_000)))
    await has(91)
    double.edit(entries[80]!, 'the boats go out', ago(500))
    double.delete(entries[81]!)
    await has(93)
    expect(briefly(changes().slice(90), entries)).toEqual(['create 91', 'update 80', 'delete 81'])
    expect(changes()[91]).toMatchObject({ source: 'mastodon', id: `${double.url}/statuses/${entries[80]!.id}` })
    expect(changes()[92]).toMatchObject({ source: 'mastodon', revision: null })
    expect(source.name).toBe(`mastodon:${new URL(double.url).host}`)
    expect(batches.every((batch) => batch.source === source.name)).toBe(true)
    expect(source.status()).toMatchObject({ received: 93, gaps: 0, drops: {} })
  })
  test('of local posts only the local timelines are asked, each hashtag once, and the token goes along', async () => {
    const double = await instance({ closed: 'all' })
    const [ours, theirs] = [
      double.post(ago(5_000), { tags: ['rain'] }),
      double.post(ago(4_000), { account: double.account('fay@elsewhere.invalid') }),
    ]
    const { changes, isLive } = reading(double, { token, tags: ['#Rain', 'rain', '日本'] })
    await isLive()
    await until(() => double.listeners === 3)
    expect(new Set(briefly(changes(), [ours, theirs]))).toEqual(new Set(['create 0']))
    const paths = double.asked.map((path) => path.replace(/(limit|min_id)=\d+&?/g, '').replace(/&$/, ''))
    expect([...new Set(paths)].sort()).toEqual([
      '/api/v1/streaming/hashtag/local?tag=%E6%97%A5%E6%9C%AC',
      '/api/v1/streaming/hashtag/local?tag=rain',
      '/api/v1/streaming/public/local',
      '/api/v1/timelines/public?local=true',
      '/api/v1/timelines/tag/%E6%97%A5%E6%9C%AC?local=true',
      '/api/v1/timelines/tag/rain?local=true',
      '/api/v2/instance',
    ])
    expect(double.tokens.every((one) => one === `Bearer ${token}`)).toBe(true)
  })
  test('the one that may tell of others does, but for those that are read themselves; a hashtag brings replies', async () => {
    const double = await instance()
    const by = (acct: string) => double.post(ago(5_000), { account: double.account(acct) })
    const entries = ['ann', 'fay@elsewhere.invalid', `hal@${otherHome}`, 'ida@short.invalid', 'old'].map(by)
    entries.push(double.post(ago(4_000), { parent: entries[0]!.id, tags: ['rain'] }))
    const { changes, isLive } = reading(double, { remote: true, tags: ['rain'] })
    await isLive()
    await until(() => changes().length === 4)
    expect(new Set(briefly(changes(), entries))).toEqual(new Set(['create 0', 'create 1', 'create 4', 'create 5']))
    const reply = changes().find((change) => 'replyTo' in change && change.replyTo !== null)
    expect(reply).toMatchObject({ replyTo: `${double.url}/statuses/${entries[0]!.id}` })
  })
  test('who asks to be left alone is, also from the moment it asks', async () => {
    const double = await instance()
    const entries = ['ann', 'hidden', 'unsearched', 'shy'].map((acct) =>
      double.post(ago(5_000), { account: double.account(acct) }),
    )
    const { changes, isLive, source, has } = reading(double)
    await isLive()
    expect(briefly(changes(), entries)).toEqual(['create 0', 'create 2', 'create 3'])
    expect(changes().map((change) => 'quotable' in change && change.quotable)).toEqual([true, false, false])
    expect(source.status().drops).toEqual({ unwilling: 1 })
    double.account('ann').flags.noindex = true
    double.edit(entries[0]!, 'leave me alone', ago(1_000))
    await has(4)
    expect(changes()[3]).toMatchObject({ op: 'delete', revision: new Date(entries[0]!.editedMs!).toISOString() })
  })
  test('an edit of what was written before our time is none of ours', async () => {
    const double = await instance()
    const [old, young] = [double.post(ago(9 * hourMs)), double.post(ago(minuteMs))]
    const { changes, isLive, has } = reading(double)
    await isLive()
    double.edit(old, 'long ago', ago(1_000))
    double.edit(young, 'just now', ago(1_000))
    await has(2)
    expect(briefly(changes(), [old, young])).toEqual(['create 1', 'update 1'])
  })
  test('what no one can use is counted once; news of accounts is none of ours', async () => {
    const double = await instance()
    const events = [
      'event: notification\ndata: {}\n\n',
      'event: filters_changed\ndata: undefined\n\n',
      'event: new\ndata: 1\n\n',
    ]
    double.junkBytes = [...events, 'event: update\ndata: {"id":\n\n', 'event: delete\ndata: [1]\n\n'].join('')
    double.post(ago(minuteMs), { more: { content: 7 } })
    const { source, isLive } = reading(double)
    await isLive()
    await until(() => Object.keys(source.status().drops).length === 4)
    expect(source.status().drops).toEqual({ unknown_kind: 1, malformed: 1, bad_id: 1, bad_text: 1 })
  })
  test('instances of other software, whose ids are letters', async () => {
    const double = await instance()
    const names = ['AvKq000000000000A1', 'AvKq000000000000B1', 'AvKq000000000000B2']
    const page = names.map((id) => double.view({ ...double.post(ago(minuteMs)), id })).reverse()
    for (const id of names) double.entries.set(id, double.entries.values().next().value!)
    for (const told of [page, page.slice(0, 2), [], []])
      double.refusals.push({ status: 200, body: JSON.stringify(told), path: /timelines/ })
    const { changes, isLive, stop } = reading(double)
    await isLive()
    expect(changes().map((change) => 'id' in change && change.id.split('/').at(-1))).toEqual(names)
    expect(await stop()).toContain(names[2])
  })
})

describe('after a cut or a restart', () => {
  test('what was written, edited and deleted meanwhile is found; nothing else is told twice', async () => {
    const double = await instance()
    const entries = Array.from({ length: 60 }, (_, at) => double.post(ago(30 * minuteMs - at * 1_000)))
    const first = reading(double)
    await first.isLive()
    const cursor = await first.stop()
    double.edit(entries[20]!, 'on second thought', ago(9 * minuteMs))
    double.delete(entries[30]!)
    for (let at = 0; at < 150; at++) entries.push(double.post(ago(8 * minuteMs - at * 1_000)))
    double.delete(entries[100]!)
    const second = reading(double, { cursor })
    await second.isLive()
    const found = briefly(second.changes(), entries)
    const creates = Array.from({ length: 150 }, (_, at) => `create ${at + 60}`).filter((line) => line !== 'create 100')
    expect(found.filter((line) => line.startsWith('create'))).toEqual(creates)
    expect(found.filter((line) => !line.startsWith('create'))).toEqual(['update 20', 'delete 30'])
    expect(double.asked.filter((path) => path.startsWith('/api/v1/statuses/'))).toEqual([
      `/api/v1/statuses/${entries[30]!.id}`,
    ])
  })
  test('what is not in the timeline any more but is there is left alone', async () => {
    const double = await instance()
    const entries = Array.from({ length: 20 }, (_, at) => double.post(ago(30 * minuteMs - at * 1_000)))
    const first = reading(double)
    await first.isLive()
    const cursor = await first.stop()
    for (const entry of entries.slice(5, 9)) entry.parent = '1'
    const second = reading(double, { cursor })
    await second.isLive()
    expect(second.changes()).toEqual([])
  })
  test('a stream that is cut, refused for a moment, or silent is opened again', async () => {
    const double = await instance()
    const entries = [double.post(ago(9_000))]
    const reasons: unknown[] = []
    const note = (_: string, fields: { reason?: string }) => void reasons.push(fields.reason)
    const { changes, isLive, has } = reading(double, { options: { stallMs: 150, timeoutMs: 200, note } })
    await isLive()
    double.refusals.push({ status: 503, path: /streaming/ })
    double.cut()
    double.delete(entries[0]!)
    entries.push(double.post(ago(1_000)))
    await has(3)
    expect(new Set(briefly(changes(), entries))).toEqual(new Set(['create 0', 'delete 0', 'create 1']))
    await isLive()
    double.mute = true
    await until(() => reasons.includes('stalled'))
    double.mute = false
    entries.push(double.post(ago(500)))
    await has(4)
    expect(briefly(changes(), entries)[3]).toBe('create 2')
  })
  test('more than is read back is a gap from where we were to the newest page, and it goes on from there', async () => {
    const double = await instance()
    const entries = [double.post(ago(50 * minuteMs))]
    const options = { pageSize: 10, mostPages: 3 }
    const first = reading(double, { options })
    await first.isLive()
    const cursor = await first.stop()
    for (let at = 0; at < 100; at++) entries.push(double.post(ago(40 * minuteMs - at * 1_000)))
    const { changes, isLive, source, has } = reading(double, { cursor, options })
    await isLive()
    const found = briefly(changes(), entries)
    // Nine with the look back at the last post we told, and three pages.
    expect(found.slice(0, 39)).toEqual(Array.from({ length: 39 }, (_, at) => `create ${at + 1}`))
    expect(found.slice(39)).toEqual(['gap -1', ...Array.from({ length: 10 }, (_, at) => `create ${at + 91}`)])
    const [from, to] = [entries[39]!, entries[91]!].map(({ atMs }) => new Date(atMs).toISOString())
    expect(changes()[39]).toMatchObject({ op: 'gap', source: 'mastodon', from, to })
    expect(source.status().gaps).toBe(1)
    entries.push(double.post(ago(1_000)))
    await has(51)
  })
  test('a stream that is configured no more is forgotten, a new one begins anew', async () => {
    const double = await instance()
    double.post(ago(minuteMs), { tags: ['rain'] })
    const first = reading(double, { tags: ['rain'] })
    await first.isLive()
    await first.has(2)
    const second = reading(double, { cursor: await first.stop(), tags: ['boats'] })
    await until(() => double.listeners === 2)
    double.post(ago(1_000), { tags: ['boats'] })
    await second.has(2)
    const { streams } = JSON.parse((await second.stop())!)
    expect(Object.keys(streams)).toEqual(['public', '#boats'])
  })
})

test('a slow taker makes the stream wait: what an instance can hand over is bounded', async () => {
  const double = await instance()
  double.post(ago(minuteMs))
  const abort = new AbortController()
  readers.push(abort)
  const reader = sourceOf(double).read(null, abort.signal)[Symbol.asyncIterator]()
  await reader.next()
  const next = reader.next()
  await until(() => double.listeners === 1)
  const posts = Array.from({ length: 4_000 }, (_, at) =>
    double.view({ ...double.post(ago(9_000)), id: String(BigInt(at) + 900n), text: 'x'.repeat(10_000) }),
  )
  const sent = double.sent
  await next
  const flooding = double.flood(posts.map((view) => Buffer.from(`event: update\ndata: ${JSON.stringify(view)}\n\n`)))
  let [before, still] = [-1, 0]
  await until(() => {
    still = double.sent === before ? still + 1 : 0
    before = double.sent
    return still > 40
  })
  // Of 40 MB no more than sockets and one portion hold.
  expect(double.sent - sent).toBeLessThan(2_000)
  abort.abort()
  await reader.return?.()
  await flooding
})

test('a cursor that is none of ours crashes, and an abort between two events is the end', async () => {
  const double = await instance()
  const [never, abort] = [new AbortController().signal, new AbortController()]
  await expect(sourceOf(double).read('{"v":9}', never)[Symbol.asyncIterator]().next()).rejects.toThrow(CorruptionError)
  double.post(ago(minuteMs))
  const source = sourceOf(double)
  for await (const _ of source.read(null, abort.signal)) abort.abort()
  expect(source.status()).toMatchObject({ state: 'off', received: 1 })
  await until(() => double.listeners === 0)
})
