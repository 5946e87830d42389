// What the thread in front keeps: public answers for a second, told on while they are asked for anew, never longer than five
// seconds; many who want the same wait for one answer; what has changed is asked for at once; nothing that is one caller's.
import { beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type FrontCache, keyOf, openFrontCache } from '../../dashboards/frontCache.ts'

let now = 0
let cache: FrontCache
/** What the main thread was asked, and how each is answered. */
let asked: { key: string; answer: (given: Partial<Answer> & { text?: string }) => void; fail: () => void }[]

const headers = { 'cache-control': 'public, max-age=15', etag: '"a"' }
beforeEach(() => {
  now = 1_000
  asked = []
  cache = openFrontCache({
    now: () => now,
    ask: (key) =>
      new Promise((resolve, reject) => {
        const answer = ({ text = 'a', ...given }: Partial<Answer> & { text?: string }) =>
          resolve({ status: 200, headers, bytes: new TextEncoder().encode(text), ...given })
        asked.push({ key, answer, fail: () => reject(new Error('gone')) })
      }),
  })
})
const key = 'h /embed/a.json'
const told = async (of = key) => new TextDecoder().decode((await cache.tell(of)).bytes)
const turn = () => new Promise((resolve) => setImmediate(resolve))
/** Told once, and kept. */
const fill = async (text = 'a', of = key) => {
  const first = told(of)
  asked.at(-1)!.answer({ text })
  expect(await first).toBe(text)
}

describe('a public answer', () => {
  test('is asked for once by however many want it, and told for a second', async () => {
    const many = Promise.all([told(), told(), told()])
    expect(asked).toHaveLength(1)
    asked[0]!.answer({})
    expect(await many).toEqual(['a', 'a', 'a'])
    now += 1_000
    expect([await told(), asked.length]).toEqual(['a', 1])
  })

  test('is told on while one asks for it anew, for five seconds', async () => {
    await fill()
    now += 1_001
    expect([await told(), await told(), asked.length]).toEqual(['a', 'a', 2])
    now += 3_999
    expect([await told(), asked.length]).toEqual(['a', 2])
    now += 1
    const waiting = told()
    expect(asked).toHaveLength(2)
    asked[1]!.answer({ text: 'b' })
    expect([await waiting, await told(), asked.length]).toEqual(['b', 'b', 2])
  })

  test.each([
    ['gone', { status: 410 }],
    ['private', { headers: { ...headers, 'cache-control': 'private, no-cache' } }],
    ['without a tag', { headers: { ...headers, etag: '' } }],
    ['with a cookie', { headers: { ...headers, 'set-cookie': 'a=b' } }],
    ['huge', { bytes: new Uint8Array(2 ** 22 + 1) }],
  ])('that comes anew as one that is %s is told to who waits, and not kept', async (_, given) => {
    await fill()
    now += 1_001
    await told()
    asked[1]!.answer(given)
    await turn()
    const next = cache.tell(key)
    expect(asked).toHaveLength(3)
    asked[2]!.answer(given)
    expect(await next).toMatchObject(given)
  })

  test('that cannot be had anew is told until it is too old, and then the failure is', async () => {
    await fill()
    now += 1_001
    await told()
    asked[1]!.fail()
    await turn()
    expect([await told(), asked.length]).toEqual(['a', 3])
    asked[2]!.fail()
    await turn()
    now += 5_000
    const late = told()
    asked[3]!.fail()
    await expect(late).rejects.toThrow('gone')
  })
})

describe('a box that says something else', () => {
  test('is asked for at once in each of its forms, told as it was until then, and settles', async () => {
    await fill('a')
    await fill('a', 'h /embed/a.html?lang=de')
    await fill('other', 'h /embed/ab.json')
    cache.changed('/embed/a.')
    expect(asked.slice(3).map((one) => one.key)).toEqual([key, 'h /embed/a.html?lang=de'])
    let isSettled = false
    const settled = cache.settled().then(() => {
      isSettled = true
    })
    expect(await told()).toBe('a')
    asked[3]!.answer({ text: 'b' })
    await turn()
    expect([await told(), isSettled]).toEqual(['b', false])
    asked[4]!.answer({ text: 'b' })
    await settled
    expect([await told('h /embed/a.html?lang=de'), await told('h /embed/ab.json'), asked.length]).toEqual([
      'b',
      'other',
      5,
    ])
  })

  test('is asked for once more where an answer of before was on its way', async () => {
    const first = told()
    cache.changed('/embed/a.')
    expect(asked).toHaveLength(2)
    asked[1]!.answer({ text: 'new' })
    await turn()
    asked[0]!.answer({ text: 'old' })
    expect(await first).toBe('old')
    expect(await told()).toBe('new')
  })

  test('and cannot be had is told no more', async () => {
    await fill()
    cache.changed('/embed/a.')
    asked[1]!.fail()
    await cache.settled()
    const next = told()
    asked[2]!.answer({ text: 'back' })
    expect(await next).toBe('back')
  })
})

test('a bounded number of answers and bytes is held, and the oldest goes', async () => {
  for (let nr = 0; nr < 2_001; nr++) await fill('a', `h /embed/${nr}.json`)
  await told('h /embed/2000.json')
  expect(asked).toHaveLength(2_001)
  cache.tell('h /embed/0.json')
  expect(asked).toHaveLength(2_002)
  for (let nr = 0; nr < 20; nr++) await fill('x'.repeat(2 ** 22), `h /embed/large${nr}.json`)
  const before = asked.length
  await told('h /embed/large19.json')
  expect(asked).toHaveLength(before)
  cache.tell('h /embed/large0.json')
  expect(asked).toHaveLength(before + 1)
})

test('what nobody reads any more is dropped when its box says something else, and asked for by nobody', async () => {
  await fill()
  now += 5_001
  cache.changed('/embed/a.')
  await cache.settled()
  expect(asked).toHaveLength(1)
  cache.tell(key)
  expect(asked).toHaveLength(2)
})

test.each([
  ['GET', '/embed/a.json', undefined, 'h /embed/a.json'],
  [
    'GET',
    '/embed/stories/0a1b.html?x=1&part=fragment&lang=de&lang=fr',
    undefined,
    'h /embed/stories/0a1b.html?lang=de&part=fragment',
  ],
  ['GET', '/embed/a.json?r=1', undefined, 'h /embed/a.json'],
  ['GET', '/embed.js', undefined, 'h /embed.js'],
  ['GET', '/embed/%61.json', undefined, null],
  ['GET', '/embed/a.json', 'Bearer x', null],
  ['HEAD', '/embed/a.json', undefined, null],
  ['POST', '/embed/a.json', undefined, null],
  ['GET', '/embed/a.png', undefined, null],
  ['GET', '/topics/embed/a.json', undefined, null],
  ['GET', 'http://h/embed/a.json', undefined, null],
  ['GET', '/v1/topics', undefined, null],
] as const)('%s %s with the key %j is kept as %j', (method, url, authorization, kept) => {
  expect(keyOf({ method, url, headers: { host: 'h', authorization } })).toBe(kept)
})
