// The demo: an invented news site and an invented aggregator with boxes on them, as they would stand anywhere else. What
// comes from undercurrent is asked at our own door, without a key and through every guard, in the forms that any site may
// ask for (docs/embedding.md); nothing here may read a store, a log or a perspective.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import { sleep } from '../retry.ts'
import type { Box } from './box.ts'
import type { DemoSite, DemoStory } from './demoSite.ts'
import { roundupPage } from './demoStories.ts'
import { lanternPage } from './demoStory.ts'
import type { Served } from './served.ts'
import type { Html } from './words.ts'

/** The JSON of a box, as everybody gets it. */
export type PublicBox = Box & { html: string }
/** A story of the site, and its box; null: it was late, or is not to be had. */
export interface Boxed {
  story: DemoStory
  box: PublicBox | null
}

/** A page of a site does not wait longer for what stands beside its own words. */
const patienceMs = 2_000

/** The one story of the news site; all others are the aggregator's. */
const isLantern = ({ url }: DemoStory): boolean => new URL(url).hostname === 'lantern.example'

/** Mounts them. */
export function demo(app: OpenAPIHono, served: Pick<Served, 'demo' | 'patienceMs'>): void {
  const boxed = async (c: Context, stories: DemoStory[]): Promise<Boxed[]> =>
    Promise.all(stories.map(async (story) => ({ story, box: await within(askFor(app, c, story), served.patienceMs) })))
  const page = (path: string, write: (c: Context, site: DemoSite) => Promise<Html>) =>
    app.get(path, async (c) => {
      const site = await served.demo()
      return c.html(await (site ? write(c, site) : gonePage()))
    })
  page('/demo', async () => frontPage())
  page('/demo/story', async (c, { stories }) => {
    const [one] = await boxed(c, stories.filter(isLantern))
    return lanternPage(one!)
  })
  page('/demo/stories', async (c, site) => {
    const told = await boxed(
      c,
      site.stories.filter((story) => !isLantern(story)),
    )
    return roundupPage(told, { at: site.at, tag: c.req.query('tag') })
  })
}

async function askFor(app: OpenAPIHono, c: Context, { id }: DemoStory): Promise<PublicBox | null> {
  const url = new URL(`/embed/stories/${id}.json`, c.req.url)
  const answer = await app.request(url.href, { headers: { host: c.req.header('host') ?? url.host } }, c.env)
  return answer.ok ? ((await answer.json()) as PublicBox) : null
}

async function within(asked: Promise<PublicBox | null>, ms = patienceMs): Promise<PublicBox | null> {
  const over = new AbortController()
  const first = await Promise.race([asked.catch(() => null), sleep(ms, over.signal).then(() => null)])
  over.abort()
  return first
}

interface Sheet {
  title: string
  /** Whose looks it has. */
  site: 'lantern' | 'roundup' | 'front'
  main: Html
}

/** A page of a site that is not ours: its own head, its own looks, and the two files of the embeds. */
export function sheet({ title, site, main }: Sheet): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/embed.css"><link rel="stylesheet" href="/demo.css">
<script type="module" src="/embed.js"></script><script type="module" src="/demo.js"></script></head>
<body class="${site}">
<aside class="invented" aria-label="About this demo"><p><strong>Invented.</strong> This site, its stories and every post behind its boxes are made up: they rest on the bundled sample. The boxes are real ones, put here as on any other site. <a href="/demo">About the demo</a></p></aside>
${main}
</body></html>`
}

/** A box where it stands: what was there when the page was made, kept fresh by the element where script runs. */
export function boxOn({ story, box }: Boxed): Html {
  const fallback = box
    ? raw(box.html)
    : html`<p class="undercurrent"><a href="/embed/stories/${story.id}.html">What people post about this story</a></p>`
  return html`<undercurrent-perspective story="${story.id}" ${box ? '' : html`data-late`}>${fallback}</undercurrent-perspective>`
}

const frontPage = (): Html =>
  sheet({
    title: 'The demo of undercurrent',
    site: 'front',
    main: html`<main><h1>Boxes on pages that are not ours</h1>
  <p class="lead">Two invented sites show what people post about their stories. They do it as any site can: with the public embeds, without a key, and without a line of script of their own about what people say.</p>
  <ul class="choices"><li><h2><a href="/demo/story">A story page</a></h2><p>A news site, The Lantern, on the sample’s peace talks: context, what is established, the box, the narratives by camp, blind spots, the takeaway.</p></li>
  <li><h2><a href="/demo/stories">An aggregator</a></h2><p>Roundup gathers what several outlets report: clusters with tags, each with its box, in the order of what is moving. One box is about a wider topic and says so; one has too little to tell and says why.</p></li></ul>
  <h2>What it takes</h2><p>A site tells of a story once and gets its id; an editor approves it. Then this stands on its page:</p>
  <pre tabindex="0"><code>&lt;link rel="stylesheet" href="https://YOUR-UNDERCURRENT/embed.css"&gt;
&lt;script type="module" src="https://YOUR-UNDERCURRENT/embed.js"&gt;&lt;/script&gt;
&lt;undercurrent-perspective story="ID"&gt;
  &lt;p class="undercurrent"&gt;&lt;a href="https://YOUR-UNDERCURRENT/embed/stories/ID.html"&gt;What people post about this story&lt;/a&gt;&lt;/p&gt;
&lt;/undercurrent-perspective&gt;</code></pre>
  <p>Everything else on the two pages comes from <code>/embed/stories/ID.json</code>. <code>docs/embedding.md</code> has frames, WordPress, Next.js and the rules of caches. Try it: delete a post that a box quotes, and watch the open page.</p>
  <p><a href="/">To the topics of this undercurrent</a></p></main>`,
  })

const gonePage = (): Html =>
  sheet({
    title: 'The demo is not here',
    site: 'front',
    main: html`<main><h1>The demo left with its sample</h1>
  <p class="lead">The two sites of the demo lived on the bundled sample, which is not here: it was removed, or this was started without it. Nothing is broken.</p>
  <p>To see them, start with a folder of its own: <code>npm start -- --data /tmp/demo</code>. To put a box on a page of yours, <a href="/stories">tell of a story</a>.</p>
  <p><a href="/">To the topics</a></p></main>`,
  })
