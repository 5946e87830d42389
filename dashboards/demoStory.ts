// The story page of the demo, as The Lantern would write it: its own words about the talks, and beside them what the box
// of its story tells in JSON. The words of the site say nothing about what people post; where the box cannot tell, neither
// does the page.
import { html } from 'hono/html'
import type { Estimate } from '../answers.ts'
import { unknown } from '../estimate.ts'
import type { BoxCamp, BoxClaim } from './box.ts'
import { type Boxed, boxOn, type PublicBox, sheet } from './demo.ts'
import { count, type Html, plural, shareOf, time } from './words.ts'

export function lanternPage(one: Boxed): Html {
  const { story, box } = one
  const main = html`<header class="masthead"><p class="brand">The Lantern</p><p>Invented news, since this morning</p></header>
<main><article class="piece"><header><p class="kicker">World</p><h1>${story.headline}</h1>
<p class="standfirst">${story.summary}</p><p class="byline">By a desk that does not exist · ${time(story.at)}</p></header>
<div class="column"><section aria-labelledby="context"><h2 id="context">Context</h2>
<p>The delegations met for the second day in the same building on the Bosphorus. The first had ended with one result that both confirm: six hundred prisoners on each side are to be exchanged, by lists that are still being checked.</p>
<p>On the second day a paper about territory was on the table. In the afternoon the Russian delegation left. While the session was still under way, missiles fell on Dnipro. Kyiv speaks of pressure by other means; Moscow says that the two have nothing to do with each other.</p>
<p>Whether there will be a third round is open. The mediators have kept the rooms.</p></section>
<section aria-labelledby="facts"><h2 id="facts">Evidence</h2><ul>
<li>Both delegations confirmed the exchange of six hundred prisoners each, in separate statements.</li>
<li>The walk-out was seen by pool reporters; neither side disputes the time.</li>
<li>The strike on Dnipro was reported by the city’s authorities, with no final number of casualties.</li></ul></section>
<section aria-labelledby="perspectives"><h2 id="perspectives">Social media perspectives</h2>${boxOn(one)}</section>
<div id="told" data-told>${box ? toldBy(box) : html`<p class="quiet">What people post is being read. <a href="/demo/story">Look again</a></p>`}</div>
<section aria-labelledby="outcomes"><h2 id="outcomes">Potential outcomes</h2><ul>
<li><strong>A third round with the prisoners as its only subject.</strong> It costs neither side anything at home.</li>
<li><strong>A pause without a date.</strong> The lists are exchanged by post, and the rooms are given back.</li>
<li><strong>A narrower ceasefire,</strong> for power stations or for the sea, which has been on the table before.</li></ul>
<p class="quiet">These are the desk’s own words. They rest on no post.</p></section></div>
<div class="column beside" id="beside" data-told>${box ? restsOf(box) : ''}</div></article>
<p class="on"><a href="/demo/stories">How others report it: Roundup, an invented aggregator</a></p></main>`
  return sheet({ title: `${story.headline} · The Lantern (invented)`, site: 'lantern', main })
}

/** What the page itself says of its box, beside the box. */
function toldBy(box: PublicBox): Html {
  const { takeaway, refusal } = box
  const camps = [...box.camps.map((camp) => campOf(camp, box)), toneOf(box)]
  return html`${takeaway ? html`<section class="takeaway" aria-labelledby="takeaway"><h2 id="takeaway">Takeaway</h2><p>${takeaway.text}</p></section>` : ''}
<section class="camps" aria-labelledby="camps"><h2 id="camps">Narratives by camp</h2>${refusal ? html`<p>${refusal.missing}</p>` : html`${camps}<p class="quiet">A side without words has no sentence of its own that could be checked: the intervals say how unsure it is.</p>${between(box)}`}</section>`
}

function restsOf({ claims, evidence, blindSpots }: PublicBox): Html {
  const basis = ({ share, posts, authors }: BoxClaim) =>
    share.estimate === null
      ? ''
      : html` <span class="quiet">${plural(posts, 'post')} by ${plural(authors, 'account')}</span>`
  return html`<section class="blind" aria-labelledby="blind"><h2 id="blind">Blind spots</h2><ul>${blindSpots.map((spot) => html`<li>${spot}</li>`)}</ul></section>
<section class="rests" aria-labelledby="rests"><h2 id="rests">What the box rests on</h2>
<ul>${claims.map((claim) => html`<li>${claim.text}${basis(claim)}</li>`)}</ul>
<p><a href="${evidence}">Every sentence with its posts</a></p></section>`
}

interface Side {
  says: string
  share: Estimate
  /** Sentences of the paragraph that are about it, and not about the other side as well. */
  said: string[]
}

const sideNames = { favor: 'For it', against: 'Against it', negative: 'A negative tone', positive: 'A positive tone' }

/** Sentences that are about one side of a target, and not about the other as well. */
export function saidBy(box: PublicBox, camp: BoxCamp, side: 'favor' | 'against'): string[] {
  const at = (name: string) => `stance.${camp.target}.${name}`
  return aboutOnly(box, at(side), at(side === 'favor' ? 'against' : 'favor'))
}

function aboutOnly({ sentences, claims }: PublicBox, measure: string, other: string): string[] {
  const isOf = (claim: BoxClaim, asked: string) => claim.measure === asked || claim.scope.split(/[|:]/).includes(asked)
  const cites = (ids: string[], asked: string) => claims.some((claim) => ids.includes(claim.id) && isOf(claim, asked))
  return sentences.flatMap(({ text, claims: ids }) => (cites(ids, measure) && !cites(ids, other) ? [text] : []))
}

function campOf(camp: BoxCamp, box: PublicBox): Html {
  const sides = (['favor', 'against'] as const).map((side): [keyof typeof sideNames, Side] => [
    side,
    { says: sideNames[side], share: camp[side], said: saidBy(box, camp, side) },
  ])
  return sidesOf(`“${camp.text}”`, sides)
}

/** The two tones are camps as well. */
function toneOf(box: PublicBox): Html {
  const tones = ['negative', 'positive'] as const
  const sides = tones.map((tone, nr): [keyof typeof sideNames, Side] => {
    const measure = `sentiment.${tone}`
    const claim = box.claims.find((one) => one.kind === 'prevalence' && one.measure === measure)
    const said = aboutOnly(box, measure, `sentiment.${tones[1 - nr]}`)
    return [tone, { says: sideNames[tone], share: claim?.share ?? unknown, said }]
  })
  return sides.some(([, { share, said }]) => share.estimate !== null || said.length)
    ? sidesOf('By tone', sides)
    : html``
}

const sidesOf = (title: string, sides: [string, Side][]): Html =>
  html`<h3>${title}</h3><div class="sides">${sides.map(([name, { says, share, said }]) => html`<div class="side ${name}"><h4>${says}</h4>${shareLine(share)}${said.map((text) => html`<p>${text}</p>`)}</div>`)}</div>`

/** Subjects and voices that belong to no side, or to both. */
const sideless = new Set(['theme', 'feeling', 'common', 'quote', 'change'])

function between(box: PublicBox): Html | string {
  const { camps, claims, sentences } = box
  const sided = new Set([
    ...camps.flatMap((camp) => [...saidBy(box, camp, 'favor'), ...saidBy(box, camp, 'against')]),
    ...aboutOnly(box, 'sentiment.negative', 'sentiment.positive'),
    ...aboutOnly(box, 'sentiment.positive', 'sentiment.negative'),
  ])
  const kindOf = (id: string) => claims.find((claim) => claim.id === id)?.kind ?? ''
  const rest = sentences.filter((one) => !sided.has(one.text) && one.claims.every((id) => sideless.has(kindOf(id))))
  return rest.length
    ? html`<h3>On no side, or on both</h3><ul class="rest">${rest.map(({ text }) => html`<li>${text}</li>`)}</ul>`
    : ''
}

/** A share as a line from one end of its interval to the other; the words say the same. */
function shareLine(share: Estimate): Html {
  const { estimate, low, high } = share
  const line =
    estimate === null || low === null || high === null
      ? ''
      : html`<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><line class="whole" x1="0" x2="100" y1="3" y2="3"/><line class="range" x1="${part(low)}" x2="${part(high)}" y1="3" y2="3"/><line class="at" x1="${part(estimate)}" x2="${part(estimate)}" y1="0" y2="6"/></svg>`
  return html`<p class="share"><strong>${shareOf(share)}</strong> of the posts</p>${line}`
}

const part = (share: number): string => count(Math.round(share * 1000) / 10)
