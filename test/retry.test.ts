// Tasks side by side, bells, what Retry-After asks, and work that nobody waits for any more. (Sleep, back-off and retry: test/root.test.ts.)
import { describe, expect, test } from 'vitest'
import { openBell, retryAfterMs, sleep, together, unlessAborted } from '../retry.ts'

const forever = (signal: AbortSignal) => sleep(2 ** 31 - 1, signal)

describe('together', () => {
  test('ends when all have ended, or on abort', async () => {
    const stop = new AbortController()
    const ended: string[] = []
    const run = together(stop.signal, [
      async () => void ended.push('short'),
      (signal) => forever(signal).then(() => void ended.push('long')),
    ])
    stop.abort()
    await run
    expect(ended).toEqual(['short', 'long'])
  })

  test('the first failure aborts the others, and is told only once they have stopped', async () => {
    const ended: string[] = []
    const { signal } = new AbortController()
    const run = together(signal, [
      async () => {
        throw new Error('first')
      },
      async (either) => {
        await forever(either)
        ended.push('cleaned up')
        throw new Error('second')
      },
    ])
    await expect(run).rejects.toThrow('first')
    expect(ended).toEqual(['cleaned up'])
    expect(signal.aborted).toBe(false)
  })
})

describe('unlessAborted', () => {
  test('gives what the work gives, error included', async () => {
    const { signal } = new AbortController()
    expect(await unlessAborted(Promise.resolve(5), signal)).toBe(5)
    await expect(unlessAborted(Promise.reject(new Error('planted')), signal)).rejects.toThrow('planted')
  })

  test('gives nothing once aborted, and a later failure of the work harms nobody', async () => {
    const stop = new AbortController()
    const work = Promise.withResolvers<number>()
    const waiting = unlessAborted(work.promise, stop.signal)
    stop.abort()
    expect(await waiting).toBeUndefined()
    work.reject(new Error('late'))
    expect(await unlessAborted(new Promise(() => {}), stop.signal)).toBeUndefined()
  })
})

describe('a bell', () => {
  test('ends a sleep, also one that begins after it rang, and once only', async () => {
    const { signal } = new AbortController()
    const slept: number[] = []
    const bell = openBell(async (ms, either) => {
      slept.push(ms)
      if (either.aborted) return
      await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }))
    })
    bell.ring()
    bell.ring()
    await bell.wait(1, signal)
    const waiting = bell.wait(2, signal)
    bell.ring()
    await waiting
    expect(slept).toEqual([1, 2])
  })

  test('is silent: the sleep ends by itself, or with the signal', async () => {
    await openBell().wait(1, new AbortController().signal)
    await openBell().wait(60_000, AbortSignal.timeout(1))
  })
})

test.each([
  ['120', 120_000],
  [' 5 ', 5_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['0', 0],
  ['-5', 0],
  ['1e9', 0],
  ['soon', 0],
  ['Soon', 0],
  ['2026-01-01T00:01:00Z', 0],
  ['9999999999', 0],
  ['', 0],
  [undefined, 0],
  ['1.337', 1_337],
  ['1.', 0],
  ['.5', 0],
])('Retry-After %j asks for %i ms', (header, ms) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 1))).toBe(ms)
})
