// The markup of a box: a fragment that stands in other people's pages, works without script and carries no style of its
// own (embed.css is offered), and the page around it for a frame. Text is only ever text; nothing here knows where from.
import { html } from 'hono/html'
import type { Window } from '../answers.ts'
import type { Box, BoxClaim, BoxUpdate } from './box.ts'
import type { BoxWords } from './boxWords.ts'
import { capital, type Html } from './words.ts'

/** The fragment. Every sentence opens to the claims it renders; `part` names are promises (docs/embedding.md). */
export function fragment(box: Box, words: BoxWords): Html {
  const { story, topic, about, updated, refusal, window } = box
  const title = story?.headline ?? capital(topic.name)
  return html`<article class="undercurrent" part="box" lang="${words.language}">
<header part="head"><p class="kicker" part="kicker">${words.heading}</p><h2 part="title"><bdi>${title}</bdi></h2>
${about ? html`<p class="about" part="about">${words.about(about)}</p>` : ''}</header>
${updated ? correction(updated, words) : ''}
<div class="text" part="text">${
    refusal
      ? html`<p class="refusal" part="refusal"><strong>${words.refusal(refusal.reason)}</strong> <span lang="en">${refusal.missing}</span></p>`
      : prose(box, words)
  }</div>
<button type="button" class="more" part="more" hidden>${words.more}</button>
<p class="stale" part="stale" role="status" data-words="${words.staleAt}" hidden></p>
<footer part="meta"><p><strong>${words.basis(box.posts, box.authors)}</strong>, <time datetime="${window.from}/${window.to}">${words.period(window)}</time>. ${sourcesOf(box, words)} ${words.notAPoll}</p>
<p class="links"><a part="link" href="${box.evidence}" target="_blank" rel="noopener">${words.evidence}</a> <a part="link" href="${box.method}" target="_blank" rel="noopener">${words.method}</a></p></footer>
</article>`
}

const sourcesOf = ({ sources }: Box, words: BoxWords) => (sources.length ? `${words.sources(sources)}.` : '')

function prose(box: Box, words: BoxWords): Html {
  const claims = new Map(box.claims.map((claim) => [claim.id, claim]))
  const sentences = box.sentences.map(({ text, claims: cited }, nr) => {
    const own = cited.flatMap((id) => claims.get(id) ?? [])
    return html`<details class="sentence" part="sentence"><summary>${text}</summary><div class="claims" part="claims">${own.map((claim) => claimOf(claim, box.window, words))}<p><a href="${box.evidence}#s${nr + 1}" target="_blank" rel="noopener" lang="${words.language}">${words.seePosts}</a></p></div></details> `
  })
  const takeaway = box.takeaway && html`<p class="takeaway" part="takeaway" lang="en">${box.takeaway.text}</p>`
  return html`${takeaway ?? ''}<div lang="en" title="${words.checkSentence}">${sentences}</div>${words.inEnglish ? html`<p class="hint">${words.inEnglish}</p>` : ''}`
}

function claimOf({ text, posts, authors, fails }: BoxClaim, window: Window, words: BoxWords): Html {
  return html`<p><strong>${text}</strong><br><span lang="${words.language}">${words.basis(posts, authors)}, <time datetime="${window.from}/${window.to}">${words.period(window)}</time>.</span></p>
${fails ? html`<p class="fails"><span lang="${words.language}">${words.failsLead}:</span> ${fails}</p>` : ''}`
}

/** What changed since it was published before; open to the difference. */
function correction(update: BoxUpdate, words: BoxWords): Html {
  return html`<details class="updated" part="updated"><summary>${words.updated(update)}</summary><ul lang="en">${update.lines.map(
    ({ before, after }) =>
      html`<li>${before === null ? '' : html`<del>${before}</del> `}${after === null ? '' : html`<ins>${after}</ins>`}</li>`,
  )}</ul></details>`
}

/** Raw markup of ours for the head: discovery of oEmbed, the card for those who share the address. */
export interface BoxPage {
  words: BoxWords
  head: Html
  /** What the element asks to keep itself fresh: "topic" or "story", and the id. */
  place: { kind: 'topic' | 'story'; id: string }
}

/** The page for a frame. The element takes the fragment as it is and keeps it fresh where script runs. */
export function boxPage(box: Box, { words, head, place }: BoxPage): Html {
  const { language } = words
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${box.story?.headline ?? box.topic.name} · ${words.heading}</title><meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/embed.css">${head}
<script type="module" src="/embed.js"></script></head>
<body class="framed"><main><undercurrent-perspective ${place.kind}="${place.id}" lang="${language}" framed>${fragment(box, words)}</undercurrent-perspective></main></body></html>`
}

/** A box that cannot tell anything, in the manner of one that can. */
export const emptyBox = (text: string, words: BoxWords): Html =>
  html`<article class="undercurrent" part="box" lang="${words.language}"><p class="kicker" part="kicker">${words.heading}</p><p class="refusal" part="refusal">${text}</p></article>`

export function emptyPage(box: Html, words: BoxWords): Html {
  return html`<!doctype html>
<html lang="${words.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.heading}</title><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/embed.css"></head>
<body class="framed"><main>${box}</main></body></html>`
}
