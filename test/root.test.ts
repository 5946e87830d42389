// The root helpers: the order of versions, back-off, waiting, errors that classify themselves.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAbort, QueryError, TransientError, UserError } from '../errors.ts'
import { backoffMs, retry, sleep } from '../retry.ts'
import { finalRank, rankOf, revisionRank, voidedRank } from '../versions.ts'

describe('versions', () => {
  const rank = (revision: string | null, arrival = 1) => rankOf({ revision, arrival })

  test('a higher revision wins whatever arrived first; equal ones fall back to arrival', () => {
    expect(rank('3lbx2', 1) > rank('3lbx1', 99)).toBe(true)
    expect(rank('3lbx1', 2) > rank('3lbx1', 1)).toBe(true)
    expect(rank(null, 2) > rank(null, 1)).toBe(true)
    expect(rank('0', 1) > rank(null, 99)).toBe(true)
  })

  test('whole numbers are ordered by value, times by time', () => {
    expect(rank('10') > rank('9')).toBe(true)
    expect(rank('2026-01-02T00:00:00Z') > rank('2026-01-01T23:59:59.999+00:00')).toBe(true)
    expect(rank('2026-01-01T01:00:00+01:00')).toBe(rank('2026-01-01T00:00:00Z'))
    expect(rank('2026-01-01T00:00:00.000002Z', 1) > rank('2026-01-01T00:00:00.000001Z', 2)).toBe(true)
    expect(rank('2026-01-01T00:00:00.0001Z', 1) > rank('2026-01-01T00:00:00.000099Z', 2)).toBe(true)
    expect(rank('2026-01-01T00:00:00.5Z')).toBe(rank('2026-01-01T00:00:00.500000Z'))
  })

  test('Bluesky revisions (TIDs) sort as text', () => {
    // One TID in three billion holds digits alone and reads as a number: it cannot be told from one.
    const tid = fc.stringMatching(/^3[234567a-z]{11}[a-z]$/)
    fc.assert(fc.property(tid, tid, (a, b) => a < b === rank(a, 1) < rank(b, 1) || a === b))
  })

  test('a delete voids its revision and every lower one, and without a revision all', () => {
    expect(rank('5', 2 ** 50) <= voidedRank('5')).toBe(true)
    expect(rank('6', 1) > voidedRank('5')).toBe(true)
    expect(rank(null, 2 ** 50) <= voidedRank('5')).toBe(true)
    expect(rank('z'.repeat(22), 2 ** 50) <= finalRank).toBe(true)
    expect(voidedRank(null)).toBe(finalRank)
  })

  test('what cannot be ordered is refused', () => {
    expect(revisionRank('x'.repeat(23))).toBeUndefined()
    expect(revisionRank('')).toBeUndefined()
    expect(revisionRank('2026-13-99Tnonsense')).toBeUndefined()
    expect(() => rank('x'.repeat(23))).toThrow(RangeError)
  })
})

describe('waiting', () => {
  test('back-off doubles up to its cap, with jitter in the upper half', () => {
    const at = (attempt: number, random: number) =>
      backoffMs(attempt, { baseMs: 100, capMs: 1_000, random: () => random })
    expect([at(0, 0), at(1, 0), at(2, 0), at(10, 0)]).toEqual([50, 100, 200, 500])
    expect([at(0, 1), at(1, 1), at(10, 1)]).toEqual([100, 200, 1_000])
  })

  test('sleep ends at once when aborted', async () => {
    const stop = new AbortController()
    const slept = sleep(60_000, stop.signal)
    stop.abort()
    await slept
    await sleep(60_000, stop.signal)
  })

  test('retry repeats what is transient, waits as told, and gives up on everything else', async () => {
    const waits: number[] = []
    const options = { sleep: async (ms: number) => void waits.push(ms), random: () => 0, baseMs: 100 }
    const never = new AbortController().signal
    let tries = 0
    const flaky = async () => {
      if (++tries < 3) throw new TransientError('later', { afterMs: tries === 2 ? 5_000 : 0 })
      return 'done'
    }
    expect(await retry(flaky, never, options)).toBe('done')
    expect(waits).toEqual([50, 5_000])
    await expect(retry(() => Promise.reject(new Error('ours')), never, options)).rejects.toThrow('ours')
    const failing = () => Promise.reject(new TransientError('again'))
    await expect(retry(failing, never, { ...options, attempts: 2 })).rejects.toThrow('again')
  })

  test('retry ends quietly when aborted', async () => {
    const stop = new AbortController()
    const pending = retry(() => Promise.reject(new TransientError('down')), stop.signal, {
      sleep: async () => stop.abort(),
    })
    expect(await pending).toBeUndefined()
  })
})

test('errors say who must act', () => {
  const error = new QueryError('unbalanced', 7, 'close it')
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ status: 422, column: 7, hint: 'close it' })
  expect(isAbort(AbortSignal.abort().reason)).toBe(true)
  expect(isAbort(new Error('AbortError'))).toBe(false)
})
