// Feeds, in and out: RSS, Atom, RDF and JSON feeds of sites as plain lists of entries, and our own as Atom. The only file
// that knows feedsmith. What is read is hostile text of no known kind: whoever shows it makes it plain first. What is
// written holds no character that XML forbids, whatever it was given.
import { type AtomFeed, generateAtomFeed, type JsonFeed, parseFeed, type RdfFeed, type RssFeed } from 'feedsmith'

/** Words of an entry; html: markup may stand in them. */
export interface FeedText {
  text: string
  isHtml: boolean
}

export interface FeedEntry {
  title: FeedText | null
  /** As it is written there: relative, or none at all. */
  link: string | null
  /** What relative links of it refer to, beside the feed's own address. */
  base: string | null
  summary: FeedText | null
  tags: string[]
  published: string | null
}

export interface Feed {
  entries: FeedEntry[]
  /** How long the feed asks not to be read again; 0: it does not say. */
  ttlMs: number
}

/** The entries in their order; null where it is no feed. Never throws. */
export function parsedFeed(text: string): Feed | null {
  try {
    const parsed = parseFeed(text)
    if (parsed.format === 'atom') return ofAtom(parsed.feed)
    if (parsed.format === 'rss') return ofRss(parsed.feed)
    return parsed.format === 'rdf' ? ofRdf(parsed.feed) : ofJson(parsed.feed)
  } catch {
    // Whatever it is that it trips over: it is not ours.
    return null
  }
}

const html = (text: string | undefined): FeedText | null => (text ? { text, isHtml: true } : null)
const plain = (text: string | undefined): FeedText | null => (text ? { text, isHtml: false } : null)
/** In Atom, "text" is the default, and no markup. */
const typed = (given: AtomFeed.Text | AtomFeed.Content | undefined): FeedText | null =>
  given?.value ? { text: given.value, isHtml: /html/i.test(given.type ?? '') } : null
const minutes = (ttl: number | undefined) => (ttl && ttl > 0 ? ttl * 60_000 : 0)

function ofRss({ items = [], ttl, xml }: RssFeed.Feed<string>): Feed {
  const entries = items.map(({ title, link, guid, description, content, categories = [], pubDate, dc, xml: own }) => ({
    title: html(title ?? dc?.titles?.[0]),
    link: link ?? (guid?.isPermaLink === false ? null : guid?.value) ?? null,
    base: own?.base ?? xml?.base ?? null,
    summary: html(description ?? content?.encoded),
    tags: [...categories.map(({ name }) => name ?? ''), ...(dc?.subjects ?? [])],
    published: pubDate ?? dc?.dates?.[0] ?? null,
  }))
  return { entries, ttlMs: minutes(ttl) }
}

function ofRdf({ items = [], xml }: RdfFeed.Feed<string>): Feed {
  const entries = items.map(({ title, link, description, dc }) => ({
    ...{ title: html(title), link: link ?? null, base: xml?.base ?? null, summary: html(description) },
    ...{ tags: dc?.subjects ?? [], published: dc?.dates?.[0] ?? null },
  }))
  return { entries, ttlMs: 0 }
}

function ofAtom({ entries: given = [], xml }: AtomFeed.Feed<string>): Feed {
  const pageOf = (links: AtomFeed.Link<string>[] = []) => {
    const pages = links.filter(({ rel }) => !rel || rel === 'alternate')
    return (pages.find(({ type }) => !type || /html/.test(type)) ?? pages[0])?.href ?? null
  }
  const entries = given.map(({ title, links, summary, content, categories = [], published, updated, xml: own }) => ({
    ...{ title: typed(title), link: pageOf(links), base: own?.base ?? xml?.base ?? null },
    ...{ summary: typed(summary) ?? typed(content), tags: categories.map(({ label, term }) => label ?? term ?? '') },
    published: published ?? updated ?? null,
  }))
  return { entries, ttlMs: 0 }
}

function ofJson({ items = [] }: JsonFeed.Feed<string>): Feed {
  const entries = items.map((one) => ({
    ...{ title: plain(one.title), link: one.url ?? one.external_url ?? null, base: null, tags: one.tags ?? [] },
    summary: plain(one.summary ?? one.content_text) ?? html(one.content_html),
    published: one.date_published ?? one.date_modified ?? null,
  }))
  return { entries, ttlMs: 0 }
}

// ---- ours

export interface OutgoingEntry {
  /** For ever the same, and unique. */
  id: string
  title: string
  link: string
  updated: string
  summary?: string
  /** Markup of ours, for readers that show it. */
  html?: string
}

export interface OutgoingFeed {
  title: string
  /** The page that it belongs to. */
  link: string
  /** Its own address, which is also its id. */
  self: string
  updated: string
  entries: OutgoingEntry[]
}

export const atomType = 'application/atom+xml; charset=utf-8'

/** The feed as Atom 1.0. */
export function atomOf({ title, link, self, updated, entries }: OutgoingFeed): string {
  const page = (href: string) => ({ href: clean(href), rel: 'alternate', type: 'text/html' })
  const written = generateAtomFeed({
    id: clean(self),
    title: { value: clean(title), type: 'text' },
    updated,
    authors: [{ name: 'undercurrent' }],
    links: [page(link), { href: clean(self), rel: 'self', type: 'application/atom+xml' }],
    entries: entries.map((entry) => ({
      id: clean(entry.id),
      title: { value: clean(entry.title), type: 'text' },
      updated: entry.updated,
      links: [page(entry.link)],
      ...(entry.summary ? { summary: { value: clean(entry.summary), type: 'text' } } : {}),
      ...(entry.html ? { content: { value: clean(entry.html), type: 'html' } } : {}),
    })),
  })
  // Sections come with line breaks around them, which readers take for part of a title.
  return written.replace(/\s*<!\[CDATA\[([\s\S]*?)\]\]>\s*/g, (_, text: string) => escaped(text))
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Without what XML has no way to write; a dash where nothing is left, as a title must stand there. */
const clean = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
  text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '') || '-'
