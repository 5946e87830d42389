// A perspective as markup: every sentence opens to the claims it renders and the live posts behind them; a refusal says
// what is missing; what could not be seen stands beside it. Adds no words of its own about what people say.
import { html } from 'hono/html'
import type { StoredPost } from '../answers.ts'
import type { Claim, Perspective } from '../conclusions.ts'
import type { Topic } from '../types.ts'
import { article } from './post.ts'
import type { Served } from './served.ts'
import { hrefOf, postHref, type View } from './view.ts'
import { capital, count, type Html, measureName, percent, plural, shareOf } from './words.ts'

/** Evidence shown in place under a claim; the rest is behind a link. */
const shown = 2

/** The live posts that the shown evidence needs, by id. */
export async function evidenceOf({ ask }: Served, { claims }: Perspective): Promise<Map<string, StoredPost>> {
  const ids = [...new Set(claims.flatMap(({ evidence }) => evidence.slice(0, shown)))]
  const found = await Promise.all(ids.map((id) => ask.post(id)))
  return new Map(found.flatMap((post) => (post && post !== 'gone' ? [[post.id, post]] : [])))
}

/** The paragraph, each sentence open to its evidence. */
export function paragraph(told: Perspective, view: View, posts: Map<string, StoredPost>): Html {
  if (told.refusal) return refusal(told)
  const sentences = told.sentences.map(({ text, claims }, at) => {
    const cited = claims.flatMap((id) => told.claims.find((claim) => claim.id === id) ?? [])
    return html`<details class="sentence" id="s${at + 1}"><summary>${text}</summary>
      <div class="evidence">${cited.map((claim) => claimBlock(claim, view, posts))}</div></details> `
  })
  return html`<div class="prose" id="paragraph">${sentences}</div>
    <p class="quiet">Choose a sentence to see the claims it renders and the posts behind them. Written by rules from ${plural(told.claims.length, 'claim')} over ${plural(told.manifest.posts, 'post')}; model ${told.manifest.model}.</p>`
}

export function refusal({ refusal }: Perspective): Html {
  return html`<div class="refusal" id="paragraph"><p><strong>No paragraph: ${refusal?.reason}.</strong> ${refusal?.missing}</p></div>`
}

function claimBlock(claim: Claim, view: View, posts: Map<string, StoredPost>): Html {
  const seen = claim.evidence.flatMap((id) => posts.get(id) ?? []).slice(0, shown)
  const rest = claim.evidence.filter((id) => !seen.some((post) => post.id === id))
  return html`<div class="claim"><p><strong>${claimText(claim, view.topic)}</strong><br>
    <span class="quiet">${claim.kind === 'quote' ? 'A quotation, word for word' : `${plural(claim.posts, 'scored post')} by ${plural(claim.authors, 'author')}`}; model ${claim.model}.
    <a href="${hrefOf(view, { ...asFilter(claim), sort: 'typical', cursor: undefined }, '#posts')}">All posts like this</a></span></p>
    ${seen.map((post) => article(post, view.topic))}
    ${rest.length ? html`<p class="quiet">Also: ${rest.map((id, at) => html`<a href="${postHref(id)}">post ${at + 1 + seen.length}</a> `)}</p>` : ''}</div>`
}

/** "Negative tone: 34% (29–40%), 12 points more (5–19) than in the first half". */
export function claimText(claim: Claim, topic: Topic): string {
  const words = capital(measureName(claim.measure, topic))
  if (claim.kind === 'quote') return `${words}: one voice`
  const { difference } = claim
  if (difference?.estimate == null) return `${words}: ${shareOf(claim)}`
  const points = (share: number) => Math.round(Math.abs(share) * 100)
  const range = [points(difference.low!), points(difference.high!)].sort((a, b) => a - b).join('–')
  const more = difference.estimate > 0 ? 'more' : 'fewer'
  return `${words}: ${percent(claim.estimate!)}, ${count(points(difference.estimate))} points ${more} (${range}) than in the first half`
}

function asFilter({ measure }: Claim): Record<string, string | undefined> {
  const [kind, first, second] = measure.split('.')
  const none = { sentiment: undefined, emotion: undefined, stance: undefined, q: undefined }
  if (kind === 'stance') return { ...none, stance: `${first}.${second}` }
  return { ...none, [kind!]: first }
}

export function blindSpots({ blindSpots }: Perspective): Html {
  if (!blindSpots.length) return html``
  return html`<div class="blind"><h3>What we could not see</h3><ul>${blindSpots.map((spot) => html`<li>${spot}</li>`)}</ul></div>`
}
