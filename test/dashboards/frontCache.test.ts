// What the thread in front keeps: public answers for a fifth of a second, one more time while they are asked for anew, never
// longer than five seconds, never what is one caller's, and nothing once a box says something else.
import { beforeEach, describe, expect, test } from 'vitest'
import { type FrontCache, isOfAll, openFrontCache } from '../../dashboards/frontCache.ts'

let now = 0
let cache: FrontCache
const answer = (text = 'a', more: Record<string, string> = {}) => ({
  headers: { 'cache-control': 'public, max-age=15', etag: `"${text}"`, ...more },
  bytes: new TextEncoder().encode(text),
})
const told = (key = 'k') => {
  const found = cache.find(key)
  return found && [new TextDecoder().decode(found.answer.bytes), found.again]
}
beforeEach(() => {
  now = 1_000
  cache = openFrontCache(() => now)
})

describe('a public answer', () => {
  test('is told again, then asked for anew by one while the others are still told it, and ends', () => {
    expect(told()).toBeNull()
    cache.keep('k', 200, answer())
    now += 200
    expect(told()).toEqual(['a', false])
    now += 1
    expect(told()).toEqual(['a', true])
    expect(told()).toEqual(['a', false])
    now += 4_799
    expect(told()).toEqual(['a', false])
    now += 1
    expect(told()).toBeNull()
  })

  test('that came anew begins anew', () => {
    cache.keep('k', 200, answer())
    now += 300
    expect(told()).toEqual(['a', true])
    cache.keep('k', 200, answer('b'))
    expect(told()).toEqual(['b', false])
    now += 201
    expect(told()).toEqual(['b', true])
  })

  test('leaves as soon as it is another one: gone, private, or failed', () => {
    for (const [status, headers] of [
      [410, {}],
      [200, { 'cache-control': 'private, no-cache' }],
      [500, {}],
    ] as const) {
      cache.keep('k', 200, answer())
      cache.keep('k', status, answer('b', headers))
      expect(told()).toBeNull()
    }
  })

  test('is forgotten with all others when a box says something else', () => {
    cache.seen('1')
    cache.keep('k', 200, answer())
    cache.seen('1')
    cache.seen(undefined)
    expect(told()).toEqual(['a', false])
    cache.seen('2')
    expect(told()).toBeNull()
  })
})

test.each([
  ['private', { 'cache-control': 'private, no-cache' }],
  ['without a tag', { etag: '' }],
  ['with a cookie', { 'set-cookie': 'a=b' }],
])('an answer that is %s is not kept', (_, headers) => {
  cache.keep('k', 200, answer('a', headers))
  expect(told()).toBeNull()
})

test('holds a bounded number of answers and bytes, and lets the oldest go', () => {
  for (let nr = 0; nr < 2_001; nr++) cache.keep(`k${nr}`, 200, answer())
  expect([told('k0'), told('k1')]).toEqual([null, ['a', false]])
  const large = answer('x'.repeat(2 ** 22))
  for (let nr = 0; nr < 20; nr++) cache.keep(`large${nr}`, 200, large)
  expect(told('large0')).toBeNull()
  expect(told('large19')).not.toBeNull()
  cache.keep('huge', 200, answer('x'.repeat(2 ** 22 + 1)))
  expect(told('huge')).toBeNull()
})

test.each([
  ['GET', '/embed/a.json', undefined, true],
  ['GET', '/embed/stories/0a1b.html?lang=de', undefined, true],
  ['GET', '/embed.js', undefined, true],
  ['GET', '/embed/a.json', 'Bearer x', false],
  ['HEAD', '/embed/a.json', undefined, false],
  ['POST', '/embed/a.json', undefined, false],
  ['GET', '/embed/a.png', undefined, false],
  ['GET', '/topics/embed/a.json', undefined, false],
  ['GET', '/v1/topics', undefined, false],
])('%s %s with the key %j may be of all: %s', (method, url, authorization, is) => {
  expect(isOfAll(method, url, authorization)).toBe(is)
})
