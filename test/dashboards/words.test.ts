// What pages say and draw, on small made-up numbers: words, charts, links, forms, lines of a body, events.
import { describe, expect, test } from 'vitest'
import type { Estimate, SeriesPoint, StoredPost } from '../../answers.ts'
import type { Claim } from '../../conclusions.ts'
import * as charts from '../../dashboards/charts.ts'
import { movedBetween } from '../../dashboards/events.ts'
import { definitionOf, topicForm, typedOf } from '../../dashboards/form.ts'
import { linesOf } from '../../dashboards/intake.ts'
import { claimText } from '../../dashboards/paragraph.ts'
import { article, originOf } from '../../dashboards/post.ts'
import { type Served, stepOf, windowOf } from '../../dashboards/served.ts'
import { hrefOf, stepFor, type View } from '../../dashboards/view.ts'
import * as words from '../../dashboards/words.ts'
import { QueryError } from '../../errors.ts'
import type { Status } from '../../given.ts'
import type { SourceStatus, Topic } from '../../types.ts'
import { dropReasons, skipReasons } from '../../types.ts'

const share = (estimate: number, half = 0.05): Estimate => ({ estimate, low: estimate - half, high: estimate + half })
const none: Estimate = { estimate: null, low: null, high: null }
const topic: Topic = {
  ...{
    id: 't',
    name: 'T',
    query: 'a',
    public: false,
    tags: [],
    version: 2,
    at: '2026-11-22T00:00:00.000Z',
    origin: 'user',
  },
  targets: [{ id: 'truce', text: 'a truce now' }],
}
const at = (hour: number) => new Date(Date.UTC(2026, 10, 22, hour)).toISOString()
const point = (hour: number, estimate: Estimate, more: Partial<SeriesPoint> = {}): SeriesPoint => ({
  ...{ at: at(hour), posts: 20, volume: more.posts ?? 20, authors: 15, gap: false, ...estimate },
  ...more,
})

describe('words', () => {
  test('a share is never told without its interval, a missing one says why', () => {
    expect(words.shareOf(share(0.34))).toBe('34% (29–39%)')
    expect(words.shareOf(none)).toBe('too few voices')
  })

  test('numbers, times and lengths read as a person writes them', () => {
    expect(words.plural(1, 'post')).toBe('1 post')
    expect(words.plural(1_234, 'history', 'histories')).toBe('1,234 histories')
    expect(words.momentOf('2026-11-02T03:04:05.000Z')).toBe('2 Nov 2026, 03:04 UTC')
    expect(words.spanOf({ from: at(1), to: at(2) })).toBe('22 Nov 2026, 01:00 to 22 Nov 2026, 02:00 UTC')
  })

  test.each([
    ['sentiment.negative', 'negative tone'],
    ['emotion.optimism', 'hope'],
    ['stance.truce.favor', 'for “a truce now”'],
    ['stance.truce.neither', 'neither for nor against “a truce now”'],
    ['stance.gone.against', 'against “gone”'],
    ['volume', 'volume'],
  ])('%s is %s', (measure, said) => {
    expect(words.measureName(measure, topic)).toBe(said)
  })

  test('languages and sources have names; hostile tags stay text', () => {
    expect(words.languageName('uk')).toBe('Ukrainian')
    expect(words.languageName('')).toBe('unknown language')
    expect(words.languageName('<b>')).toBe('<b>')
    expect(words.sourceName('bluesky')).toBe('Bluesky')
    expect(words.sourceName('own-file')).toBe('own-file')
  })

  test('every reason of the closed lists has words', () => {
    expect(Object.keys(words.dropWords)).toEqual([...dropReasons])
    expect(Object.keys(words.skipWords)).toEqual([...skipReasons])
  })
})

describe('why a topic has no posts', () => {
  const source = (name: string, state: SourceStatus['state']): SourceStatus => ({
    ...{ name, state, detail: '', latest: null, received: 0, drops: {}, gaps: 0 },
  })
  const log = { head: 0, oldest: 1, posts: 0, bytes: 0, since: null, readers: {}, partitions: 1 }
  const idle: Status = {
    ...{ lag: 0, sources: [], readers: {}, log, drops: {}, histories: [], model: 'm', sample: false },
  }

  test.each([
    [{ sources: [] }, 'No posts yet: Bluesky is off.'],
    [{ sources: [source('sample', 'finished')] }, 'No posts yet: Bluesky is off.'],
    [{ sources: [source('bluesky', 'catching up')] }, 'No posts yet: Bluesky is catching up.'],
    [{ sources: [source('bluesky', 'failed'), source('x', 'live')] }, 'No posts yet: Bluesky is failed, X is live.'],
    [{ lag: 12 }, 'No posts yet: 12 changes are still to be read.'],
    [{ histories: [{ topic: 't', version: 2, done: 5, total: 50 }] }, 'Reading its history: 5 of 50 kept changes.'],
  ])('%#: %s', (status, said) => {
    expect(words.whyNone(topic, { ...idle, ...status })).toBe(said)
  })

  test('a source that is off is listed as well', () => {
    expect(words.sourcesOf(idle).map(({ name, state }) => [name, state])).toEqual([['bluesky', 'off']])
    expect(words.sourcesOf({ ...idle, sources: [source('bluesky', 'live')] })).toHaveLength(1)
    const sample = { ...idle, sources: [source('sample', 'finished')] }
    expect(words.sourcesOf({ ...sample, sample: true }).map(({ name }) => name)).toEqual(['sample', 'bluesky'])
    expect(words.sourcesOf(sample).map(({ name }) => name)).toEqual(['bluesky'])
  })
})

describe('charts', () => {
  const points = [
    point(1, share(0.2)),
    point(2, none, { posts: 3 }),
    point(3, share(0.3), { gap: true }),
    point(4, share(0.4)),
  ]
  const window = { from: at(1), to: at(5) }
  const zoom = (from: string) => `?from=${from}&step=`
  const chart = (hour = 3_600_000) =>
    String(
      charts.timeChart({
        id: 'c',
        title: 'Tone',
        window,
        zoom,
        stepMs: hour,
        lines: [{ name: 'negative', tone: 'negative', points }],
      }),
    )

  test('a line breaks where there is no estimate and a band is the interval', () => {
    const html = chart()
    // The scale ends at the next fifth above the highest bound: 60 %.
    expect(html).toContain('d="M0 66.67H1M2 50H3L3 33.33H4"')
    expect(html).toContain('M0 58.33h1V75h-1Z')
    expect(html).toContain('<span>60%</span>')
    expect(html).toContain('viewBox="0 0 4 100"')
  })

  test('what was not collected is a column of its own, and is said', () => {
    expect(chart()).toContain('<rect class="gap" x="2" y="0" width="1" height="100"/>')
    expect(chart()).toContain('Grey columns: a source was not collected.')
    expect(chart()).toContain('Empty where fewer than 10 authors posted.')
  })

  test('has title, description and the numbers as a table', () => {
    const html = chart()
    expect(html).toContain('<title id="c-t">Tone</title>')
    expect(html).toContain('negative: between 20% and 40%')
    expect(html.match(/<tr>/g)).toHaveLength(5)
    expect(html).toContain('<td>too few voices</td>')
  })

  test('every step leads into its stretch of time, by mouse and from the table', () => {
    const html = chart()
    expect(html).toContain(`data-brush data-start="${at(1)}" data-step="3600000" data-steps="4"`)
    expect(html.match(/<a href="\?from=[^"]+&amp;step=" tabindex="-1"><rect class="hover"/g)).toHaveLength(4)
    expect(html.match(/<th scope="row"><a href="\?from=/g)).toHaveLength(4)
  })

  test('nothing to draw says so', () => {
    const lines = [{ name: 'negative', tone: 'negative', points: [] }]
    expect(String(charts.timeChart({ id: 'c', title: 'Tone', window, zoom, stepMs: 1, lines }))).toContain(
      'No posts in this window',
    )
  })

  test('volume and sparkline are as high as the busiest step', () => {
    const html = String(charts.volumeChart({ id: 'v', title: 'Posts', zoom, stepMs: 3_600_000, points }))
    expect(html).toContain('M0.1 100V0h.8V100Z')
    expect(html).toContain('M1.1 100V85h.8V100Z')
    expect(String(charts.sparkline([]))).toContain('viewBox="0 0 1 100"')
  })

  test('an interval bar spans its bounds; without an estimate it is empty', () => {
    const html = String(charts.intervalBar(share(0.5, 0.1), 'favor'))
    expect(html).toContain('x="40" y="2" width="20"')
    expect(html).toContain('M50 0V10')
    expect(String(charts.intervalBar(none, 'favor'))).not.toContain('<rect')
  })
})

describe('claims', () => {
  const counted = { posts: 100, authors: 80, clusters: 90, word: null, fragility: null, evidence: [], quotes: [] }
  const from = { id: 'c', kind: 'prevalence' as const, says: 'A tone', measure: 'sentiment.negative', scope: '' }
  const claim: Claim = { ...from, ...counted, model: 'm', topicVersion: 1, ...share(0.4) }

  test('say their number, their difference or that they are one voice', () => {
    expect(claimText(claim)).toBe('A tone: 40% (35–45%)')
    const change = { ...claim, kind: 'change' as const, difference: { estimate: -0.12, low: -0.19, high: -0.05 } }
    expect(claimText(change)).toBe('A tone: 40% (35–45%), 12 points (5–19) fewer than in the period before')
    expect(claimText({ ...claim, kind: 'quote', ...none })).toBe('A tone: one voice')
  })
})

describe('posts', () => {
  const post: StoredPost = {
    ...{ id: 'p', source: 'import', topic: 't', at: at(1), text: 'words', lang: 'en', likes: null, reposts: null },
    ...{
      quotable: true,
      skipped: null,
      sentiment: { negative: 0.7, positive: 0.3 },
      emotion: { anger: 0.5, joy: 0.1 },
    },
    ...{ irony: 0.8, offensive: 0, hate: 0, stance: { truce: { favor: 0.6, against: 0.4 } }, copies: 3, model: 'm' },
  }

  test('tell their leading scores, copies and nothing they should not', () => {
    const html = String(article(post, topic))
    for (const said of ['negative 70%', 'anger 50%', 'for “a truce now” 60%', 'irony 80%', '3 copies'])
      expect(html).toContain(said)
    expect(html).not.toContain('joy')
    expect(String(article({ ...post, quotable: false }, topic))).not.toContain('words')
    expect(String(article({ ...post, skipped: 'language' }, topic))).toContain('in a language the model does not read')
  })

  test('a long text is cut in the list and whole on its own page', () => {
    const long = { ...post, text: '🕊'.repeat(5_000) }
    expect(String(article(long)).length).toBeLessThan(4_000)
    expect(String(article(long))).not.toContain('\ufffd')
    expect(String(article(long, undefined, true))).toContain(long.text)
  })

  test.each([
    ['bluesky', 'at://did:plc:abc/app.bsky.feed.post/3k', 'https://bsky.app/profile/did:plc:abc/post/3k'],
    ['bluesky', 'at://did:web:a.example/app.bsky.feed.post/3k', 'https://bsky.app/profile/did:web:a.example/post/3k'],
    ['bluesky', 'at://did:plc:abc/app.bsky.feed.post/3k"x', null],
    ['bluesky', 'javascript:alert(1)', null],
    ['sample', 'at://did:plc:abc/app.bsky.feed.post/3k', null],
    ['x', '1866900000000000001', 'https://x.com/i/status/1866900000000000001'],
    ['x', '1866900000000000001?a', null],
    ['mastodon', 'https://social.example/statuses/113', 'https://social.example/statuses/113'],
    ['mastodon', 'https://social.example/statuses/113#x', null],
    ['mastodon', 'javascript:alert(1)', null],
    ['hackernews', '42000000', 'https://news.ycombinator.com/item?id=42000000'],
    ['reddit', 't3_1abc', 'https://redd.it/1abc'],
    ['reddit', 't1_1abc', null],
    ['constructor', '1', null],
  ])('%s %s is shown at %s', (source, id, where) => {
    expect(originOf({ source, id })).toBe(where)
  })
})

describe('views', () => {
  const window = { from: at(0), to: at(24) }
  const view = { topic, words: { hours: '6', q: 'a&b', cursor: 'x' } } as unknown as View

  test('a link keeps what it does not change', () => {
    expect(hrefOf(view, { cursor: undefined, version: '1' }, '#posts')).toBe(
      '/topics/t?hours=6&q=a%26b&version=1#posts',
    )
    expect(hrefOf({ ...view, words: {} })).toBe('/topics/t')
  })

  test.each([
    [6, 0.25],
    [24, 1],
    [36, 1],
    [168, 3],
    [24 * 365, 168],
    [24 * 365 * 50, 8_760],
    [2, 0.25],
  ])('a window of %i h has steps of %f h', (hours, step) => {
    const to = at(0)
    const from = new Date(Date.parse(to) - hours * 3_600_000).toISOString()
    expect(stepFor({ from, to })).toBe(step * 3_600_000)
  })

  test.each([
    [5_000, 1],
    [600, 2],
    [200, 3],
    [25, 3],
  ])('where %i posts fill a day, steps have %i h', (posts, step) => {
    expect(stepFor(window, posts)).toBe(step * 3_600_000)
  })

  test('steps and windows are read strictly', async () => {
    expect(stepOf('15m', window)).toBe(900_000)
    for (const wrong of ['', '1', 'h', '1.5h', '-1h', '0h', '1w', '1s'])
      expect(() => stepOf(wrong, window), wrong).toThrow()
    const served = { now: () => Date.parse(at(12)), defaultWindow: async () => window } as unknown as Served
    expect(await windowOf(served, topic, {})).toEqual(window)
    expect(await windowOf(served, topic, { to: '2026-11-22T12:00:00+02:00' })).toEqual({ from: at(-14), to: at(10) })
    expect(await windowOf(served, topic, { from: '2026-11-22', to: at(3) })).toEqual({ from: at(0), to: at(3) })
    expect((await windowOf(served, topic, { from: '0001-01-01', to: at(3) })).from).toBe('1900-01-02T00:00:00.000Z')
    for (const from of ['now', '1', 'Nov 22', '2026-13-01', at(30)])
      await expect(windowOf(served, topic, { from, to: at(3) }), from).rejects.toThrow()
  })
})

describe('the form', () => {
  const served = { topics: { get: (id: string) => (id === 't' ? topic : undefined) } } as unknown as Served

  test('keeps what was typed, and files are no words', () => {
    expect(typedOf({ name: 'n', query: new File([], 'x'), targets: ['a', 'b'] })).toEqual({
      id: undefined,
      name: 'n',
      query: '',
      tags: '',
      targets: '',
      marks: {},
    })
    expect(String(topicForm({ name: '"><i>', query: '</textarea>', targets: '' }))).not.toMatch(
      /<i>|<\/textarea><\/textarea>/,
    )
  })

  test('becomes a definition with a free id', () => {
    const made = definitionOf({ name: ' T ', query: 'q', targets: '\n a \n\nb\n' }, served)
    expect(made).toEqual({
      id: 't-2',
      name: 'T',
      query: 'q',
      public: false,
      tags: [],
      targets: [
        { id: '', text: 'a' },
        { id: '', text: 'b' },
      ],
    })
  })

  test('marks the column on its own line', () => {
    const error = new QueryError('wrong', 9, 'mend it')
    const html = String(topicForm({ name: 'n', query: 'one AND\ntwo (', targets: '' }, { error }))
    expect(html).toContain('<pre>two (\n^</pre>')
    expect(html).toContain('<strong>Wrong</strong> (column 9). Mend it')
  })
})

describe('lines of a body', () => {
  const streamOf = (...chunks: (string | Uint8Array)[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks)
          controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
        controller.close()
      },
    })
  const read = async (...chunks: (string | Uint8Array)[]) => {
    const lines: string[] = []
    for await (const line of linesOf(streamOf(...chunks))) lines.push(line)
    return lines
  }

  test('are whole however the bytes arrive', async () => {
    const bytes = new TextEncoder().encode('один\nдва🕊\n\nend')
    for (let cut = 1; cut < bytes.length; cut++)
      expect(await read(bytes.slice(0, cut), bytes.slice(cut))).toEqual(['один', 'два🕊', '', 'end'])
    expect(await read('a\n')).toEqual(['a'])
    expect(await read()).toEqual([])
  })

  test('a line without end is cut, not kept', async () => {
    const chunk = 'x'.repeat(2 ** 20)
    const [long, next] = await read(chunk, chunk, chunk, `${chunk}\nnext`)
    expect(long!.length).toBeLessThan(2.1 * 2 ** 20)
    expect(next).toBe('next')
  })
})

describe('events', () => {
  const count = (posts: number, topic = 't') => ({ topic, version: 1, posts, authors: posts, latest: at(1) })

  test('tell topics that moved, came and went, and nothing else', () => {
    expect(movedBetween([count(1)], [count(1)])).toEqual([])
    expect(movedBetween([], [count(1)])).toEqual([{ event: 'perspective.updated', count: count(1) }])
    expect(movedBetween([count(1), count(1, 'u')], [count(2)])).toEqual([
      { event: 'perspective.updated', count: count(2) },
      { event: 'perspective.withdrawn', count: { ...count(0, 'u'), latest: null } },
    ])
  })
})
