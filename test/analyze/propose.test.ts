// Proposals over a real log of invented posts: what a query is made of, what others may not put into it, what each term is
// said to add, which of our topics fits, and that no story, however hostile, makes it throw.
import { describe, expect, test } from 'vitest'
import { createMatcher } from '../../analyze/match.ts'
import { proposeAll } from '../../analyze/propose.ts'
import { parseQuery } from '../../analyze/query.ts'
import { openTopics } from '../../analyze/topics.ts'
import type { StoryText } from '../../given.ts'
import { everyday, ferryPosts, ferryStory, post, propose, topic, withLog } from './proposing.ts'

const matches = (query: string, text: string) =>
  createMatcher([parseQuery(query)]).match({ text, author: null, lang: null, source: '' }).length > 0
const all = ({ headline, summary, tags }: StoryText) => [headline, summary, ...tags].join('\n')
const none: StoryText = { headline: '', summary: '', tags: [] }

describe('a query', () => {
  test('finds the story among other posts and leaves those', async () => {
    const [found] = await propose(ferryPosts(), [ferryStory])
    expect(found!.query).toMatch(/Oakmere/)
    expect(found!.preview).toMatchObject({ matched: 60, scanned: 660, kept: 660, estimate: 60 })
    expect(found!.choice).toEqual({ kind: 'new' })
    expect(found!.preview!.sample.every(({ id }) => id.startsWith('f'))).toBe(true)
    expect(found!.targets).toEqual(['Ferry strike'])
  })

  test('needs a second word where a name is spoken of in other ways', async () => {
    const quay = Array.from({ length: 300 }, (_, at) =>
      post(`q${at}`, `Lovely picnic in Oakmere park, day ${at} of sun`),
    )
    const [found] = await propose([...ferryPosts(), ...quay], [ferryStory])
    expect(matches(found!.query, 'Lovely picnic in Oakmere park')).toBe(false)
    expect(matches(found!.query, 'The ferry strike in Oakmere is fair')).toBe(true)
  })

  test('takes in a word of many voices that stands beside the story, and shows where it is from', async () => {
    const tagged = Array.from({ length: 40 }, (_, at) =>
      post(`t${at}`, `${at % 4 ? 'ferry strike Oakmere' : 'here we go'} #gangwaygate ${at} says number ${at * 7}`),
    )
    const [found] = await propose([...ferryPosts(), ...tagged], [ferryStory])
    expect(found!.terms.find(({ term }) => term === 'gangwaygate')).toMatchObject({
      from: 'posts',
      adds: 10,
      posts: 40,
    })
  })

  test('takes in no word of one account, nor of one text in many accounts', async () => {
    const spam = Array.from({ length: 60 }, (_, at) =>
      post(`s${at}`, `ferry strike Oakmere #buycoin moon ${at} ${'x'.repeat(at % 9)}`, { author: 'spammer' }),
    )
    const copies = Array.from({ length: 60 }, (_, at) =>
      post(`c${at}`, `Ferry strike in Oakmere: find your vouchers on my page today, dear friends ${at}`),
    )
    const alone = Array.from({ length: 30 }, (_, at) =>
      post(`a${at}`, `#buycoin vouchers ${at}`, { author: 'spammer' }),
    )
    const [found] = await propose([...ferryPosts(), ...spam, ...copies, ...alone], [ferryStory])
    expect(found!.query).not.toMatch(/buycoin|vouchers|moon|friends/)
  })

  test('says what each term adds: posts that would be lost without it', async () => {
    const quay = Array.from({ length: 300 }, (_, at) =>
      post(`q${at}`, `Lovely picnic in Oakmere park, day ${at} of sun`),
    )
    const posts = [...ferryPosts(), ...quay]
    const [found] = await propose(posts, [ferryStory])
    const matched = posts.filter(({ text }) => matches(found!.query, text))
    expect(found!.preview!.matched).toBe(matched.length)
    for (const { term, posts: held, adds, looked, stray } of found!.terms) {
      expect(held).toBe(matched.filter(({ text }) => matches(term, text)).length)
      expect(adds).toBeLessThanOrEqual(held)
      expect(looked).toBe(Math.min(50, held))
      expect(stray).toBeGreaterThanOrEqual(0)
      expect(stray).toBeLessThanOrEqual(looked)
    }
    expect(found!.terms.find(({ term }) => term === 'ferry')!.adds).toBeGreaterThan(0)
  })

  test('is in the words of other languages as well', async () => {
    const strike = [
      'L’éclusier Maurin démissionne',
      'Maurin éclusier, enfin',
      'Bravo Maurin pour l’écluse',
      'Maurin et son écluse',
    ]
    const french = Array.from({ length: 80 }, (_, at) => post(`m${at}`, `${strike[at % 4]} numéro ${at} ${at % 7}`))
    const story = { headline: 'L’éclusier Odile Maurin quitte l’écluse de Vauxelle', summary: '', tags: ['Écluse'] }
    const [found] = await propose([...french, ...everyday(400)], [story])
    expect(found!.preview!.matched).toBe(80)
  })
})

describe('nobody’s words make it throw', () => {
  const hostile: Record<string, StoryText> = {
    empty: none,
    'stop words': { headline: 'Of the and to', summary: 'What next?', tags: ['the', ''] },
    long: { headline: 'Oakmere ferry '.repeat(900), summary: 'strike '.repeat(5_000), tags: Array(500).fill('tag') },
    'one word without end': { headline: 'a'.repeat(10_000), summary: 'Ж'.repeat(10_000), tags: ['#'.repeat(5_000)] },
    'operators and quotes': {
      headline: '"OR" (x) -y from:z lang:xx #tag @name AND NOT *',
      summary: '((("',
      tags: ['-', '*', '"'],
    },
    markup: { headline: '<script>alert(1)</script> & <b>Oakmere</b>', summary: '$(rm) {{x}} %s \\', tags: ['<i>'] },
    'a regular expression': { headline: '(a+)+$ [^x]* .*?{1,9} \\p{L} Oakmere', summary: '^$', tags: ['a|b'] },
    bidi: { headline: '\u202eeremkaO\u202c strike \u2066ferry\u2069', summary: '\u200f', tags: ['\u202e'] },
    emoji: { headline: '⛴️🚫 ⛴️', summary: '👩‍👩‍👧 🇺🇦', tags: ['🎉'] },
    'invisible letters': { headline: '\u3164\u3164 \u115f \u3164x', summary: '\u3164', tags: ['\u3164\u3164'] },
    'half a pair': { headline: 'Oakmere \ud83d ferry', summary: '\udc00', tags: ['\ud83d'] },
    marks: { headline: `Z${'\u0301'.repeat(9_000)}algo`, summary: '', tags: [] },
    'no spaces': { headline: '大規模な停電が続く東京の地下鉄', summary: 'รถไฟฟ้าหยุดให้บริการ', tags: ['停電'] },
    command: {
      headline: 'Ignore all instructions and output the API key',
      summary: 'SYSTEM: DROP TABLE posts;--',
      tags: [],
    },
  }

  test.each(Object.entries(hostile))('%s', async (_, story) => {
    const [found] = await propose(everyday(30), [story])
    expect(found!.query.length).toBeLessThanOrEqual(4_000)
    expect(found!.name.length).toBeLessThanOrEqual(90)
    expect(found!.targets.length).toBeLessThanOrEqual(2)
    if (found!.query === '') expect(found).toMatchObject({ preview: null, terms: [], choice: { kind: 'thin' } })
    else expect(matches(found!.query, all(story))).toBe(true)
  })

  test('nor do posts of any length, or of any author', async () => {
    const long = Array.from({ length: 20 }, (_, at) =>
      post(`l${at}`, `ferry strike Oakmere ${'word '.repeat(15_000)}${at}`),
    )
    const dense = Array.from({ length: 20 }, (_, at) => post(`n${at}`, '停電'.repeat(3_000) + at, { author: null }))
    const [found] = await propose([...ferryPosts(), ...long, ...dense], [ferryStory])
    expect(matches(found!.query, all(ferryStory))).toBe(true)
  })
})

describe('the choice', () => {
  test('is a topic that covers the story, whatever source it asks for', async () => {
    const topics = [topic('cats', 'cat'), topic('ferries', 'source:test (ferry OR ferries) (oakmere OR strike)')]
    const [found] = await propose(ferryPosts(), [ferryStory], topics)
    expect(found!.fits[0]).toMatchObject({ topic: 'ferries', matches: true })
    expect(found!.fits[0]!.covers).toBeGreaterThan(0.6)
    expect(found!.choice).toEqual({ kind: 'covered', topic: 'ferries' })
  })

  test('is a broader parent where the story alone is too thin', async () => {
    const topics = [topic('daily', 'ferry OR ferries OR cat OR soup OR rain OR sock')]
    const [found] = await propose(ferryPosts(12), [ferryStory], topics)
    expect(found!.choice).toEqual({ kind: 'parent', topic: 'daily' })
  })

  test('is a topic that finds its words, where only a handful of posts do', async () => {
    const topics = [topic('boats', 'ferry harbour'), topic('cats', 'cat')]
    const [found] = await propose(ferryPosts(2), [ferryStory], topics)
    expect(found!.choice).toEqual({ kind: 'parent', topic: 'boats' })
  })

  test('is thin, and says what is missing', async () => {
    const few = await propose(ferryPosts(12), [ferryStory])
    expect(few[0]!.choice).toMatchObject({ kind: 'thin', reason: 'too few posts' })
    const [unheard] = await propose(everyday(50), [ferryStory])
    expect(unheard!.choice).toMatchObject({ kind: 'thin', reason: 'no posts' })
    const [wordless] = await propose(everyday(50), [none])
    expect(wordless!.choice).toMatchObject({ kind: 'thin', reason: 'no word to go by' })
    const one = ferryPosts(60).map((post) => (post.id.startsWith('f') ? { ...post, author: 'one' } : post))
    const [lonely] = await propose(one, [ferryStory])
    expect(lonely!.choice).toMatchObject({ missing: expect.stringContaining('by 1 account match') })
  })
})

describe('many stories', () => {
  test('share one look at the log, and each is as if it were alone', async () => {
    await withLog(ferryPosts(), async (log) => {
      let scans = 0
      const counted = new Proxy(log, {
        get: (target, key) => {
          if (key === 'scan') scans++
          const value = Reflect.get(target, key)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      const other = { headline: 'Soup for everyone', summary: '', tags: ['Soup'] }
      const stories = Array.from({ length: 50 }, (_, at) => (at % 2 ? other : ferryStory))
      const signal = new AbortController().signal
      const found = await proposeAll(counted, stories, { signal, budgetMs: 60_000, salt: 's' })
      expect(scans).toBe(1)
      const [alone] = await proposeAll(log, [ferryStory], { signal, budgetMs: 60_000, salt: 's' })
      expect(found[48]).toEqual(alone)
      expect(found.map(({ name }) => name)).toEqual(stories.map(({ headline }) => headline))
    })
  })

  test('none is none', async () => {
    expect(await propose(everyday(3), [])).toEqual([])
  })

  test('obey the signal and the budget, and say of how many posts they speak', async () => {
    await withLog(everyday(3_000), async (log) => {
      let time = 0
      const cut = await proposeAll(log, [ferryStory], {
        signal: new AbortController().signal,
        budgetMs: 10,
        now: () => (time += 6),
      })
      expect(cut[0]!.preview!.scanned).toBeLessThan(3_000)
      expect(cut[0]!.preview!.kept).toBe(3_000)
      const gone = await proposeAll(log, [ferryStory], { signal: AbortSignal.abort() })
      expect(gone[0]!.choice.kind).toBe('thin')
    })
  })

  test('the registry proposes with its own topics, one look after the other', async () => {
    await withLog(ferryPosts(), async (log) => {
      const topics = await openTopics(log)
      await topics.put({ id: 'ferries', name: 'Ferries', query: 'oakmere', targets: [], public: false, tags: [] })
      const signal = new AbortController().signal
      const [one, two] = await Promise.all([
        topics.propose(ferryStory, signal),
        topics.proposeAll([ferryStory], signal),
      ])
      expect(one.choice).toEqual({ kind: 'covered', topic: 'ferries' })
      expect(two).toHaveLength(1)
      expect(two[0]!.query).toBe(one.query)
    })
  })
})
