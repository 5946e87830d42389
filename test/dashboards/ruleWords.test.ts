// Rules in words: every kind of each, aloud. A change here is read by everybody who makes a rule.
import { describe, expect, test } from 'vitest'
import type { WantedRule } from '../../alarms.ts'
import { ruleOf } from '../../alerts/rule.ts'
import {
  chanceWords,
  coveredWords,
  listing,
  rateWords,
  ruleInWords,
  spanWords,
  watchedName,
} from '../../dashboards/ruleWords.ts'

const hourMs = 3_600_000
const topics = [
  { id: 'talks', name: 'Peace talks', targets: [{ id: 'truce', text: 'a truce now' }] },
  ...['a', 'b', 'c', 'd'].map((id) => ({ id, name: id.toUpperCase(), targets: [] })),
]
const says = (wanted: WantedRule) => ruleInWords(ruleOf({ id: 'x', ...wanted }, { origin: 'user', at: '' }), topics)
const cooldown = ' After an alert about a topic ended, nothing is told about it for 6 hours.'
const places = ' Told on the page, in the feed and in the event stream.'
const level = { measure: 'sentiment.negative', above: 0.6, below: null, windowMs: 3 * hourMs }

describe('a rule about real changes', () => {
  test.each<[WantedRule, string]>([
    [
      { early: false },
      `Tells when what people say about all topics really changes; at most 1 message a week that should not have been sent.${cooldown}${places}`,
    ],
    [
      {
        early: false,
        topics: ['talks', 'tag:city'],
        measures: ['sentiment', 'stance.truce.favor'],
        channels: ['team', 'desk'],
      },
      `Tells when the tone or for “a truce now” about Peace talks and topics tagged “city” really changes; at most 1 message a week that should not have been sent.${cooldown} Sent to team and desk.`,
    ],
    [
      { budget: { messages: 2, perMs: 36 * hourMs }, forMs: hourMs, isDry: true },
      `Tells when what people say about all topics really changes; at most 2 messages in 36 hours that should not have been sent. What is probable and not yet sure is told early, and taken back where it turns out to be nothing. A change is sure only once it lasted 1 hour.${cooldown} Shown on the page only: nothing is sent.`,
    ],
  ])('%j', (wanted, words) => expect(says(wanted)).toBe(words))
})

describe('a rule about a bound', () => {
  test.each<[WantedRule, string]>([
    [
      { level },
      `Tells when the share of posts that are negative about all topics is above 60%, over 3 hours, and has been for 1 hour.${cooldown}${places}`,
    ],
    [
      { level: { ...level, measure: 'emotion.optimism', above: null, below: 0.05 }, forMs: 0, topics: ['talks'] },
      `Tells when the share of posts that are full of hope about Peace talks is below 5%, over 3 hours.${cooldown}${places}`,
    ],
    [
      {
        level: { ...level, measure: 'stance.truce.against' },
        forMs: 0,
        cooldownMs: 0,
        quiet: { from: '22:00', to: '07:00', zone: 'UTC' },
      },
      `Tells when the share of posts that are against “a truce now” about all topics is above 60%, over 3 hours. Nothing is sent from 22:00 to 07:00 (UTC).${places}`,
    ],
    [
      {
        level: { ...level, measure: 'volume', above: 200, windowMs: hourMs },
        severity: 'critical',
        quiet: { from: '22:00', to: '07:00', zone: 'UTC' },
      },
      `Tells when the number of accounts that post in an hour about all topics is above 200, over 1 hour, and has been for 1 hour.${cooldown} Nothing is sent from 22:00 to 07:00 (UTC), but this is critical: it is.${places}`,
    ],
  ])('%j', (wanted, words) => expect(says(wanted)).toBe(words))
})

test('many topics are counted, unknown ones named as they are', () => {
  expect(coveredWords({ topics: ['talks', 'a', 'b', 'c', 'gone'] }, topics)).toBe('Peace talks, A, B and 2 more')
  expect(coveredWords({ topics: ['gone'] }, topics)).toBe('“gone”')
})

test('times, rates, lists and chance', () => {
  expect([90 * 60_000, hourMs, 48 * hourMs, 0].map(spanWords)).toEqual(['90 minutes', '1 hour', '2 days', '0 seconds'])
  const rates = [720, 1, 36].map((hours) => rateWords({ messages: 1, perMs: hours * hourMs }))
  expect(rates).toEqual(['1 message a month', '1 message an hour', '1 message in 36 hours'])
  expect([[], ['a'], ['a', 'b', 'c']].map((names) => listing(names))).toEqual(['', 'a', 'a, b and c'])
  expect([0.2, 1, 6.4, 52].map(chanceWords)).toEqual([
    ...['fewer than one a year', 'about 1 a year', 'about 6 a year', 'about 50 a year'],
  ])
})

test('measures are named as elsewhere', () => {
  const names = ['volume', 'theme', 'stance.truce.neither', 'stance.gone.favor', 'odd'].map((one) =>
    watchedName(one, topics),
  )
  expect(names).toEqual([
    ...['accounts an hour', 'a new subject', 'neither for nor against “a truce now”', 'for “gone”', 'odd'],
  ])
})
