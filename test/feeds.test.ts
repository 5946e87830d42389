// Feeds of every kind as lists of entries, broken and hostile ones, and our own as Atom: read again by a reader that is
// not ours and by the parser itself, whatever stands in it.
import fc from 'fast-check'
import Reader from 'rss-parser'
import { describe, expect, test } from 'vitest'
import { atomOf, type OutgoingFeed, parsedFeed } from '../feeds.ts'

const rss = (items: string, channel = '') =>
  `<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title><link>https://site.example</link><description>D</description>${channel}${items}</channel></rss>`
const atom = (entries: string, attributes = '') =>
  `<feed xmlns="http://www.w3.org/2005/Atom"${attributes}><title>T</title><id>i</id><updated>2026-05-01T12:00:00Z</updated>${entries}</feed>`

describe('read', () => {
  test('RSS 2.0', () => {
    const text = rss(
      `<item><title>Talks &amp;amp; &lt;b&gt;rain&lt;/b&gt;</title><link>/a</link><description><![CDATA[<p>In short</p>]]></description><category>One</category><dc:subject>Two</dc:subject><pubDate>Fri, 01 May 2026 12:00:00 GMT</pubDate></item>`,
      '<ttl>60</ttl>',
    )
    expect(parsedFeed(text)).toEqual({
      entries: [
        {
          ...{ title: { text: 'Talks &amp; <b>rain</b>', isHtml: true }, link: '/a', base: null },
          ...{ summary: { text: '<p>In short</p>', isHtml: true }, tags: ['One', 'Two'] },
          published: 'Fri, 01 May 2026 12:00:00 GMT',
        },
      ],
      ttlMs: 3_600_000,
    })
  })

  test.each([
    ['<guid>https://site.example/g</guid>', 'https://site.example/g'],
    ['<guid isPermaLink="true">https://site.example/g</guid>', 'https://site.example/g'],
    ['<guid isPermaLink="false">tag:1</guid>', null],
    ['<link>https://site.example/l</link><guid>g</guid>', 'https://site.example/l'],
    ['', null],
  ])('the link of an item with %j is %j', (inside, link) => {
    expect(parsedFeed(rss(`<item><title>a</title>${inside}</item>`))?.entries[0]?.link ?? null).toBe(link)
  })

  test('Atom: text is no markup, the page is the link, the base is kept', () => {
    const links =
      '<link rel="edit" href="/edit"/><link rel="alternate" type="application/json" href="/j"/><link type="text/html" href="p"/>'
    const text = atom(
      `<entry><title>1 &lt; 2</title><id>e</id>${links}<updated>2026-05-01T12:00:00Z</updated><content type="html">&lt;p&gt;x&lt;/p&gt;</content><category term="t" label="Label"/></entry>`,
      ' xml:base="https://base.example/x/"',
    )
    expect(parsedFeed(text)?.entries[0]).toEqual({
      ...{ title: { text: '1 < 2', isHtml: false }, link: 'p', base: 'https://base.example/x/' },
      ...{ summary: { text: '<p>x</p>', isHtml: true }, tags: ['Label'], published: '2026-05-01T12:00:00Z' },
    })
  })

  test('RDF and JSON', () => {
    const rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="a"><title>T</title><link>l</link><description>d</description></channel><item rdf:about="b"><title>Rain</title><link>https://site.example/b</link><dc:date>2026-05-01</dc:date></item></rdf:RDF>`
    expect(parsedFeed(rdf)?.entries[0]).toMatchObject({ link: 'https://site.example/b', published: '2026-05-01' })
    const json = {
      version: 'https://jsonfeed.org/version/1.1',
      title: 'T',
      items: [{ id: '1', url: '/x', title: 'A <b> is a tag', content_html: '<p>y</p>', tags: ['z'] }],
    }
    expect(parsedFeed(JSON.stringify(json))?.entries[0]).toMatchObject({
      ...{ title: { text: 'A <b> is a tag', isHtml: false }, link: '/x', tags: ['z'] },
      summary: { text: '<p>y</p>', isHtml: true },
    })
  })

  test.each([
    ['nothing', ''],
    ['a page', '<!doctype html><html><body>Not found</body></html>'],
    ['other JSON', '{"a":1}'],
    ['broken JSON', '{"version":"https://jsonfeed.org/version/1.1"'],
    ['half an item', '<rss><channel><item><title>x'],
    ['binary', '\u0000\u0001\u0002'],
  ])('%s is no feed, or an empty one', (_, text) => {
    expect(parsedFeed(text)?.entries.filter(({ link }) => link) ?? []).toEqual([])
  })

  test('entities that stand for more of themselves stand for nothing', () => {
    const laughs = Array.from({ length: 12 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('')
    const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">${laughs}]>${rss('<item><title>&l12;</title><link>https://site.example/</link></item>').replace(/^<\?xml.*?\?>/, '')}`
    const start = performance.now()
    const text = JSON.stringify(parsedFeed(bomb))
    expect(text.length).toBeLessThan(1_000)
    expect(performance.now() - start).toBeLessThan(3_000)
  })

  test('files of ours are nobody’s entity', () => {
    const text = `<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>${rss('<item><title>&f;</title><link>https://site.example/</link></item>').replace(/^<\?xml.*?\?>/, '')}`
    expect(JSON.stringify(parsedFeed(text))).not.toContain('root:')
  })

  test.each([
    ['tags', '<a>'.repeat(300_000)],
    ['open tags', '<a'.repeat(500_000)],
    ['comments', `<rss><channel>${'<!--'.repeat(250_000)}`],
    ['attributes', `<rss ${'a="b" '.repeat(150_000)}>`],
    ['sections', `<rss><channel><item><title>${'<![CDATA['.repeat(100_000)}`],
    ['JSON', `{"version":"https://jsonfeed.org/version/1.1","items":${'['.repeat(100_000)}`],
  ])('a megabyte of nested %s takes no more than seconds', (_, text) => {
    const start = performance.now()
    parsedFeed(text)
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
const forbidden = /[\u0000-\u0008\u000b\ufffe]/g

describe('written', () => {
  const feed = (title: string, html?: string): OutgoingFeed => ({
    ...{
      title: 'Stories & what people say',
      link: 'https://here.example/',
      self: 'https://here.example/v1/stories.atom',
    },
    updated: '2026-05-01T12:00:00.000Z',
    entries: [
      {
        ...{ id: 'urn:story:1', title, link: 'https://site.example/a?b=c&d=e', updated: '2026-05-01T11:00:00.000Z' },
        ...{ summary: '30% are for it.', ...(html ? { html } : {}) },
      },
    ],
  })
  const read = (text: string) => new Reader().parseString(text)

  test('is read by another reader', async () => {
    const told = await read(atomOf(feed('Talks resume', '<p>Three in ten &amp; more</p>')))
    expect(told).toMatchObject({ title: 'Stories & what people say', link: 'https://here.example/' })
    expect(told.feedUrl).toBe('https://here.example/v1/stories.atom')
    expect(told.items).toHaveLength(1)
    expect(told.items[0]).toMatchObject({
      ...{ id: 'urn:story:1', title: 'Talks resume', link: 'https://site.example/a?b=c&d=e' },
      ...{ isoDate: '2026-05-01T11:00:00.000Z', summary: '30% are for it.', content: '<p>Three in ten &amp; more</p>' },
    })
  })

  test.each([
    '<script>alert(1)</script>',
    ']]><script>alert(1)</script><![CDATA[',
    '</title></entry><entry><title>forged</title></entry>',
    '"\'><&amp; &lt; &#65;',
    '<!--',
    '-->',
    '<?xml?>',
    '\u0000\u0008\u000b\ufffe',
    '\ud800 alone',
    '😀 “quoted” – naïve',
    ']]>',
    'a]]',
    '&',
    ']]>]]>',
  ])('holds %j as a title and as markup, as it is', async (text) => {
    const kept = text.replace(forbidden, '').toWellFormed() || '-'
    const written = atomOf(feed(text, text))
    const ours = parsedFeed(written)!
    expect(ours.entries).toHaveLength(1)
    expect(ours.entries[0]!.title).toEqual({ text: kept, isHtml: false })
    expect(ours.entries[0]!.summary?.text).toBe('30% are for it.')
    const theirs = await read(written)
    expect(theirs.items).toHaveLength(1)
    expect(theirs.items[0]!.title).toBe(kept)
    expect(theirs.items[0]!.content).toBe(kept)
  })

  test('is one feed with one entry, whatever stands in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        const theirs = await read(atomOf(feed(`a${text}b`, `a${text}b`)))
        expect(theirs.items).toHaveLength(1)
        expect(theirs.items[0]!.link).toBe('https://site.example/a?b=c&d=e')
      }),
      { numRuns: 300, seed: 2 },
    )
  })

  test('may be empty', async () => {
    const told = await read(atomOf({ ...feed('x'), entries: [] }))
    expect(told.items).toEqual([])
  })
})
