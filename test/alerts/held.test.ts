// Tallies held between looks are what the store would say if it were asked whole, and what comes late is not lost.
import { describe, expect, test } from 'vitest'
import { openHeld, stepMs } from '../../alerts/held.ts'
import type { TopicRef, Window } from '../../answers.ts'
import type { TallyQuestion } from '../../sides.ts'
import { talliesOf, topicOf, type World } from '../doubles/tallies.ts'
import { start, tones } from './looping.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const topic = topicOf('talks', { targets: [{ id: 't', text: 'trains' }] })
const phrase = { id: 'rails', phrase: 'rails', forms: ['rails'], authors: 12 }

function open(world: () => World = () => ({})) {
  const asked: Window[] = []
  const tallies = async (ref: TopicRef, question: TallyQuestion) => {
    asked.push(question.window)
    return talliesOf(ref, question, world())
  }
  return { asked, held: openHeld({ ask: { tallies }, model: { id: 'm', labels: tones } }) }
}
const hoursOf = ({ from, to }: Window) => (Date.parse(to) - Date.parse(from)) / hourMs

describe('tallies that are held', () => {
  test('are, joined, what is told when asked whole', async () => {
    const { held, asked } = open()
    for (const steps of [0, 1, 2, 9, 40, 41, 100, 143]) {
      const until = start + steps * stepMs
      const told = await held.of(topic, [phrase], until)
      const whole = await open().held.of(topic, [phrase], until)
      const skip = whole.voices.length - told.voices.length
      expect(Date.parse(told.from) + told.voices.length * stepMs).toBe(until)
      // It may begin earlier than needed, never later.
      expect(skip).toBeLessThanOrEqual(0)
      expect(told.voices.slice(-skip)).toEqual(whole.voices)
      expect(told.collected.slice(-skip)).toEqual(whole.collected)
      for (const id of Object.keys(whole.sums)) {
        expect(told.sums[id]!.slice(-skip)).toEqual(whole.sums[id])
        expect(told.squares[id]!.slice(-skip)).toEqual(whole.squares[id])
      }
    }
    expect(asked.slice(1).every((window) => hoursOf(window) < 30)).toBe(true)
    expect(hoursOf(asked[0]!)).toBe(15 * 24)
  })

  test('hold what came up to six hours late at once, all else within a day', async () => {
    let isLate = true
    const { held } = open(() => ({
      voices: (_, ms) => (isLate && ms >= start - 12 * hourMs && ms < start - hourMs ? 0 : 20),
    }))
    const sum = (all: number[]) => all.reduce((a, b) => a + b, 0)
    const hours = (all: number[], from: number, to: number) =>
      sum(all.slice(all.length - from * 6, all.length - to * 6))
    await held.of(topic, [], start)
    isLate = false
    const next = await held.of(topic, [], start + stepMs)
    expect(hours(next.voices, 5, 2)).toBeGreaterThan(200)
    expect(hours(next.voices, 12, 8)).toBe(0)
    held.renew()
    expect(hours((await held.of(topic, [], start + stepMs)).voices, 12, 8)).toBeGreaterThan(200)
  })

  test('are asked whole once a day, for another phrase, and for another version', async () => {
    const { held, asked } = open()
    const wholes = () => asked.filter((window) => hoursOf(window) > 300).length
    await held.of(topic, [], start)
    await held.of(topic, [], start + 2 * stepMs)
    expect(wholes()).toBe(1)
    await held.of(topic, [phrase], start + 3 * stepMs)
    expect(wholes()).toBe(2)
    await held.of(topic, [phrase], start + dayMs + 3 * stepMs)
    expect(wholes()).toBe(3)
    const next = { ...topic, version: 2 }
    await held.of(next, [phrase], start + dayMs + 3 * stepMs)
    expect(wholes()).toBe(4)
    held.keep([next])
    expect(held.all().map(({ topic: { version } }) => version)).toEqual([2])
  })

  test('remember where posts came from', async () => {
    let sources = ['sea', 'hill']
    const { held } = open(() => ({ sources }))
    await held.of(topic, [], start)
    sources = ['hill']
    expect((await held.of(topic, [], start + stepMs)).sources!.toSorted()).toEqual(['hill', 'sea'])
  })
})
