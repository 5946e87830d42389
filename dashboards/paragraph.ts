// A perspective as markup: every sentence opens to the claims it renders and the live posts behind them; a refusal says
// what is missing; what could not be seen stands beside it. Adds no words of its own about what people say.
import { html } from 'hono/html'
import type { StoredPost } from '../answers.ts'
import type { Claim, Perspective } from '../conclusions.ts'
import type { Status } from '../given.ts'
import { article } from './post.ts'
import type { Served } from './served.ts'
import { hrefOf, postHref, type View } from './view.ts'
import { bringsPosts, count, type Html, plural, shareOf, sourceName } from './words.ts'

/** Evidence shown in place under a claim; the rest is behind a link. */
const shown = 2

/** The live posts that the shown evidence needs, by id. */
async function evidenceOf(
  { ask }: Served,
  { filter }: View,
  { claims }: Perspective,
): Promise<Map<string, StoredPost>> {
  const ids = [...new Set(claims.flatMap(({ evidence }) => evidence.slice(0, shown)))]
  const { topic, model, window } = filter
  const found = ids.length ? await ask.found({ topic, model, window }, ids) : []
  return new Map(found.map((post) => [post.id, post]))
}

/** The section's inside: the paragraph and the boxes beside it. */
export async function paragraphWhole(
  served: Served,
  view: View,
  { signal, after }: { signal: AbortSignal; after?: Promise<unknown> },
): Promise<Html> {
  const told = await served.perspective(view.topic, view.window, signal, after)
  const evidence = await evidenceOf(served, view, told)
  const now = troubledNow(await served.status())
  return html`<div class="sides"><div>${paragraph(told, view, evidence)}${now}</div>${besides(told)}</div>`
}

/** What was missed is in the blind spots; what is being missed right now is known here alone. */
function troubledNow({ sources }: Status): Html | '' {
  const troubled = sources.filter((one) => bringsPosts(one) && (one.state === 'failed' || one.state === 'stalled'))
  return troubled.length
    ? html`<p class="notice">Not read right now: ${troubled.map(({ name, detail }) => html`<strong>${sourceName(name)}</strong> (${detail}) `)}<a href="/status">All sources</a></p>`
    : ''
}

/** The paragraph, each sentence open to its evidence. */
function paragraph(told: Perspective, view: View, posts: Map<string, StoredPost>): Html {
  if (told.refusal) return refusal(told)
  const sentences = told.sentences.map(({ text, claims }, at) => {
    const cited = claims.flatMap((id) => told.claims.find((claim) => claim.id === id) ?? [])
    return html`<details class="sentence" id="s${at + 1}"><summary>${text}</summary>
      <div class="evidence">${cited.map((claim) => claimBlock(claim, view, posts))}</div></details> `
  })
  return html`${told.takeaway ? html`<p class="takeaway"><strong>${told.takeaway.text}</strong></p>` : ''}<div class="prose" id="paragraph">${sentences}</div>
    <p class="quiet">Choose a sentence to see the claims it renders and the posts behind them. ${told.manifest.writer === 'built-in' ? 'Written by rules' : `Phrased by ${told.manifest.writer}, checked by rules,`} from ${plural(told.claims.length, 'claim')} over ${plural(told.manifest.posts, 'post')}; model ${told.manifest.model}.</p>`
}

export function refusal({ refusal }: Perspective): Html {
  return html`<div class="refusal" id="paragraph"><p><strong>No paragraph: ${refusal?.reason}.</strong> ${refusal?.missing}</p></div>`
}

function claimBlock(claim: Claim, view: View, posts: Map<string, StoredPost>): Html {
  const seen = claim.evidence.flatMap((id) => posts.get(id) ?? []).slice(0, shown)
  const rest = claim.evidence.filter((id) => !seen.some((post) => post.id === id))
  return html`<div class="claim"><p><strong>${claimText(claim)}</strong><br>
    <span class="quiet">${claim.estimate === null && claim.kind !== 'campaign' ? 'A quotation, word for word' : `${plural(claim.posts, 'scored post')} by ${plural(claim.authors, 'author')}`}; model ${claim.model}.${hangsOn(claim)}
    <a href="${hrefOf(view, { ...asFilter(claim), sort: 'certain', cursor: undefined }, '#posts')}">All posts like this</a></span></p>
    ${seen.map((post) => article(post, view.topic))}
    ${rest.length ? html`<p class="quiet">Also: ${rest.map((id, at) => html`<a href="${postHref(id)}">post ${at + 1 + seen.length}</a> `)}</p>` : ''}</div>`
}

/** "A negative tone: 34% (29–40%), 12 points (5–19) more than in the posts before". */
export function claimText(claim: Claim): string {
  const { says, kind, difference } = claim
  if (claim.estimate === null)
    return kind === 'campaign' ? `${says}: ${plural(claim.posts, 'post')}` : `${says}: one voice`
  const share = `${says}: ${shareOf(claim)}`
  if (difference?.estimate == null || kind === 'common') return share
  const points = (part: number) => Math.round(Math.abs(part) * 100)
  const range = [points(difference.low!), points(difference.high!)].sort((a, b) => a - b).join('–')
  const more = difference.estimate > 0 ? 'more' : 'fewer'
  const than = kind === 'change' ? 'than in the period before' : 'than in the other posts'
  return `${share}, ${count(points(difference.estimate))} points (${range}) ${more} ${than}`
}

/** How much the wording hangs on few accounts; nothing where it is one voice. */
function hangsOn({ fragility, word }: Claim): string {
  if (fragility === null) return ''
  const what = word ? `“${word}”` : 'the wording'
  return ` If ${fragility === 1 ? 'a single account' : `${count(fragility)} well-chosen accounts`} vanished, ${what} would no longer hold.`
}

function asFilter({ measure, says }: Claim): Record<string, string | undefined> {
  // A target's id may hold dots; a head and a label never do.
  const [kind, rest] = [measure.slice(0, measure.indexOf('.')), measure.slice(measure.indexOf('.') + 1)]
  const none = { sentiment: undefined, emotion: undefined, stance: undefined, q: undefined }
  // A theme is counted by its words: the search for them finds its posts.
  if (kind === 'theme') return { ...none, q: /“(.+?)”/.exec(says)?.[1] }
  return kind === 'sentiment' || kind === 'emotion' || kind === 'stance' ? { ...none, [kind]: rest } : none
}

/** The boxes beside the paragraph: what could not be seen, where ways of counting disagree, how it was made. */
export function besides({ blindSpots, disagreements, made }: Perspective): Html {
  const list = (lines: string[]) => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`
  return html`<div class="blind">${disagreements.length ? html`<h3>Other ways of counting</h3>${list(disagreements)}` : ''}
    ${blindSpots.length ? html`<h3>Blind spots</h3>${list(blindSpots)}` : ''}
    ${made.length ? html`<details class="made"><summary>How this was made</summary>${list(made)}</details>` : ''}</div>`
}
