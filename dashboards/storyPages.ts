// Stories for an editor: paste an address and a headline, judge what is proposed and what its paragraph would say, approve
// with one click, copy the box. Plain forms that work without script. Every word of a story is hostile: only ever text.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { UserError } from '../errors.ts'
import { othersOn } from './articles.ts'
import { type Served, topicOf } from './served.ts'
import { shell } from './shell.ts'
import { hourMs, isWeb, refusalOf, type Story, type StoryWords } from './story.ts'
import { openTopic } from './storyTake.ts'
import { originOf, previewOf, type StoryPreview, storyOfId, toldStory } from './storyTold.ts'
import { topicHref } from './view.ts'
import { capital, count, type Html, percent, plural, time } from './words.ts'

/** Mounts pages and forms. */
export function storyPages(app: OpenAPIHono, served: Served): void {
  const { stories } = served
  const page = async (title: string, main: Html) =>
    shell({ title, here: '/stories', status: await served.status(), main })
  app.get('/stories', async (c) => c.html(await page('Stories', listPage(await stories.list(), served))))
  app.post('/stories', async (c) => {
    const typed = typedOf(await c.req.parseBody())
    try {
      const [story] = await stories.take([wordsOf(typed)], { approve: false, signal: c.req.raw.signal })
      if (story instanceof UserError) throw story
      return c.redirect(`/stories/${story!.id}`, 303)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const main = listPage(await stories.list(), served, { typed, error })
      return c.html(await page('Stories', main), error.status as 400)
    }
  })
  app.get('/stories/:id', async (c) => {
    const story = await storyOfId(stories, c.req.param('id'))
    const preview = await previewOf(served, story, c.req.raw.signal)
    const others = await othersOn(served, story)
    const shown = { story, preview, others, origin: originOf(served, c.req.url) }
    return c.html(await page(story.headline, storyPage(served, shown)))
  })
  verbs(app, served)
}

/** What an editor does with a story. */
function verbs(app: OpenAPIHono, served: Served): void {
  const { stories } = served
  app.post('/stories/:id/approve', async (c) => {
    const typed = await c.req.parseBody()
    const word = (name: string) => (typeof typed[name] === 'string' ? typed[name].trim() : '')
    const own = word('query') ? { query: word('query'), targets: linesOf(word('targets')) } : {}
    const known = await storyOfId(stories, c.req.param('id'))
    const isSame = own.query === known.proposal?.query && own.targets?.join('\n') === known.proposal?.targets.join('\n')
    const { id } = await stories.approve(known.id, isSame ? {} : own)
    return c.redirect(`/stories/${id}`, 303)
  })
  app.post('/stories/:id/open', async (c) => {
    const { id, topic } = await storyOfId(stories, c.req.param('id'))
    if (topic) await openTopic(served.topics, topicOf(served, topic))
    return c.redirect(`/stories/${id}`, 303)
  })
  app.post('/stories/:id/drop', async (c) => {
    await stories.drop(c.req.param('id'))
    return c.redirect('/stories', 303)
  })
}

type Typed = Record<'url' | 'headline' | 'summary' | 'tags', string>

function typedOf(words: Record<string, unknown>): Typed {
  const word = (name: string) => (typeof words[name] === 'string' ? words[name].trim() : '')
  return { url: word('url'), headline: word('headline'), summary: word('summary'), tags: word('tags') }
}

const linesOf = (text: string) => text.split('\n').flatMap((line) => line.trim() || [])

function wordsOf({ url, headline, summary, tags }: Typed): StoryWords {
  const hint = 'Paste the address of the story as a browser shows it, beginning with https://.'
  if (!isWeb(url) || url.length > 2_048) throw new UserError(`"${url.slice(0, 80)}" is no address of the web`, hint)
  if (!headline) throw new UserError('a story needs its headline', 'Paste it as it stands on the page.')
  const words = tags.split(/[\n,]/).flatMap((tag) => tag.trim().slice(0, 100) || [])
  const cut = { headline: headline.slice(0, 500), summary: summary.slice(0, 5_000), tags: words.slice(0, 30) }
  return { url, ...cut, at: null, topic: null }
}

const states: Record<Story['state'], string> = {
  suggested: 'waits for approval',
  approved: 'on its page',
  refused: 'too little is said about it',
  ended: 'ended',
}

/** "2 days", "36 hours": in the largest unit that it fills. */
export function lifetime(ms: number): string {
  const units: [name: string, ms: number][] = [
    ['day', 24 * hourMs],
    ['hour', hourMs],
    ['minute', hourMs / 60],
  ]
  const [name, unitMs] = units.find(([, unit]) => ms % unit === 0) ?? ['second', 1_000]
  return plural(Math.round(ms / unitMs), name)
}

function listPage(stories: Story[], served: Served, failed?: { typed: Typed; error: UserError }): Html {
  const typed = failed?.typed ?? { url: '', headline: '', summary: '', tags: '' }
  return html`<h1>Stories</h1>
    <p class="lead">From the address and headline of a story to a box of checked sentences on its page. What people post about it is looked for in the kept posts; nothing is shown before you approve it, and it ends by itself after ${lifetime(served.stories.livesMs)}.</p>
    ${failed ? html`<p class="error" role="alert"><strong>${capital(failed.error.message)}.</strong> ${capital(failed.error.hint)}</p>` : ''}
    <form class="stack" method="post" action="/stories"><label for="url">Address</label><input id="url" name="url" type="url" required maxlength="2048" value="${typed.url}" placeholder="https://…">
    <label for="headline">Headline</label><input id="headline" name="headline" required maxlength="500" value="${typed.headline}">
    <label for="summary">Summary <span class="quiet">(if there is one: its names and words help)</span></label><textarea id="summary" name="summary" rows="3" maxlength="5000">${typed.summary}</textarea>
    <label for="tags">Tags <span class="quiet">(with commas between)</span></label><input id="tags" name="tags" value="${typed.tags}">
    <p class="buttons"><button class="main">Find what people say</button></p></form>
    <section aria-labelledby="known-h"><h2 id="known-h">Known stories</h2>${stories.length ? table(stories, served) : html`<p>None yet. A site’s feed can bring them by itself: <code>stories.feeds</code> in undercurrent.yaml.</p>`}</section>`
}

function table(stories: Story[], { topics }: Served): Html {
  const topicOf = ({ topic: id, isBroader }: Story) => {
    const topic = id ? topics.get(id) : undefined
    return topic
      ? html`<a href="${topicHref(topic.id)}"><bdi>${topic.name}</bdi></a>${isBroader ? ' (broader)' : ''}`
      : '—'
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="known-h"><table class="plain"><thead><tr><th scope="col">Story</th><th scope="col">State</th><th scope="col">Topic</th><th scope="col">Received</th><th scope="col">Ends</th></tr></thead>
    <tbody>${stories.map((story) => html`<tr><th scope="row"><a href="/stories/${story.id}"><bdi>${story.headline}</bdi></a></th><td>${states[story.state]}</td><td>${topicOf(story)}</td><td>${time(story.receivedAt)}</td><td>${time(story.expires)}</td></tr>`)}</tbody></table></div>`
}

interface Shown {
  story: Story
  preview: StoryPreview | null
  others: Html | ''
  origin: string
}

function storyPage(served: Served, { story, preview, others, origin }: Shown): Html {
  const told = toldStory(served, story, origin)
  return html`<p><a href="/stories">Stories</a></p><h1><bdi>${story.headline}</bdi></h1>
    <p class="quiet"><a href="${story.url}" rel="noopener noreferrer nofollow"><bdi>${story.url}</bdi></a></p>
    <p class="lead">${capital(states[story.state])}. ${told.topic ? html`${told.about ? 'Too little is said about it alone; its box would be about the broader topic' : 'Its topic is'} <a href="${topicHref(told.topic.id)}"><bdi>${told.topic.name}</bdi></a>.` : ''} It ends ${time(story.expires)}.</p>
    ${closed(served, story)}
    ${story.state === 'approved' && told.embed ? box(told.embed, story, origin) : ''}
    ${story.state === 'refused' ? html`<div class="refusal"><p><strong>${capital(refusalOf(story).reason)}.</strong> ${refusalOf(story).missing}</p></div>` : ''}
    ${story.state === 'suggested' ? previewed(preview) : ''}
    ${story.state === 'suggested' || story.state === 'refused' ? approval(story) : ''}
    ${others}
    ${story.proposal ? proposed(story.proposal, story) : ''}
    <form method="post" action="/stories/${story.id}/drop">${story.state === 'ended' ? html`<p class="quiet">No feed brings it back while it is remembered. Post it again to begin anew.</p>` : ''}<p class="buttons"><button>${story.state === 'ended' ? 'Forget this story' : 'Drop this story'}</button></p></form>`
}

/** Its box stays shut for readers as long as its topic is not public. A topic made for stories is, once one is approved. */
function closed({ topics }: Served, { id, topic: named, state }: Story): Html | '' {
  const topic = named ? topics.get(named) : undefined
  const isShown = state === 'approved' || (state === 'suggested' && topic?.origin !== 'story')
  if (!topic || topic.public || !isShown) return ''
  return html`<form method="post" action="/stories/${id}/open"><p class="notice">Readers elsewhere cannot open its box: the topic <a href="${topicHref(topic.id)}"><bdi>${topic.name}</bdi></a> is not public. <button>Let everybody read its boxes and evidence</button></p></form>`
}

/** What its box would say, or how far its posts have been read. */
function previewed(preview: StoryPreview | null): Html {
  const inside = !preview
    ? html`<p>Its posts are read once you approve it.</p>`
    : preview.reading
      ? html`<p class="notice" role="status">Its posts are being read: ${count(preview.reading.done)} of ${count(preview.reading.total)} changes. <a href="">Look again</a></p>`
      : preview.refusal
        ? html`<div class="refusal"><p><strong>No paragraph: ${preview.refusal.reason}.</strong> ${preview.refusal.missing}</p></div>`
        : html`<p class="prose">${preview.text}</p><p class="quiet">From ${plural(preview.posts, 'post')}; each sentence can be opened once it is approved.</p>`
  return html`<section id="preview" aria-labelledby="preview-h" data-live><h2 id="preview-h">What its box would say</h2>${inside}</section>`
}

/** One click for what is proposed; another query for who knows better. */
function approval({ id, proposal, state }: Story): Html {
  const rows = (text: string) => Math.min(8, text.split('\n').length + 1)
  const query = proposal?.query ?? ''
  const targets = proposal?.targets.join('\n') ?? ''
  return html`<section aria-labelledby="approve-h"><h2 id="approve-h">${state === 'refused' ? 'With another query' : 'Approve it'}</h2>
    ${state === 'suggested' ? html`<form method="post" action="/stories/${id}/approve"><p class="buttons"><button class="main">Approve</button></p></form>` : ''}
    <details ${state === 'refused' ? 'open' : ''}><summary>Change the query first</summary><form class="stack" method="post" action="/stories/${id}/approve">
    <label for="query">Query</label><textarea id="query" name="query" rows="${rows(query)}" required spellcheck="false">${query}</textarea>
    <label for="targets">For or against what, one to a line</label><textarea id="targets" name="targets" rows="${rows(targets)}">${targets}</textarea>
    <p class="buttons"><button>Approve with this query</button> <a href="/new?${new URLSearchParams({ query, targets })}">Try it out first</a></p></form></details></section>`
}

const origins = { headline: 'the headline', summary: 'the summary', tag: 'a tag', posts: 'the posts themselves' }

function proposed({ query, terms, fits, choice }: NonNullable<Story['proposal']>, { matched }: Story): Html {
  return html`<section aria-labelledby="found-h"><h2 id="found-h">How it was found</h2>
    ${choice.kind === 'covered' ? html`<p>A topic that is watched already covers it.</p>` : ''}
    ${query ? html`<p>Query <code>${query}</code>${matched === null ? '' : html`, which matches about ${plural(matched, 'kept post')}`}.</p>` : ''}
    ${
      terms.length
        ? html`<table class="plain"><thead><tr><th scope="col">Term</th><th scope="col">From</th><th scope="col">Posts with it</th><th scope="col">Only by it</th><th scope="col">Seem to be about something else</th></tr></thead>
    <tbody>${terms.map(({ term, from, posts, adds, looked, stray }) => html`<tr><th scope="row"><code>${term}</code></th><td>${origins[from]}</td><td>${count(posts)}</td><td>${count(adds)}</td><td>${looked ? `${count(stray)} of ${count(looked)}` : '—'}</td></tr>`)}</tbody></table>`
        : ''
    }
    ${fits.length ? html`<p>Topics that have some of its posts:</p><ul>${fits.map(({ topic, covers, focus }) => html`<li><a href="${topicHref(topic)}">${topic}</a> has ${percent(covers)} of them; they are ${percent(focus)} of its own.</li>`)}</ul>` : ''}</section>`
}

function box(embed: Record<string, string>, { id, headline }: Story, origin: string): Html {
  const code = `<link rel="stylesheet" href="${origin}/embed.css">
<script type="module" src="${origin}/embed.js"></script>
<undercurrent-perspective story="${id}">
  <p class="undercurrent"><a href="${embed.html}">What people say about this story</a></p>
</undercurrent-perspective>`
  return html`<section aria-labelledby="box-h"><h2 id="box-h">Its box</h2>
    <link rel="stylesheet" href="/embed.css"><script type="module" src="/embed.js"></script>
    <undercurrent-perspective story="${id}"><p class="undercurrent"><a href="${embed.html}">${headline}</a></p></undercurrent-perspective>
    <h3>For its page</h3><p>Paste this where the box shall stand; docs/embedding.md has frames, WordPress, Next.js and what works without script.</p>
    <textarea class="code" readonly rows="6" aria-label="Code of the box">${code}</textarea>
    <p class="links">${Object.entries(embed).map(([kind, href]) => html`<a href="${href}">${kind}</a> `)}</p></section>`
}
