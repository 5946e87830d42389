// Computations in steps: the same answer at once or breathing, and the breathing ones let others in.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { atOnce, breathe, breathing, type Steps } from '../steps.ts'

function* counting(name: string, log: string[]): Steps<number> {
  for (let nr = 1; nr < 4; nr++) {
    log.push(`${name}${nr}`)
    yield
  }
  return 4
}

test('at once and breathing give the same answer', async () => {
  expect(atOnce(counting('a', []))).toBe(4)
  expect(await breathing(counting('a', []))).toBe(4)
})

test('two that breathe take turns, one step in a round of the event loop, and others get theirs', async () => {
  const log: string[] = []
  const both = Promise.all([breathing(counting('a', log)), breathing(counting('b', log))])
  for (let round = 0; round < 12; round++) {
    const before = log.length
    await setImmediate()
    expect(log.length - before).toBeLessThanOrEqual(1)
  }
  await both
  expect(log.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
  expect(log.indexOf('b1')).toBeLessThan(log.indexOf('a3'))
})

test('what throws in a step is thrown to who waits for it, and nobody else', async () => {
  function* broken(): Steps<number> {
    yield
    throw new Error('planted')
  }
  await expect(breathing(broken())).rejects.toThrow('planted')
  expect(() => atOnce(broken())).toThrow('planted')
  await breathe()
})
