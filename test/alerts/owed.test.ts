// What a channel is owed of a bulletin, case by case: moved on, told meanwhile, came and went, may have arrived.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Alert, type AlertState, alertStates, type Bulletin } from '../../alarms.ts'
import type { Told, ToldOf } from '../../alerts/kept.ts'
import { deliveryId, dueMs, type Known, knownOf, owedOf } from '../../alerts/owed.ts'
import { alert, bulletin, iso, moved, start } from './making.ts'

const a = alert('a')
interface Case {
  now?: Alert[]
  later?: Bulletin[]
  known?: Record<string, Partial<Known>>
}
const owed = (one: Bulletin, { now = [a], later = [], known = {} }: Case = {}) =>
  owedOf(one, {
    ...{ alerts: new Map(now.map((of) => [of.id, of])), later },
    known: new Map(Object.entries(known).map(([id, of]) => [id, { state: 'early', isSure: true, first: 'm', ...of }])),
  }).map(({ id, state }) => `${id} ${state}`)

describe('a bulletin tells', () => {
  test('of its alerts, as they are now', () => {
    expect(owed(bulletin('1', [a]))).toEqual(['a early'])
    expect(owed(bulletin('1', [a]), { now: [moved(a, 'confirmed')] })).toEqual(['a confirmed'])
    expect(owed(bulletin('1', [a, alert('b')]), { now: [alert('b')] })).toEqual(['b early'])
  })

  test('nothing that the channel knows already', () => {
    expect(owed(bulletin('1', [a]), { known: { a: {} } })).toEqual([])
    expect(owed(bulletin('1', [a]), { now: [moved(a, 'confirmed')], known: { a: {} } })).toEqual(['a confirmed'])
  })

  test('again what may not have arrived', () => {
    expect(owed(bulletin('1', [a]), { known: { a: { isSure: false } } })).toEqual(['a early'])
  })

  test('nothing of what a later one tells: of several states the last', () => {
    const later = [bulletin('2', [moved(a, 'confirmed')])]
    expect(owed(bulletin('1', [a]), { now: [moved(a, 'confirmed')], later })).toEqual([])
    expect(owed(bulletin('1', [a, alert('b')]), { now: [moved(a, 'confirmed'), alert('b')], later })).toEqual([
      'b early',
    ])
  })

  test('nothing of what came and went before anybody heard of it', () => {
    const gone = moved(a, 'withdrawn')
    expect(owed(bulletin('1', [a]), { now: [gone] })).toEqual([])
    expect(owed(bulletin('2', [gone]), { now: [gone] })).toEqual([])
  })

  test('that something was withdrawn to whom it was told, or may have been', () => {
    const gone = moved(a, 'withdrawn')
    expect(owed(bulletin('2', [gone]), { now: [gone], known: { a: {} } })).toEqual(['a withdrawn'])
    expect(owed(bulletin('2', [gone]), { now: [gone], known: { a: { isSure: false } } })).toEqual(['a withdrawn'])
  })

  test('of a change that was sure and is over, though nobody was told while it lasted', () => {
    expect(owed(bulletin('1', [a]), { now: [moved(a, 'closed')] })).toEqual(['a closed'])
  })
})

test('it is due when it was made, or when quiet hours are over', () => {
  expect(dueMs(bulletin('1', [a]))).toBe(start)
  expect(dueMs(bulletin('1', [a], { notBefore: iso(start + 5) }))).toBe(start + 5)
  expect(dueMs(bulletin('1', [a], { notBefore: iso(start - 5) }))).toBe(start)
})

test('its name on a channel is the same for ever, another on every other one, and may be signed', () => {
  const ids = [
    deliveryId('b1', 'x'),
    deliveryId('b1', 'y'),
    deliveryId('b2', 'x'),
    deliveryId('b1:x', ''),
    deliveryId('', 'b1x'),
  ]
  expect(new Set(ids).size).toBe(ids.length)
  expect(deliveryId('b1', 'x')).toBe('msg_IXxbugMFh-lEpGRtYBpJEA9M')
  for (const id of ids) expect(id).toMatch(/^msg_[\w-]{24}$/)
})

describe('what a channel knows', () => {
  const told = (status: Told['status'], states: Told['states'], atMs: number): Told => ({
    ...{ status, states, attempts: 1, at: iso(start + atMs), answer: null, error: null },
  })
  const of = (...all: [string, Told][]): ToldOf => new Map(all.map(([id, one]) => [id, new Map([['hook', one]])]))

  test('is the latest that arrived, with where it was told first', () => {
    const all = of(['2', told('delivered', { a: 'confirmed' }, 2)], ['1', told('delivered', { a: 'early' }, 1)])
    expect(knownOf('hook', all).get('a')).toEqual({ state: 'confirmed', isSure: true, first: deliveryId('1', 'hook') })
    expect(knownOf('other', all).size).toBe(0)
  })

  test('is not made less sure by what may not have arrived', () => {
    const all = of(
      ['1', told('delivered', { a: 'early' }, 1)],
      ['2', told('trying', { a: 'confirmed', b: 'early' }, 2)],
    )
    expect(knownOf('hook', all).get('a')).toMatchObject({ state: 'early', isSure: true })
    expect(knownOf('hook', all).get('b')).toMatchObject({ state: 'early', isSure: false })
    expect(knownOf('hook', of(['1', told('dead', { a: 'early' }, 1)])).get('a')).toMatchObject({ isSure: false })
    expect(knownOf('hook', of(['1', told('superseded', {}, 1)])).size).toBe(0)
  })
})

test('whatever happens: who was told of an early one learns its end, and nobody hears of the end of what was never told', () => {
  const state = fc.constantFrom<AlertState>(...alertStates)
  const step = fc.record({ state, arrives: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
      let known = new Map<string, Known>()
      const heard: AlertState[] = []
      const waiting: Bulletin[] = []
      let now = a
      for (const [nr, { state: next, arrives }] of [
        ...steps,
        { state: 'withdrawn' as const, arrives: true },
      ].entries()) {
        now = moved(a, next)
        waiting.push(bulletin(String(nr), [now]))
        if (!arrives) continue
        for (const [at, one] of waiting.entries()) {
          const alerts = new Map([['a', now]])
          for (const told of owedOf(one, { alerts, later: waiting.slice(at + 1), known })) {
            heard.push(told.state)
            known = new Map([['a', { state: told.state, isSure: true, first: 'm' }]])
          }
        }
        waiting.length = 0
      }
      if (heard.length) expect(heard.at(-1)).toBe('withdrawn')
      expect(heard[0]).not.toBe('withdrawn')
      expect(heard.every((one, nr) => one !== heard[nr - 1])).toBe(true)
    }),
    { seed: 5, numRuns: 2_000 },
  )
})
