// The page a reader comes to from a box: every sentence with the claims it renders, what each is worth, what would make it
// fail, and live posts that show it; then what was corrected, what could not be seen and how it was made. Stands by
// itself: it leads to no page that a reader may not open. Post text is hostile and only ever text.
import { html } from 'hono/html'
import type { StoredPost } from '../answers.ts'
import type { Claim, Perspective } from '../conclusions.ts'
import { failsWhen, type Place } from './boxOf.ts'
import { editionsOf } from './editions.ts'
import { besides, claimText } from './paragraph.ts'
import { originOf, wordsOf } from './post.ts'
import { type Served, windowOf } from './served.ts'
import { standing } from './shell.ts'
import { capital, type Html, languageName, plural, sourceName, spanOf, time } from './words.ts'

/** Posts shown under a claim; the claim says how many there are. */
const mostShown = 4
const mostEditions = 8

export async function evidencePage(served: Served, { topic, story }: Place, signal: AbortSignal): Promise<Html> {
  const window = await windowOf(served, topic, {})
  const [told, editions] = await Promise.all([
    served.perspective(topic, window, signal),
    served.editions(topic.id, mostEditions),
  ])
  const posts = await postsOf(served, { topic: { topic: topic.id, version: topic.version }, window }, told)
  const about = story?.isBroader
    ? html`<p class="lead">Too little is said about the story itself. This is about the wider topic “<bdi>${topic.name}</bdi>”.</p>`
    : ''
  const main = html`<p class="quiet">Social media perspectives: the evidence</p>
    <h1><bdi>${story?.headline ?? capital(topic.name)}</bdi></h1>${about}
    <p>${plural(told.manifest.posts, 'post')} from ${spanOf(told.window)}. Posts by people who post: this is not a poll. <a href="/method">How this is made</a></p>
    ${told.refusal ? html`<p class="refusal"><strong>No paragraph: ${told.refusal.reason}.</strong> ${told.refusal.missing}</p>` : sentencesOf(served, told, posts)}
    <section aria-labelledby="beside"><h2 id="beside">What to keep in mind</h2>${besides(told)}</section>
    <section aria-labelledby="corrections"><h2 id="corrections">Corrections</h2>${editionsOf(editions, { topic })}</section>`
  return standing({ title: `${story?.headline ?? topic.name}: the evidence`, main })
}

async function postsOf(
  { ask, model }: Served,
  { topic, window }: { topic: { topic: string; version: number }; window: Perspective['window'] },
  { claims }: Perspective,
): Promise<Map<string, StoredPost>> {
  const ids = [...new Set(claims.flatMap(({ evidence }) => evidence.slice(0, 3 * mostShown)))]
  const found = ids.length ? await ask.found({ topic, model: model.id, window }, ids) : []
  return new Map(found.filter(({ quotable }) => quotable).map((post) => [post.id, post]))
}

function sentencesOf(served: Served, { sentences, claims }: Perspective, posts: Map<string, StoredPost>): Html {
  const sections = sentences.map(({ text, claims: cited }, nr) => {
    const own = cited.flatMap((id) => claims.find((claim) => claim.id === id) ?? [])
    return html`<section class="told" id="s${nr + 1}" aria-labelledby="t${nr + 1}"><h2 id="t${nr + 1}">${text}</h2>${own.map((claim) => claimOf(served, { claim, told: text }, posts))}</section>`
  })
  return html`${sections}`
}

function claimOf(
  { quantifiers }: Served,
  { claim, told }: { claim: Claim; told: string },
  posts: Map<string, StoredPost>,
): Html {
  const live = claim.evidence.flatMap((id) => posts.get(id) ?? [])
  // One text by many is shown once: the claim says how many there are.
  const shown = [...new Map(live.map((post) => [post.text.trim().toLowerCase() || post.id, post])).values()].slice(
    0,
    mostShown,
  )
  const basis =
    claim.estimate === null && claim.kind !== 'campaign'
      ? 'A quotation, word for word'
      : `${plural(claim.posts, 'post')} by ${plural(claim.authors, 'account')}, read by the model ${claim.model}`
  return html`<div class="claim"><p><strong>${claimText(claim)}</strong><br><span class="quiet">${basis}.</span></p>
    <p class="quiet"><strong>What would make it fail:</strong> ${failsWhen(claim, told, quantifiers)}</p>
    ${shown.length ? html`<div class="posts">${shown.map(postOf)}</div>` : html`<p class="quiet">The posts behind it may be counted, and not shown.</p>`}</div>`
}

function postOf(post: StoredPost): Html {
  const origin = originOf(post)
  const where = sourceName(post.source)
  return html`<article class="post"><p class="text" dir="auto" lang="${post.lang || 'und'}">${wordsOf(post, cut(post.text))}</p>
    <p class="meta">${time(post.at)} · ${origin ? html`<a href="${origin}" rel="noopener noreferrer nofollow ugc">on ${where}</a>` : where} · ${languageName(post.lang)}</p></article>`
}

const longest = 700
function cut(text: string): string {
  const signs = Array.from(text)
  return signs.length > longest ? `${signs.slice(0, longest).join('')}…` : text
}
