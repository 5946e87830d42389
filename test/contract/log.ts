// What every log must do, whatever it is made of. Run on each implementation by test/log/<name>.test.ts.
// Speaks to the real thing only: real files or a real broker; waits for conditions, never for a fixed time.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Change, Log, Logged, PostChange } from '../../types.ts'
import { account, append, at, eventually, gone, ids, never, post, readAll, scanned } from './changes.ts'
import { settling } from './logSettings.ts'

export interface LogFixture {
  /** Opens the same log again and again; closing is the test's. */
  open(options?: { now?: () => number; hours?: number; bytes?: number }): Promise<Log>
  /** Every byte that the log has on disk. */
  bytes(): Promise<Buffer>
  remove(): Promise<void>
}

export function logContract(name: string, make: () => Promise<LogFixture>): void {
  describe(`${name} keeps the contract of a log`, () => {
    let fixture: LogFixture
    let log: Log
    beforeEach(async () => {
      fixture = await make()
      log = await fixture.open()
    })
    afterEach(async () => {
      await log[Symbol.asyncDispose]()
      await fixture.remove()
    })
    const reopen = async (options?: Parameters<LogFixture['open']>[0]) => {
      await log[Symbol.asyncDispose]()
      log = await fixture.open(options)
    }
    const parts: Parts = { log: () => log, fixture: () => fixture, reopen }
    appending(parts)
    reading(parts)
    waiting(parts)
    erasing(parts)
    leaving(parts)
    keeping(parts)
    settling(parts)
  })
}

export interface Parts {
  log: () => Log
  fixture: () => LogFixture
  reopen: (options?: Parameters<LogFixture['open']>[0]) => Promise<void>
}

function appending({ log, reopen }: Parts): void {
  test('an empty log has nothing, and says so', async () => {
    expect(await log().status()).toMatchObject({ head: 0, oldest: 1, posts: 0, since: null, readers: {} })
    expect(await readAll(log())).toEqual([])
    expect(await scanned(log())).toEqual([])
    expect(await log().cursor('test')).toBeNull()
  })
  test('changes and their cursor survive a restart, in order, verbatim', async () => {
    const hostile = post('at://did:plc:x/app.bsky.feed.post/"\\\0é🕊', {
      text: '\0<script>\u2028 ‮ 🕊️',
      likes: 0,
      quotable: false,
    })
    const changes: Change[] = [
      hostile,
      post('edited', { op: 'update', revision: '7', replyTo: 'a', reposts: 2 ** 40, author: null, lang: null }),
      gone('unknown', 'r1'),
      account('withdraw', 'nobody', 3),
      account('restore', 'nobody', 4),
      { op: 'display', source: 'test', author: 'a', quotable: false, at: at(1) },
      { op: 'counts', source: 'test', id: 'b', likes: 1, reposts: 0, at: at(1) },
      { op: 'gap', source: 'test', from: at(1), to: at(2), reason: 'offline' },
      {
        ...{ op: 'label', source: 'test', id: 'b', topic: 't', target: { id: 'x', text: 'words' }, measure: 'stance' },
        ...{ values: ['favor'], labeller: 'ann', sample: 'audit', probability: 0.25, at: at(1) },
      },
      { op: 'setting', key: 'k', value: null },
      { op: 'topic.drop', id: 'none', version: null },
    ]
    const position = await append(log(), changes, '{"at":1}')
    await reopen()
    const found = await readAll(log())
    expect(found.map(({ change }) => change)).toEqual(changes)
    expect(found.at(-1)!.position).toBe(position)
    expect(await log().cursor('test')).toBe('{"at":1}')
    expect(await log().cursor('other')).toBeNull()
  })
  test('a batch without cursor leaves the cursor; a batch without changes moves it', async () => {
    await append(log(), [post('a')], 'one')
    await append(log(), [post('b')], null)
    expect(await log().cursor('test')).toBe('one')
    await append(log(), [], 'two')
    await reopen()
    expect(await log().cursor('test')).toBe('two')
  })
  test('concurrent appends stay whole and in the order they were asked for', async () => {
    const batches = Array.from({ length: 40 }, (_, batch) => [0, 1, 2].map((index) => post(`${batch}.${index}`)))
    const positions = await Promise.all(batches.map((changes) => append(log(), changes)))
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    expect(ids(await readAll(log()))).toEqual(batches.flat().map(({ id }) => id))
  })
  test('a batch that cannot be kept is refused whole and harms no other', async () => {
    const broken = append(log(), [post('a'), post('b', { revision: 'longer than any revision may be' })], 'never')
    const sound = append(log(), [post('c')], null)
    await expect(broken).rejects.toThrow(RangeError)
    await sound
    expect(ids(await readAll(log()))).toEqual(['c'])
    expect(await log().cursor('test')).toBeNull()
  })
}

function reading({ log, reopen }: Parts): void {
  const letters = [...'abcdefgh']
  test('slices obey their limit, in order, and what was not committed repeats', async () => {
    await append(
      log(),
      letters.map((id) => post(id)),
    )
    const sizes: number[] = []
    for await (const slice of log().read('r', never, { until: 8, limit: 3 })) {
      sizes.push(slice.changes.length)
      if (slice.changes[0]!.position === 1) await slice.commit()
    }
    expect(sizes).toEqual([3, 3, 2])
    await reopen()
    expect(ids(await readAll(log(), 'r'))).toEqual(letters.slice(3))
    expect(await readAll(log(), 'r')).toEqual([])
    expect((await log().status()).readers).toEqual({ r: 8 })
  })
  test('a bounded reader stops behind its bound, though more was appended', async () => {
    const until = await append(
      log(),
      letters.map((id) => post(id)),
    )
    await append(log(), [post('later')])
    const found: Logged[] = []
    for await (const slice of log().read('bounded', never, { until, limit: 5 })) found.push(...slice.changes)
    expect(ids(found)).toEqual(letters)
  })
  test('readers do not disturb each other, and a released one starts anew', async () => {
    await append(
      log(),
      letters.map((id) => post(id)),
    )
    expect(ids(await readAll(log(), 'one'))).toEqual(letters)
    expect(ids(await readAll(log(), 'two', { commit: false }))).toEqual(letters)
    const { readers } = await log().status()
    expect(readers.one).toBe(8)
    expect(readers.two).toBeLessThan(8)
    await log().release('one')
    expect((await log().status()).readers).not.toHaveProperty('one')
    expect(ids(await readAll(log(), 'one'))).toEqual(letters)
  })
  test('a reader is not left behind by what was erased before it came', async () => {
    await append(log(), [post('a')])
    await append(log(), [post('a', { op: 'update' })])
    await append(log(), [gone('a')])
    expect(ids(await readAll(log(), 'r'))).toEqual(['a'])
    const { head, readers } = await log().status()
    expect(readers.r).toBe(head)
  })
}

function waiting({ log }: Parts): void {
  test('a waiting reader wakes at an append, and returns at an abort', async () => {
    const stop = new AbortController()
    const slices = log().read('live', stop.signal)[Symbol.asyncIterator]()
    for (const id of ['first', 'second']) {
      const next = slices.next()
      await append(log(), [post(id)])
      const { value } = await next
      expect(ids(value!.changes)).toEqual([id])
      await value!.commit()
    }
    const last = slices.next()
    const asked = Date.now()
    stop.abort()
    expect(await last).toEqual({ value: undefined, done: true })
    expect(Date.now() - asked).toBeLessThan(200)
  })
  test('closing ends its readers', async () => {
    const next = log().read('live', never)[Symbol.asyncIterator]().next()
    await eventually(async () => 'live' in (await log().status()).readers)
    await log()[Symbol.asyncDispose]()
    expect((await next).done).toBe(true)
    await expect(append(log(), [post('a')])).rejects.toThrow('closed')
  })
}

function erasing({ log, fixture, reopen }: Parts): void {
  const secret = 'kingfisher-7f3a'
  const has = async (text: string) => (await fixture().bytes()).includes(text)
  const plant = async () => {
    await append(log(), [post('a', { text: `one ${secret} two`, author: 'ann', revision: '1' }), post('b')])
    expect(await has(secret)).toBe(true)
  }
  test.each<[string, Change]>([
    ['delete', gone('a')],
    ['withdraw', account('withdraw', 'ann', 5)],
    ['edit', post('a', { op: 'update', revision: '2', author: 'ann' })],
  ])('no byte of the text is left after a %s', async (_, change) => {
    await plant()
    await append(log(), [change])
    await eventually(async () => !(await has(secret)), 25_000)
    expect(await has('words of b')).toBe(true)
    await reopen()
    expect(JSON.stringify(await readAll(log()))).not.toContain(secret)
    expect(JSON.stringify(await scanned(log()))).not.toContain(secret)
  })
  test('a replay, a rewind or a re-import brings nothing back, also after a restart', async () => {
    await plant()
    await append(log(), [gone('a')])
    await reopen()
    const position = await append(
      log(),
      [post('a', { text: secret, revision: '1' }), post('a', { text: secret })],
      'moved',
    )
    expect(await log().cursor('test')).toBe('moved')
    expect((await log().status()).head).toBe(position)
    expect(ids(await readAll(log()))).toEqual(['b', 'a'])
    expect(await scanned(log())).toHaveLength(1)
    expect(await has(secret)).toBe(false)
  })
  test('a delete with a revision voids up to it; a later version lives', async () => {
    await append(log(), [
      gone('a', '5'),
      post('a', { revision: '5' }),
      post('a'),
      post('a', { revision: '10' }),
      gone('a', '9'),
    ])
    expect((await scanned(log())).map(({ revision }) => revision)).toEqual(['10'])
    await append(log(), [gone('a', '10')])
    expect(await scanned(log())).toEqual([])
  })
  test('of a post only the latest version is kept; an older one that comes late stays out', async () => {
    await append(log(), [post('a', { revision: '2', text: 'two' }), post('a', { revision: '1', text: 'one' })])
    await append(log(), [post('a', { revision: '2', text: 'two' })])
    expect((await readAll(log())).map(({ change }) => (change as PostChange).text)).toEqual(['two'])
    await append(log(), [post('n', { text: 'first' }), post('n', { op: 'update', text: 'second' })])
    expect((await scanned(log())).map(({ text }) => text).sort()).toEqual(['second', 'two'])
    expect((await log().status()).posts).toBe(2)
  })
  test('the same id of another source, and the same author there, are strangers', async () => {
    await append(log(), [post('a', { source: 'other', author: 'ann' }), gone('a'), account('withdraw', 'ann', 1)])
    expect(await scanned(log())).toHaveLength(1)
  })
}

function leaving({ log }: Parts): void {
  const by = (id: string, minute: number) => post(id, { author: 'ann', at: at(minute) })
  const live = async () => (await scanned(log())).map(({ id }) => id).sort()
  test('a withdrawn account takes all its posts along, also those that come later', async () => {
    await append(log(), [by('a', 1), by('b', 2), post('c'), post('d', { author: null })])
    await append(log(), [account('withdraw', 'ann', 3), by('e', 2), by('f', 4)])
    expect(await live()).toEqual(['c', 'd'])
  })
  test('an account that comes back starts anew: its posts from then on are in, older ones stay out', async () => {
    await append(log(), [by('a', 1), account('withdraw', 'ann', 3), account('restore', 'ann', 5)])
    await append(log(), [by('a', 1), by('b', 4), by('c', 5), by('d', 6)])
    expect(await live()).toEqual(['c', 'd'])
    await append(log(), [account('withdraw', 'ann', 7), by('e', 8)])
    expect(await live()).toEqual([])
  })
  test('a replay of leaving and coming back does not undo what came after', async () => {
    const history = [account('withdraw', 'ann', 3), account('restore', 'ann', 5)]
    await append(log(), [...history, by('c', 6)])
    await append(log(), history)
    expect(await live()).toEqual(['c'])
    await append(log(), [account('withdraw', 'ann', 9)])
    await append(log(), [history[1]!, by('d', 10)])
    expect(await live()).toEqual([])
  })
  test('only the first return counts: a source that repeats it moves nothing', async () => {
    const history = [
      account('withdraw', 'ann', 3),
      account('restore', 'ann', 4),
      by('c', 5),
      account('restore', 'ann', 6),
    ]
    await append(log(), history)
    await append(log(), history)
    expect(await live()).toEqual(['c'])
  })
  test('a restore of an account that never left changes nothing', async () => {
    await append(log(), [by('a', 1), account('restore', 'ann', 5), by('b', 2)])
    expect(await live()).toEqual(['a', 'b'])
  })
}

function keeping({ log, reopen }: Parts): void {
  const hour = 3_600_000
  test('retention by age: the old goes, positions go on, tombstones, cursors and readers stay', async () => {
    let now = Date.now()
    await reopen({ now: () => now, hours: 1 })
    await append(log(), [post('a'), post('b'), gone('c')], 'c1')
    await readAll(log(), 'r')
    now += 2 * hour
    await append(log(), [post('d')])
    await eventually(async () => (await log().status()).oldest === 4)
    expect(await log().status()).toMatchObject({
      head: 4,
      posts: 1,
      since: new Date(now).toISOString(),
      readers: { r: 3 },
    })
    expect(await append(log(), [post('c'), post('e')])).toBe(5)
    expect(ids(await readAll(log(), 'r'))).toEqual(['d', 'e'])
    expect(ids(await readAll(log(), 'new'))).toEqual(['d', 'e'])
    expect(await log().cursor('test')).toBe('c1')
  })
  test('a reader whose changes all expired is moved on: its lag is honest', async () => {
    let now = Date.now()
    await reopen({ now: () => now, hours: 1 })
    await append(log(), [post('a')])
    await readAll(log(), 'r')
    const head = await append(log(), [post('b')])
    now += 2 * hour
    await eventually(async () => (await log().status()).oldest > head)
    expect(await readAll(log(), 'r')).toEqual([])
    expect((await log().status()).readers).toEqual({ r: head })
    // What was given but not committed still is not: a reader never loses what it did not finish.
    await append(log(), [post('c')])
    await readAll(log(), 'r', { commit: false })
    expect((await log().status()).readers).toEqual({ r: head })
  })
  test('retention by size keeps the newest', async () => {
    await reopen({ bytes: 50_000 })
    const text = 'x'.repeat(1_000)
    for (let n = 0; n < 10; n++)
      await append(
        log(),
        Array.from({ length: 20 }, (_, i) => post(`${n}.${i}`, { text })),
      )
    await eventually(async () => (await log().status()).bytes <= 50_000)
    const { posts, oldest, head } = await log().status()
    expect(posts).toBeGreaterThan(20)
    expect(head - oldest + 1).toBe(posts)
    expect(ids(await readAll(log())).at(-1)).toBe('9.19')
  })
  test('a delete outlives retention until every reader has read it', async () => {
    let now = Date.now()
    await reopen({ now: () => now, hours: 1 })
    for await (const _ of log().read('slow', never, { until: await append(log(), [post('a')]) })) break
    await append(log(), [post('b'), gone('a')])
    now += 2 * hour
    await append(log(), [post('c')])
    await eventually(async () => (await log().status()).posts === 1)
    const found = await readAll(log(), 'slow')
    expect(found.map(({ change }) => change.op)).toEqual(['delete', 'create'])
    await eventually(async () => (await log().status()).oldest === 4)
  })
  test('a scan gives every live post once, and a cut one is a fair sample', async () => {
    const total = 12_000
    const changes = Array.from({ length: total }, (_, n) => post(String(n), { likes: n }))
    for (let from = 0; from < total; from += 1_000) await append(log(), changes.slice(from, from + 1_000))
    await append(
      log(),
      Array.from({ length: 300 }, (_, n) => gone(String(n * 7))),
    )
    const all = await scanned(log())
    expect(new Set(all.map(({ id }) => id)).size).toBe(total - 300)
    expect(all).toHaveLength(total - 300)
    for (const cut of [4, 8, 16]) expect(Math.abs(middle(all.slice(0, cut * 500)) - total / 2)).toBeLessThan(total / 8)
    const stop = new AbortController()
    for await (const _ of log().scan(stop.signal)) stop.abort()
  }, 60_000)
}

const middle = (posts: PostChange[]): number => posts.reduce((sum, { likes }) => sum + likes!, 0) / posts.length
