// What a site is owed, as a function of what it was told and of what may be told now: ids that hold over restarts, what
// makes a thing another thing, and what stands in a body.
import { describe, expect, test } from 'vitest'
import { goodbye, idOf, owedOf, type StoryPlace, type Subject, subjectsOf } from '../../dashboards/owed.ts'
import type { Told, Webhook } from '../../dashboards/webhooks.ts'
import { edition, type Made } from '../doubles/edition.ts'

const at = '2026-05-01T12:00:00.000Z'
const hook = (given: Partial<Webhook> = {}): Webhook => ({
  ...{ id: 'abc', url: 'https://site.example/hook', topics: [], stories: [], at, disabled: null },
  ...given,
})
const topic = (name = 'talks'): Subject => ({ key: name, topic: name, story: null })
const place: StoryPlace = { id: 's1', url: 'https://site.example/a', headline: 'Talks <b>resume</b>' }
const story: Subject = { key: 'story:s1', topic: 'talks', story: place }
const owed = (subject: Subject, number: number, { told, ...made }: Made & { told?: Told | undefined } = {}) =>
  owedOf({ webhook: hook(), subject, told }, { newest: edition('talks', number, made), places: [place], origin: null })
/** As it is kept once the site acknowledged it. */
const acknowledged = (subject: Subject, number: number, made: Made = {}): Told => {
  const { type, sum } = owed(subject, number, made)!
  return { type, topic: subject.topic, edition: number, sum, at, status: 'delivered', attempts: 1, answer: 200 }
}

describe('a webhook is told about', () => {
  test.each([
    [{}, ['talks']],
    [{ topics: ['talks', 'else'] }, ['talks']],
    [{ topics: ['else'] }, []],
    [{ stories: ['s1'] }, ['story:s1']],
    [{ stories: ['s2'] }, []],
    [{ topics: ['talks'], stories: ['s1', 's2'] }, ['talks', 'story:s1']],
  ] as [Partial<Webhook>, string[]][])('%j: %j', (given, keys) => {
    expect(subjectsOf(hook(given), 'talks', [place]).map(({ key }) => key)).toEqual(keys)
  })
})

describe('owed is', () => {
  test('nothing where nothing was issued, or only before the webhook was made', () => {
    expect(
      owedOf({ webhook: hook(), subject: topic(), told: undefined }, { newest: undefined, places: [], origin: null }),
    ).toBeNull()
    expect(owed(topic(), 1, { at })).toBeNull()
    expect(owed(topic(), 1, { at: '2026-05-01T12:00:00.001Z' })).not.toBeNull()
  })

  test('nothing once that edition was acknowledged, or given up', () => {
    const told = acknowledged(topic(), 3)
    expect(owed(topic(), 3, { told })).toBeNull()
    expect(owed(topic(), 3, { told: { ...told, status: 'dead' } })).toBeNull()
    expect(owed(topic(), 4, { told })).toMatchObject({ edition: 4 })
  })

  test('the same edition again, as another thing, when a sentence of it was withdrawn', () => {
    const told = acknowledged(topic(), 3)
    const before = owed(topic(), 3)!
    const after = owed(topic(), 3, { told, withdrawn: 1, text: '[A quotation was withdrawn: its post is gone.]' })!
    expect(after.id).not.toBe(before.id)
    expect(JSON.parse(after.body).data).toMatchObject({ edition: 3, after: 3, withdrawn: 1 })
  })

  test('so when only what it says of the edition before lost a quotation', () => {
    const change = (removed: string) => ({
      cause: ['the world' as const],
      added: [],
      removed: [removed],
      changed: [],
      moved: [],
    })
    const told = acknowledged(topic(), 3, { change: change('One post reads: “words”.') })
    expect(owed(topic(), 3, { told, change: change('One post reads: “words”.') })).toBeNull()
    expect(owed(topic(), 3, { told, change: change('[A quotation was withdrawn: its post is gone.]') })).not.toBeNull()
  })

  test('a story again when it moved to another topic', () => {
    const told = { ...acknowledged(story, 3), topic: 'other' }
    expect(owed(story, 3, { told })).not.toBeNull()
  })
})

describe('an id', () => {
  test('is the same for the same webhook, subject, edition and reading, and has no dot', () => {
    const [one, two] = [owed(topic(), 3)!, owed(topic(), 3)!]
    expect(one.id).toBe(two.id)
    expect(one.id).toMatch(/^msg_[\w-]{24}$/)
    expect(idOf('abc', 'talks', one)).toBe(one.id)
  })

  test('is another for another webhook, subject, edition or reading', () => {
    const { sum } = owed(topic(), 3)!
    const ids = [
      idOf('abc', 'talks', { edition: 3, sum }),
      idOf('abd', 'talks', { edition: 3, sum }),
      idOf('abc', 'story:talks', { edition: 3, sum }),
      idOf('abc', 'talks', { edition: 4, sum }),
      idOf('abc', 'talks', { edition: 3, sum: 'ffffff' }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('a body', () => {
  const refusal = { reason: 'no posts', missing: 'Nobody says anything.' }
  test('tells the paragraph, its edition, the pages that show it and where to ask', () => {
    const { type, body } = owed(topic(), 7, { told: acknowledged(topic(), 3) })!
    expect(type).toBe('perspective.updated')
    expect(JSON.parse(body)).toEqual({
      type,
      timestamp: '2026-05-01T12:00:07.000Z',
      data: {
        ...{ topic: 'talks', stories: [place], edition: 7, after: 3, at: '2026-05-01T12:00:07.000Z', withdrawn: 0 },
        ...{ text: 'Edition 7 of talks: 30% are for it.', takeaway: 'In short.', refusal: null, change: null },
        urls: {
          ...{ perspective: '/v1/topics/talks/perspective', embed: '/embed/talks.html', evidence: '/evidence/talks' },
        },
      },
    })
  })

  test('leads to where readers find us, where that is told', () => {
    const now = { newest: edition('talks', 2), places: [], origin: 'https://voices.example' }
    const { body } = owedOf({ webhook: hook(), subject: topic(), told: undefined }, now)!
    expect(JSON.parse(body).data.urls.embed).toBe('https://voices.example/embed/talks.html')
  })

  test('says that a paragraph turned into a refusal', () => {
    const { type, body } = owed(topic(), 2, { refusal })!
    expect(type).toBe('perspective.withdrawn')
    expect(JSON.parse(body).data).toMatchObject({ text: '', refusal, takeaway: null })
  })

  test('of a story names it, whether it has a paragraph or not', () => {
    for (const made of [{}, { refusal }]) {
      const { type, body } = owed(story, 2, made)!
      expect([type, JSON.parse(body).data.story]).toEqual(['story.updated', place])
      expect(JSON.parse(body).data.urls).toMatchObject({
        ...{ embed: '/embed/stories/s1.html', evidence: '/evidence/stories/s1' },
      })
    }
  })

  test('of what is no more says so, and tells no word of what it was', () => {
    const last = { webhook: hook(), subject: topic(), told: acknowledged(topic(), 3) }
    const { id, type, body } = goodbye(last, Date.parse(at))
    expect(type).toBe('perspective.withdrawn')
    expect(JSON.parse(body).data).toMatchObject({
      text: '',
      refusal: { reason: 'topic dropped' },
      edition: 3,
      urls: null,
    })
    expect(goodbye(last, Date.parse(at) + 9_999).id).toBe(id)
    const ended = goodbye({ ...last, subject: story, told: acknowledged(story, 3) }, Date.parse(at))
    expect(ended.type).toBe('story.updated')
    expect(JSON.parse(ended.body).data).toMatchObject({ story: { id: 's1' }, refusal: { reason: 'story ended' } })
  })
})
