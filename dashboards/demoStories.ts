// The aggregator of the demo: what several invented outlets report, gathered in clusters, each with the box of its address.
// The order is made of a public number of the boxes and of nothing else; how it is made stands on the page.
import { html } from 'hono/html'
import { type Boxed, boxOn, type PublicBox, sheet } from './demo.ts'
import type { DemoStory } from './demoSite.ts'
import { hourMs } from './story.ts'
import { capital, type Html, plural, time } from './words.ts'

/** What an aggregator of the day calls the present. */
const presentHours = 42

/** What moved farthest for certain comes first; then the newest. */
export const byMovement = (one: Boxed, other: Boxed): number =>
  (other.box?.movement?.least ?? 0) - (one.box?.movement?.least ?? 0) || (one.story.at < other.story.at ? 1 : -1)

export interface Asked {
  /** Where the clock of the site stands. */
  at: string
  /** Only stories with this tag. */
  tag: string | undefined
}

export function roundupPage(told: Boxed[], { at, tag }: Asked): Html {
  const since = new Date(Date.parse(at) - presentHours * hourMs).toISOString()
  const ordered = told.filter(({ story }) => !tag || story.tags.includes(tag)).toSorted(byMovement)
  const [first, ...more] = ordered
  const articles = ordered.flatMap(({ story }) => recent(story, since))
  const outlets = new Set(articles.map(({ outlet }) => outlet))
  const title = tag ? `Stories about ${tag}` : 'Top stories'
  const main = html`<header class="masthead"><p class="brand"><a href="/demo/stories">Roundup</a></p><p>What the invented press reports, and what people post</p></header>
<main><h1>${title}</h1>
<p class="count"><strong>${plural(articles.length, 'story', 'stories')}</strong> from ${plural(outlets.size, 'outlet')} in the last ${presentHours} hours, until ${time(at)}.${tag ? html` <a href="/demo/stories">All stories</a>` : ''}</p>
<details class="order"><summary>Ordered by what is moving, not by how much is posted</summary>
<p>The box of each story tells in public which share of its posts changed since the hours before, and by how much at least: the end of the 95% interval that is nearer to no change. The largest comes first. Where nothing changed for certain, the newest story comes first. Whoever posts more often than others moves nothing up.</p></details>
${first ? clusterOf(first, { since, isFirst: true }) : html`<p>No story has the tag “<bdi>${tag}</bdi>”.</p>`}
${more.length ? html`<h2 class="more">More top stories</h2>${more.map((one) => clusterOf(one, { since, isFirst: false }))}` : ''}
</main><footer class="foot"><p>Roundup and the outlets it names do not exist. <a href="/demo/story">One of their stories</a></p></footer>`
  return sheet({ title: `${title} · Roundup (invented)`, site: 'roundup', main })
}

const recent = ({ articles }: DemoStory, since: string) => articles.filter((one) => one.at >= since)

function clusterOf(one: Boxed, { since, isFirst }: { since: string; isFirst: boolean }): Html {
  const { story, box } = one
  const { id, headline, summary, tags } = story
  const heading = isFirst ? html`<h2 id="h-${id}">${headline}</h2>` : html`<h3 id="h-${id}">${headline}</h3>`
  const articles = recent(story, since)
  return html`<article class="cluster ${isFirst ? 'lead' : ''}" id="c-${id}" aria-labelledby="h-${id}">
<div class="report">${heading}<p class="when">${time(story.at)}</p><p>${summary}</p>
<ul class="articles">${articles.map(({ outlet, headline: own }) => html`<li><span class="outlet">${outlet}</span> ${own}</li>`)}</ul>
<p class="meta"><a href="#c-${id}" aria-label="Permalink of ${headline}">permalink</a> / ${plural(articles.length, 'story', 'stories')} from sources in ${presentHours} hours
<span class="tags">${tags.map((tag) => html`<a href="/demo/stories?tag=${encodeURIComponent(tag)}">#${tag.replaceAll(' ', '')}</a> `)}</span></p></div>
<div class="blurb">${isFirst ? html`${moved(one)}${boxOn(one)}` : html`<div id="b-${id}" data-told>${box ? blurbOf(box) : ''}</div>${moved(one)}<details><summary>The whole box</summary>${boxOn(one)}</details>`}</div></article>`
}

/** Where nothing can be told at all, that nothing moved goes without saying. */
function moved({ story, box }: Boxed): Html {
  const words = box?.movement
    ? html`<strong>Moving.</strong> ${capital(box.movement.text)}.`
    : box?.refusal
      ? ''
      : 'Nothing moved for certain.'
  return html`<p class="moved" id="m-${story.id}" data-told>${words}</p>`
}

/** One sentence of the box, with what it rests on. */
function blurbOf({ about, takeaway, sentences, refusal, posts, authors, note }: PublicBox): Html {
  const said = takeaway ?? sentences[0]
  if (refusal || !said)
    return html`<p class="said"><strong>Nothing can be told: ${refusal?.reason}.</strong> ${refusal?.missing}</p>`
  return html`<p class="said">${said.text}</p>
<p class="quiet">${about ? html`About the wider topic “<bdi>${about}</bdi>”. ` : ''}${plural(posts, 'post')} by ${plural(authors, 'account')}. ${note}</p>`
}
