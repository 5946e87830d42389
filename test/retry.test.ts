// Tasks side by side, and work that nobody waits for any more. (Sleep, back-off and retry: test/root.test.ts.)
import { describe, expect, test } from 'vitest'
import { sleep, together, unlessAborted } from '../retry.ts'

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
