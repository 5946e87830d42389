// The double itself: that it is seeded, keeps its ledger straight, and speaks and refuses as its lexicon says. Read here
// with a bare WebSocket, not with the code under test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { until } from '../contract/source.ts'
import { dictionaries } from './frames.ts'
import { JetstreamDouble } from './jetstream.ts'
import { Network, type NetworkEvent } from './network.ts'
import { about, demoTopic, seeded, texts } from './posts.ts'

const path = '/xrpc/network.bsky.jetstream.subscribeEvents'

function listen(double: JetstreamDouble, query: string) {
  const frames: { $type: string; payload: Record<string, unknown>; error?: string }[] = []
  const socket = new WebSocket(`${double.url}${path}?${query}`, { perMessageDeflate: false })
  const { bytes } = dictionaries[0]!
  socket.on('message', (frame: Buffer, binary) => {
    frames.push(JSON.parse((binary ? zstdDecompressSync(frame, { dictionary: bytes }) : frame).toString()))
  })
  socket.on('error', () => {})
  const seqs = () => frames.map(({ payload }) => payload.seq)
  return { socket, frames, seqs }
}

async function refusal(double: JetstreamDouble, query: string, at = path) {
  const socket = new WebSocket(`${double.url}${at}?${query}`)
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, ...JSON.parse(body) }
}

describe('the network', () => {
  test('is the same for the same seed, another for another', () => {
    const make = (seed: number) => new Network({ seed }).produce(500, 1e15, 1000)
    expect(make(1)).toEqual(make(1))
    expect(make(1)).not.toEqual(make(2))
  })

  test('keeps one account in order, seqs and times growing, revisions growing within an account', () => {
    const events = new Network({ seed: 3, accounts: 20 }).produce(2_000, 1e15, 1000)
    const revs = new Map<string, string>()
    for (const [at, event] of events.entries()) {
      expect(event.seq).toBe(at + 1)
      expect(event.timeUs).toBeGreaterThan(events[at - 1]?.timeUs ?? 0)
      if (!event.rev) continue
      expect(event.rev > (revs.get(event.did) ?? '')).toBe(true)
      revs.set(event.did, event.rev)
    }
    const order = events.flatMap(({ rev }) => rev ?? [])
    expect([...order].sort()).not.toEqual(order)
  })

  test('its ledger is what a plain replay of its events gives', () => {
    const network = new Network({ seed: 6, accounts: 25, accountShare: 0.02 })
    const live = new Map<string, string>()
    for (const event of network.produce(3_000, 1e15, 1000)) replay(event, live)
    const ledger = [...network.ledger].filter(([, { state }]) => state === 'live').map(([id, { text }]) => [id, text])
    expect([...live].sort()).toEqual(ledger.sort())
    const { created, updated, deleted, withdrawn, live: count, about: matching } = network.counts()
    expect(Math.min(updated, deleted, withdrawn, matching)).toBeGreaterThan(20)
    expect(count).toBe(live.size)
    expect(created).toBeGreaterThan(count)
  })

  test('posts are shaped like the network: length, copies, English, share of the topic', () => {
    const next = texts(seeded(1), 0.1)
    const all = Array.from({ length: 5_000 }, next)
    const lengths = all.map(({ text }) => text.length).sort((a, b) => a - b)
    expect(lengths[2_500]).toBeGreaterThan(55)
    expect(lengths[2_500]).toBeLessThan(80)
    expect(1 - new Set(all.map(({ text }) => text)).size / 5_000).toBeCloseTo(0.05, 1)
    expect(all.filter(({ lang }) => lang === 'en').length / 5_000).toBeCloseTo(0.6, 1)
    expect(all.filter(({ text }) => about(text)).length / 5_000).toBeCloseTo(0.1, 1)
    expect(demoTopic.query).toContain('ceasefire')
  })
})

/** The protocol's meaning in ten lines, for comparison. */
function replay(event: NetworkEvent, live: Map<string, string>): void {
  const prefix = `at://${event.did}/`
  if (event.kind === 'account' && !(event.account as { active: boolean }).active) {
    for (const id of live.keys()) if (id.startsWith(prefix)) live.delete(id)
  }
  if (event.collection !== 'app.bsky.feed.post') return
  const id = `${prefix}${event.collection}/${event.rkey}`
  if (event.operation === 'delete') live.delete(id)
  else live.set(id, (event.record as { text: string }).text)
}

describe('the host', () => {
  test('replays inclusively by seq and by time, filters, and goes on live', async () => {
    await using double = await JetstreamDouble.start({ seed: 2, accounts: 20, wishShare: 0.2, accountShare: 0.1 })
    const events = double.produce(100, 1.7e15, 1e6)
    const bySeq = listen(double, 'cursor=90')
    const byTime = listen(double, `cursor=${events[94]!.timeUs - 5}`)
    const wishes = listen(double, 'cursor=1&kinds=commit&collections=app.bsky.actor.*')
    const accounts = listen(double, 'cursor=1&kinds=account')
    await until(() => bySeq.frames.length === 11 && byTime.frames.length === 6)
    expect(bySeq.seqs()[0]).toBe(90)
    expect(byTime.seqs()[0]).toBe(95)
    const seqsOf = (fits: (event: NetworkEvent) => boolean) => events.filter(fits).map(({ seq }) => seq)
    await until(() => accounts.frames.length > 3 && wishes.frames.length > 3)
    await until(() => wishes.seqs().at(-1) === seqsOf(({ collection }) => !!collection?.includes('actor')).at(-1))
    expect(wishes.seqs()).toEqual(seqsOf(({ collection }) => !!collection?.includes('actor')))
    expect(accounts.seqs()).toEqual(seqsOf(({ kind }) => kind === 'account').slice(0, accounts.frames.length))
    double.produce(3)
    await until(() => bySeq.seqs().at(-1) === 103)
  })

  test('refuses as the real one does', async () => {
    await using double = await JetstreamDouble.start({ seed: 2 })
    double.produce(100)
    double.forgetBefore(50)
    expect(await refusal(double, 'cursor=49')).toMatchObject({ status: 400, error: 'CursorTooOld' })
    expect((await refusal(double, 'cursor=49')).message).toContain('floor 50')
    expect((await refusal(double, 'zstdDictionary=5')).message).toContain(String(dictionaries[0]!.id))
    expect(await refusal(double, 'zstdDictionary=5')).toMatchObject({ error: 'UnknownZstdDictionary' })
    for (const query of ['wantedCollections=x', 'kinds=post', 'kinds=account&collections=x', 'cursor=-1']) {
      expect(await refusal(double, query)).toMatchObject({ status: 400, error: 'InvalidRequest' })
    }
    expect(await refusal(double, '', '/subscribe')).toMatchObject({ status: 404 })
  })

  test('announces a clamped time and a seq from the future', async () => {
    await using double = await JetstreamDouble.start({ seed: 2 })
    double.produce(100, 1.7e15, 1e6)
    double.forgetBefore(50)
    const old = listen(double, `cursor=${1.7e15 - 1}`)
    const early = listen(double, 'cursor=5000')
    await until(() => old.frames.length > 1 && early.frames.length > 0)
    expect(old.frames[0]!.payload).toMatchObject({ name: 'OutdatedCursor' })
    expect(old.seqs()[1]).toBe(50)
    expect(early.frames[0]!.payload).toMatchObject({ name: 'FutureCursor' })
  })

  test('compresses with its dictionary, repeats, cuts mid-frame, and hangs up on those who talk', async () => {
    await using double = await JetstreamDouble.start({ seed: 7, repeatEvery: 3, cutEvery: 60 })
    double.produce(400)
    const reader = listen(double, `cursor=1&zstdDictionary=${dictionaries[0]!.id}`)
    const [code] = await once(reader.socket, 'close')
    expect(code).toBe(1006)
    expect(new Set(reader.seqs()).size).toBeLessThan(reader.frames.length)
    expect(reader.frames.length).toBeLessThan(400)
    const talker = listen(double, '')
    await once(talker.socket, 'open')
    talker.socket.send('hello')
    expect((await once(talker.socket, 'close'))[0]).toBe(1008)
  })
})

test('as a process it prints its address, posts at its rate, tells its ledger and stops', async () => {
  const program = new URL('./jetstream.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, '--rate', '500', '--seed', '3', '--past', '0.01h'])
  const [line] = await once(child.stdout, 'data')
  const { url, http } = JSON.parse(String(line))
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
  const ledger = async () => (await (await fetch(`${http}/ledger`)).json()) as Record<string, number>
  const before = (await ledger()).events!
  expect(before).toBeGreaterThanOrEqual(18_000)
  for (let now = before; now < before + 50; ) now = (await ledger()).events!
  await fetch(`${http}/stop`, { method: 'POST' })
  const stopped = await ledger()
  expect((await ledger()).events).toBe(stopped.events)
  const posts = (await (await fetch(`${http}/ledger/posts`)).text()).trim().split('\n')
  expect(posts.filter((post) => JSON.parse(post).state === 'live')).toHaveLength(stopped.live!)
  child.kill()
  await once(child, 'exit')
})
