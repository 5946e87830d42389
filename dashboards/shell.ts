// The frame of every page: head, navigation, the banner of the sample, and how far the reading is. No script or style
// is ever inline (the policy in problem.ts forbids it), and nothing comes from another host.
import { html } from 'hono/html'
import type { Status } from '../given.ts'
import { capital, count, type Html, plural } from './words.ts'

export interface Frame {
  title: string
  status: Status
  /** The path of the page in the navigation: '/', '/stories', '/alerts', '/compare', '/sql', '/new' or '/status'. */
  here?: string
  main: Html
}

/** What page.js imports: asked for with it, not once it was read. */
const modules = ['alerts.js', 'brush.js', 'keys.js', 'pages.js', 'picture.js']

/** A whole page. */
export function shell({ title, status, here = '', main }: Frame): Html {
  const link = (path: string, name: string) =>
    html`<a href="${path}" ${path === here ? html`aria-current="page"` : ''}>${name}</a>`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · undercurrent</title>
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
${modules.map((name) => html`<link rel="modulepreload" href="/${name}">`)}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="brand" href="/"><svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true"><path d="M1 7q5-5 10 0t10 0 10 0"/><path d="M1 15q5-5 10 0t10 0 10 0"/></svg>undercurrent</a>
<nav aria-label="Main">${link('/', 'Topics')}${link('/stories', 'Stories')}${link('/alerts', 'Alerts')}${link('/compare', 'Compare')}${link('/sql', 'SQL')}${link('/new', 'New topic')}${link('/status', 'Status')}</nav>
<p class="lag" id="lag" data-live ${status.lag ? html`data-busy` : ''}>${lagOf(status)}</p></header>
${status.sample ? sampleBanner() : ''}
<main id="main">${main}</main>
<footer><p>People who post are not the public: nothing here is a poll. Every number carries its model, its count and its interval.
<a href="/openapi.json">API</a> <button type="button" class="plain-button" data-keys hidden>Keyboard</button></p></footer>
${keyboard()}
</body></html>`
}

/** What keys.js does. */
const keys: [string, string][] = [
  ['/', 'search in the posts'],
  ['j k', 'next post, post before'],
  ['s', 'next sentence of the paragraph; Enter opens it'],
  ['w', 'the next window'],
  ['v', 'the next way of counting'],
  ['t', 'all topics'],
  ['a', 'alerts'],
  ['c', 'compare'],
  ['n', 'new topic'],
  ['?', 'this list'],
]
const keyboard = (): Html => html`<dialog id="keys" aria-labelledby="keys-h"><h2 id="keys-h">Keyboard</h2>
<table class="plain"><tbody>${keys.map(([key, does]) => html`<tr><th scope="row"><kbd>${key}</kbd></th><td>${does}</td></tr>`)}</tbody></table>
<p><label><input type="checkbox"> Single keys do this</label></p>
<form method="dialog"><button class="main">Close</button></form></dialog>`

function lagOf({ lag, histories }: Status): string {
  const filling = histories.length ? `; filling ${plural(histories.length, 'history', 'histories')}` : ''
  return lag ? `Reading: ${count(lag)} changes behind${filling}` : `Up to date${filling}`
}

const sampleBanner = (): Html => html`<aside class="sample" aria-label="About the sample">
<p><strong>These posts are invented.</strong> The bundled sample shows what undercurrent does before real posts arrive. No real person wrote any of it. <a href="/demo">See its boxes on an invented news site</a></p>
<form method="post" action="/sample/remove"><button>Remove the sample</button></form></aside>`

/** A page for readers from elsewhere: it leads to nothing that they may not open. */
export function standing({ title, main }: Pick<Frame, 'title' | 'main'>): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · undercurrent</title><meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/page.css"></head>
<body class="standing"><main id="main">${main}</main>
<footer><p>People who post are not the public: nothing here is a poll. Every number carries its count and its interval. Made with undercurrent.</p></footer></body></html>`
}

interface Told {
  status: number
  title: string
  /** What to do. */
  detail: string
}

/** An error as a page: what happened and what to do. Needs nothing that could fail as well. */
export function errorPage({ status, title, detail }: Told, back: string | null): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · undercurrent</title><link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/page.css"></head>
<body><header class="top"><a class="brand" href="/">undercurrent</a></header>
<main id="main"><p class="quiet">${status}</p><h1>${capital(title)}</h1><p>${capital(detail)}</p><p>${back ? html`<a href="${back}">Back to the form</a> · ` : ''}<a href="/">All topics</a></p></main></body></html>`
}
