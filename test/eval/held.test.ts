import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { byTarget, fold, heldComments, heldTweets, isHeld, postSentiment, role, unseen } from '../../eval/held.ts'
import { writeWorld } from './world.ts'

let root = ''
beforeAll(() => {
  root = writeWorld()
})
afterAll(() => rmSync(root, { recursive: true }))

const names = Array.from({ length: 400 }, (_, at) => `tram line ${at}`)
const part = (of: (name: string) => boolean) => names.filter(of).length / names.length

describe('a topic', () => {
  test.each([
    ['#PlannedParenthood', 'plannedparenthood'],
    ['@Nobody  Else', 'nobody else'],
    ["the U.S. embassy's door", 'the us embassys door'],
  ])('%s is folded to %s', (topic, name) => {
    expect(fold(topic)).toBe(name)
    expect(role(topic)).toBe(role(name))
    expect(isHeld(topic)).toBe(isHeld(name))
  })

  test('is held out by its name, one in four, and never where a training target shares a word', () => {
    expect(part(isHeld)).toBeGreaterThan(0.2)
    expect(part(isHeld)).toBeLessThan(0.3)
    expect(part((name) => isHeld(`${name} Trump`))).toBe(0)
  })

  test('has one part to play: .25, .35 and .4 of them', () => {
    expect(part((name) => role(name) === 'calibrate')).toBeCloseTo(0.25, 1)
    expect(part((name) => role(name) === 'fit')).toBeCloseTo(0.35, 1)
    expect(part((name) => role(name) === 'check')).toBeCloseTo(0.4, 1)
  })

  test('keeps the part that training gave it (training/held.py)', () => {
    expect(['Frank Ocean', 'IBM', 'iran', 'we should ban zoos'].map(role)).toEqual([
      'calibrate',
      'calibrate',
      'check',
      'check',
    ])
  })
})

describe('held-out posts', () => {
  test('are those of held-out topics, five points read as three', () => {
    const tweets = heldTweets(root)
    expect(tweets.every(({ target }) => isHeld(target) && !target.startsWith('#'))).toBe(true)
    expect(new Set(tweets.map(({ label }) => label))).toEqual(new Set([0, 1, 2]))
    expect(tweets.every(({ text, label }) => text.startsWith(['no', 'about', 'yes'][label]!))).toBe(true)
    expect(heldComments(root).every(({ text, label }) => text.startsWith(['no', 'about', 'yes'][label]!))).toBe(true)
  })

  test('come in three kinds, and topics have 25 posts', () => {
    const kinds = unseen(root)
    expect(Object.keys(kinds)).toEqual(['tweets', 'comments', 'debates'])
    for (const pairs of Object.values(kinds))
      expect([...byTarget(pairs).values()].every((rows) => rows.length >= 25)).toBe(true)
    expect(byTarget(kinds.tweets.slice(0, 24)).size).toBe(0)
  })

  test('know the sentiment of the post itself', () => {
    const known = postSentiment(root)
    expect(known.size).toBe(1800)
    expect(known.get(fold('no to tram line 1, 0 good'))).toBe(2)
  })
})
