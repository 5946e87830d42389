// What a letter says: one alert whole, of many the strongest dozen, plain words in one line whatever they are made of.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { line, mostNamed, unnamed, within } from '../../alerts/letter.ts'
import { lettersOf, names, origin, write } from './hostile.ts'
import { alert, words } from './making.ts'

describe('a letter', () => {
  test('about one alert is that alert, with the link that shows what it saw', async () => {
    const letter = await write([alert('a', { state: 'confirmed' })])
    expect(letter).toMatchObject({ id: 'msg_abc', state: 'confirmed', severity: 'warning', link: `${origin}/alerts/a` })
    expect(letter.title).toBe('Negative tone about Night trains a rose from 31 % to 44 %')
    expect([letter.facts, unnamed(letter)]).toEqual([[{ label: 'Before', value: '31 %' }], 0])
  })

  test('about many leads with the gravest, then with what chance brings most seldom, and counts the rest', async () => {
    const many = Array.from({ length: 20 }, (_, nr) => alert(`a${nr}`, { perYear: 20 - nr }))
    const grave = alert('grave', { severity: 'critical', perYear: 50 })
    const letter = await write([...many, grave])
    expect(letter.alerts.map((one) => one.alert.id).slice(0, 3)).toEqual(['grave', 'a19', 'a18'])
    expect([letter.state, letter.severity, letter.title]).toEqual([null, 'critical', '21 topics changed at once'])
    expect([letter.link, unnamed(letter)]).toEqual([`${origin}/alerts`, 21 - mostNamed])
  })

  test('leads home wherever a path points', async () => {
    const paths = ['/alerts/a', '/alerts?topic=x', '/alerts/%2F..']
    for (const path of paths) {
      const letter = await write([alert('a')], { ...words, wordsOf: (one) => ({ ...words.wordsOf(one), path }) })
      expect(new URL(letter.link).origin).toBe(origin)
    }
  })

  test('waits for why it changed, but not for ever, and not when we stop', async () => {
    const stop = new AbortController()
    const explained = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const { letterOf } = await import('../../alerts/letter.ts')
    const telling = { id: 'm', at: '2026-05-01T12:00:00.000Z', alerts: [alert('a')], threads: [] }
    const writing = letterOf(telling, { words: { ...words, explained }, origin, signal: stop.signal })
    stop.abort(new Error('we stop'))
    await expect(writing).rejects.toThrow('we stop')
  })

  test('is plain words in one line, whatever it is made of', async () => {
    for (const name of names)
      for (const { title, text, facts, rule, alerts } of await lettersOf(name))
        for (const said of [
          title,
          text,
          rule.name,
          ...facts.flatMap(({ label, value }) => [label, value]),
          ...alerts.map((one) => one.title),
        ]) {
          expect(said.isWellFormed()).toBe(true)
          expect(said).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]|\s\s|^\s|\s$/u)
          expect(said.length).toBeLessThanOrEqual(2_000)
        }
  })
})

test('what is cut fits once it is written out, loses as little as it must, and is cut between characters', () => {
  const doubled = (text: string) => text.replace(/[&<>]/g, '&amp;')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 6, max: 80 }), (text, most) => {
      const cut = within(text, most, doubled)
      expect(cut.length).toBeLessThanOrEqual(most)
      expect(cut.isWellFormed()).toBe(text.isWellFormed())
      if (doubled(text).length <= most) expect(cut).toBe(doubled(text))
      else expect(cut.endsWith('…')).toBe(true)
    }),
    { seed: 3, numRuns: 3_000 },
  )
  expect(line('a\r\n b\t\u202ec', 10)).toBe('a b c')
  expect(line('🕊🕊🕊', 5)).toBe('🕊🕊…')
})
