import { expect, test } from 'vitest'
import { Cache } from '../../analyze/cache.ts'

test('the least recently used goes first', () => {
  const cache = new Cache<number>(3 * 1_202) // an entry: 200, two bytes for the key's letter, 1,000
  cache.set('a', 1, 1_000)
  cache.set('b', 2, 1_000)
  cache.set('c', 3, 1_000)
  expect(cache.get('a')).toBe(1)
  cache.set('d', 4, 1_000)
  expect(cache.get('b')).toBeUndefined()
  expect([cache.get('a'), cache.get('c'), cache.get('d')]).toEqual([1, 3, 4])
})

test('bytes stay below the bound, whatever comes', () => {
  const cache = new Cache<number>(50_000)
  for (let n = 0; n < 5_000; n++) {
    cache.set(`key ${n % 700}`, n, (n * 37) % 3_000)
    expect(cache.bytes).toBeLessThanOrEqual(50_000)
  }
  expect(cache.get(`key ${4_999 % 700}`)).toBe(4_999)
})

test('setting again replaces, and what is larger than all is not kept', () => {
  const cache = new Cache<string>(1_000)
  cache.set('a', 'old', 100)
  const once = cache.bytes
  cache.set('a', 'new', 100)
  expect(cache.bytes).toBe(once)
  expect(cache.get('a')).toBe('new')
  cache.set('b', 'huge', 5_000)
  expect(cache.get('b')).toBeUndefined()
  expect(cache.get('a')).toBe('new')
})
