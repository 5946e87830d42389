// The texts of alerts, read aloud: a golden file of every kind and state; what may never be said; hostile names.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Alert, type AlertState, alertStates, type Explanation } from '../../alarms.ts'
import { bulletinWords } from '../../alerts/bulletinWords.ts'
import { chanceOf, wordsOf } from '../../alerts/words.ts'
import { alertOf, explanationOf, share, shiftOf, unknown } from './alert.ts'

const targets = [{ id: 'more', text: 'more night trains' }]
const perHour = (estimate: number, by: number) => ({ estimate, low: estimate - by, high: estimate + by })
const fell = { direction: 'down', before: share(0.44), after: share(0.31), difference: share(-0.13, 0.05) } as const
const stopped = 'No post has come in from Bluesky since 13:05'
const swapped = 'Our model changed from small@1 to small@2'

const kinds: [string, Partial<Alert>][] = [
  ['sentiment up', { shifts: [shiftOf(), shiftOf({ measure: 'emotion.anger' }), shiftOf({ measure: 'volume' })] }],
  ['sentiment down', { shifts: [shiftOf({ measure: 'sentiment.positive', ...fell })] }],
  ['sentiment unsure', { shifts: [shiftOf({ difference: share(0.13, 0.15) })] }],
  ['sentiment of too few', { shifts: [shiftOf({ before: unknown, difference: null })] }],
  ['stance up', { kind: 'stance', shifts: [shiftOf({ measure: 'stance.more.against' })] }],
  ['stance down', { kind: 'stance', shifts: [shiftOf({ measure: 'stance.more.favor', ...fell })] }],
  ['emotion up', { kind: 'emotion', shifts: [shiftOf({ measure: 'emotion.optimism' })] }],
  ['polarisation up', { kind: 'polarisation', shifts: [shiftOf({ measure: 'polarisation' })] }],
  ['volume up', { kind: 'volume', shifts: [volume('up', 24, 45)] }],
  ['volume down', { kind: 'volume', shifts: [volume('down', 24, 5.4)] }],
  [
    'theme new',
    {
      kind: 'theme',
      shifts: [phraseOf(share(0, 0), share(0.09, 0.04))],
    },
  ],
  [
    'theme grown',
    {
      kind: 'theme',
      shifts: [phraseOf(share(0.02, 0.01), share(0.07, 0.04))],
    },
  ],
  [
    'campaign',
    {
      kind: 'campaign',
      shifts: [shiftOf({ measure: 'campaign.0123456789ab', before: share(0, 0), after: share(0.12) })],
    },
  ],
  ['collection', { kind: 'collection', shifts: [], detail: stopped }],
  ['model', { kind: 'model', shifts: [], detail: swapped }],
  [
    'level above',
    { kind: 'level', detail: 'Negative tone was above 60% for 1 hour', shifts: [shiftOf({ after: share(0.64) })] },
  ],
  [
    'level below',
    { kind: 'level', detail: 'Fewer than 10 accounts an hour for 3 hours', shifts: [volume('down', 24, 5.4)] },
  ],
] // prettier-ignore

function phraseOf(before: ReturnType<typeof share>, difference: ReturnType<typeof share>) {
  return shiftOf({ measure: 'theme.sleeper-car', phrase: 'sleeper car', before, after: share(0.09), difference })
}

function volume(direction: 'up' | 'down', before: number, after: number) {
  return shiftOf({
    measure: 'volume',
    direction,
    before: perHour(before, 4),
    after: perHour(after, 3),
    difference: null,
  })
}

const spoken = ({ title, text, facts, path }: ReturnType<typeof wordsOf>) =>
  [title, text, ...facts.map(({ label, value }) => `  ${label}: ${value}`), `  ${path}`].join('\n')

describe('the words of an alert', () => {
  it('read as in the golden file, in every kind and state', async () => {
    const told = kinds.flatMap(([name, given]) =>
      alertStates.map((state) => `## ${name}, ${state}\n${spoken(wordsOf(alertOf({ ...given, state }), { targets }))}`),
    )
    await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('words.golden.txt')
  })

  it('read as in the golden file with why', async () => {
    const told = explained.map(([name, given, explanation]) => {
      const words = wordsOf(alertOf(given), { explanation: explanationOf(explanation), targets })
      return `## ${name}\n${spoken(words)}`
    })
    await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('why.golden.txt')
  })

  it('read as in the golden file for several at once', async () => {
    const many = (count: number, given: Partial<Alert> = {}) =>
      Array.from({ length: count }, (_, nr) =>
        alertOf({ id: `a${nr}`, topic: { topic: `t${nr}`, version: 1, name: `topic ${nr}` }, ...given }),
      )
    const bulletins: [string, Alert[]][] = [
      ['one', many(1)],
      ['two topics', many(2)],
      ['several states', [...many(3), ...many(1, { state: 'early' }), ...many(1, { state: 'withdrawn' })]],
      ['two hundred stopped', many(200, { kind: 'collection', shifts: [] })],
      ['two hundred came in again', many(200, { kind: 'collection', shifts: [], state: 'closed' })],
      ['a model', many(40, { kind: 'model', shifts: [] })],
      ['mixed', [...many(2), ...many(3, { kind: 'collection', shifts: [] })]],
    ]
    const told = bulletins.map(([name, alerts]) => `## ${name}\n${spoken(bulletinWords(alerts, () => ({ targets })))}`)
    await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('bulletin.golden.txt')
    expect(bulletinWords([])).toMatchObject({ path: '/alerts', facts: [] })
  })
})

const part = (cause: Explanation['causes'][number]['cause'], estimate: number, by: number) => ({
  cause,
  part: share(estimate, by),
})
const campaigns = [{ id: '0123456789ab', posts: 41, authors: 37, window: { from: '', to: '' } }]
const theme = (phrase: string, before: number, after: number) => ({
  ...{
    id: phrase,
    phrase,
    before: share(before, 0.01),
    after: share(after, 0.03),
    difference: share(after - before, 0.03),
  },
})
const explained: [string, Partial<Alert>, Partial<Explanation>][] = [
  [
    'others came',
    {},
    {
      causes: [part('same accounts', 0.03, 0.06), part('other accounts', 0.1, 0.05)],
      themes: [theme('sleeper car', 0, 0.09), theme('fares', 0.02, 0.08)],
    },
  ],
  [
    'both',
    {},
    { causes: [part('platforms', -0.03, 0.01), part('same accounts', 0.06, 0.03), part('other accounts', 0.1, 0.05)] },
  ],
  ['no part is sure', {}, { causes: [part('same accounts', 0.06, 0.07), part('other accounts', 0.07, 0.08)] }],
  [
    'a campaign moved it',
    { kind: 'stance', shifts: [shiftOf({ measure: 'stance.more.against' })] },
    { causes: [part('campaign', 0.11, 0.05), part('other accounts', 0.02, 0.06)], campaigns },
  ],
  [
    'a campaign beside it',
    {},
    { causes: [part('campaign', 0.01, 0.02), part('other accounts', 0.12, 0.05)], campaigns },
  ],
  [
    'a campaign itself',
    { kind: 'campaign', shifts: [shiftOf({ measure: 'campaign.0123456789ab', after: share(0.58) })] },
    { campaigns, causes: [part('campaign', 0.58, 0.1)] },
  ],
  [
    'more accounts',
    { kind: 'volume', shifts: [volume('up', 24, 45)] },
    {
      shift: volume('up', 24, 45),
      causes: [
        { cause: 'same accounts', part: perHour(6.4, 3) },
        { cause: 'other accounts', part: perHour(14.6, 5) },
      ],
    },
  ],
  [
    'a flood',
    { kind: 'volume', shifts: [volume('up', 10, 43)] },
    {
      shift: volume('up', 10, 43),
      causes: [
        { cause: 'campaign', part: perHour(25, 8) },
        { cause: 'same accounts', part: perHour(2, 1) },
        { cause: 'other accounts', part: perHour(6, 9) },
      ],
      campaigns,
    },
  ],
  [
    'a model',
    { kind: 'model', shifts: [], detail: swapped },
    { shift: shiftOf({ after: share(0.36), difference: share(0.05, 0.01) }), causes: [part('our model', 0.05, 0.01)] },
  ],
  [
    'with headlines',
    {},
    {
      headlines: [
        { story: '1', headline: 'The last sleeper leaves\nat midnight', url: 'https://news.example/a', at: '' },
      ],
    },
  ],
] // prettier-ignore

describe('what is never said', () => {
  const all = kinds.flatMap(([, given]) => alertStates.map((state) => alertOf({ ...given, state })))
  const textsOf = (alert: Alert) => {
    const { title, text } = wordsOf(alert, {
      targets,
      explanation: explanationOf({ causes: [part('other accounts', 0.1, 0.05)] }),
    })
    return `${title} ${text}`
  }

  it('a campaign, collection or model alert never says that opinion rose or fell', () => {
    for (const alert of all.filter(({ kind }) => ['campaign', 'collection', 'model'].includes(kind)))
      expect(textsOf(alert)).not.toMatch(/\b(?:rose|fell)\b/)
  })

  it('an early one says that it is not yet sure, a withdrawn one that nothing is left, in its title', () => {
    for (const alert of all.filter(({ state }) => state === 'early'))
      expect(wordsOf(alert).title).toMatch(/^(?:Probably, not yet sure: |How we measure)/)
    for (const alert of all.filter(({ state, kind }) => state === 'withdrawn' && kind !== 'model'))
      expect(wordsOf(alert).title).toMatch(/^Withdrawn[:,] /)
  })

  it('no jargon, no number that is none, no empty word', () => {
    for (const alert of all) {
      const words = wordsOf(alert, { targets })
      expect(JSON.stringify(words)).not.toMatch(/NaN|undefined|null|Infinity|CUSUM|sigma|p-value|likelihood|\s{2}/i)
      expect(words.text).toMatch(/[.!?…]”?$/)
      expect(words.facts.every(({ label, value }) => label && value && label.length <= 60 && value.length <= 200)).toBe(
        true,
      )
    }
  })

  it('a change whose interval holds nothing is not told as one', () => {
    const { text } = wordsOf(alertOf({ shifts: [shiftOf({ difference: share(0.03, 0.04) })] }))
    expect(text).not.toMatch(/\b(?:rose|fell) by/)
  })

  it('chance is told as at most so many a year', () => {
    const chances = [0, 0.02, 0.7, 1.2, 51.3].map((perYear) => chanceOf({ perYear }))
    expect(chances.map((text) => text.replace(/^Over all that this rule watches, chance alone makes /, ''))).toEqual([
      '',
      'less than one such message in ten years.',
      'at most one such message a year.',
      'at most 2 such messages a year.',
      'at most 52 such messages a year.',
    ])
    expect(chanceOf({ perYear: Number.NaN })).toBe('')
  })
})

describe('hostile names', () => {
  const nasty = '<img src=x>\r\n\r\nBcc: all\u202e\u2066 {{x}} https://evil.example \u0000 *now* '.repeat(4)

  it('stay one plain line, in every kind and state, and a title stays short', () => {
    const states: AlertState[] = [...alertStates]
    const text = fc.string({ unit: 'grapheme', maxLength: 400 })
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.constantFrom(...states),
        fc.oneof(text, fc.constant(nasty)),
        ([, given], state, name) => {
          const shifts = (given.shifts ?? []).map((one) => ({ ...one, phrase: one.phrase === null ? null : name }))
          const alert = alertOf({ ...given, state, shifts, topic: { topic: 't', version: 1, name } })
          const explanation = explanationOf({
            themes: [theme(name, 0, 0.1)],
            headlines: [{ story: '1', headline: name, url: 'https://a.example', at: '' }],
          })
          const words = wordsOf(alert, { targets: [{ id: 'more', text: name }], explanation })
          expect(words.title.length).toBeLessThanOrEqual(120)
          for (const line of [words.title, words.text])
            expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
          expect(words.path).toBe('/alerts/shifts-4f2a')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('push no word of ours out of a title', () => {
    const topic = { topic: 't', version: 1, name: 'x'.repeat(500) }
    expect(wordsOf(alertOf({ topic })).title).toMatch(/^Negative tone about x+… rose from 31% to 44%$/)
    expect(wordsOf(alertOf({ topic, state: 'early' })).title).toMatch(/^Probably, not yet sure: .* to 44%$/)
    expect(wordsOf(alertOf({ id: 'a/../b?c' })).path).toBe('/alerts/a%2F..%2Fb%3Fc')
  })
})
