// One post with its scores, and the list of a topic's posts with its filters. Post text is hostile: it is only ever
// text, never markup, isolated in its direction and cut where it is long. What its author asks not to show is counted only.
import { html } from 'hono/html'
import type { PostsPage, StoredPost } from '../answers.ts'
import type { Topic } from '../types.ts'
import { downloads } from './exports.ts'
import type { Served } from './served.ts'
import { hrefOf, postHref, type View } from './view.ts'
import { count, feeling, type Html, languageName, percent, plural, side, skipWords, sourceName, time } from './words.ts'

const longest = 700
const hidden = 'Its author asks not to be shown. It is counted.'
const taken = 'Its words are not kept here: the source does not allow it. It is counted.'

/** Where the source shows this post; null where it has no such place (the sample, imports). */
export function originOf({ source, id }: Pick<StoredPost, 'source' | 'id'>): string | null {
  const [form, to] = (Object.hasOwn(places, source) && places[source]) || [/^$/, '']
  return form.test(id) ? id.replace(form, to) : null
}

/** Ids come from outside: only what looks like one of theirs becomes an address. */
const places: Record<string, [RegExp, string]> = {
  bluesky: [
    /^at:\/\/(did:[a-z0-9]+:[A-Za-z0-9._:%-]+)\/app\.bsky\.feed\.post\/([A-Za-z0-9._~-]+)$/,
    'https://bsky.app/profile/$1/post/$2',
  ],
  x: [/^(\d{1,20})$/, 'https://x.com/i/status/$1'],
  mastodon: [/^(https:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?\/statuses\/\w{1,40})$/, '$1'],
  hackernews: [/^(\d{1,12})$/, 'https://news.ycombinator.com/item?id=$1'],
  reddit: [/^t3_([a-z0-9]{1,13})$/, 'https://redd.it/$1'],
}

/** The words of a post as they may stand here; where they may not, why. */
export const wordsOf = ({ quotable, text }: Pick<StoredPost, 'quotable' | 'text'>, told = text): Html =>
  !quotable ? html`<em>${hidden}</em>` : text === '' ? html`<em>${taken}</em>` : html`${told}`

/** A post as an article: text, where and when, scores. */
export function article(post: StoredPost, topic?: Topic, whole = false): Html {
  const origin = originOf(post)
  const cut = !whole && post.text.length > longest
  const text = cut ? `${Array.from(post.text).slice(0, longest).join('')}…` : post.text
  return html`<article class="post"><p class="text" dir="auto" lang="${post.lang || 'und'}">${wordsOf(post, text)}</p>
    <p class="meta"><a href="${postHref(post.id)}">${time(post.at)}</a> · ${sourceName(post.source)} · ${languageName(post.lang)}${post.copies > 1 ? ` · ${count(post.copies)} copies` : ''}${post.likes === null ? '' : ` · ${plural(post.likes, 'like')}`}${post.reposts ? ` · ${plural(post.reposts, 'repost')}` : ''}${origin ? html` · <a href="${origin}" rel="noopener noreferrer nofollow ugc">on ${sourceName(post.source)}</a>` : ''}</p>
    ${post.skipped ? html`<p class="scores quiet">Not scored: ${skipWords[post.skipped]}.</p>` : chips(post, topic)}</article>`
}

function chips(post: StoredPost, topic?: Topic): Html {
  const tone = leader(post.sentiment)
  const feelings = Object.entries(post.emotion)
    .filter(([, share]) => share >= 0.35)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
  const stances = Object.entries(post.stance).flatMap(([target, shares]) => {
    const top = leader(shares)
    const about = topic?.targets.find(({ id }) => id === target)?.text ?? target
    return top ? [html`<li class="${top[0]}">${side(top[0])} “${about}” ${percent(top[1])}</li>`] : []
  })
  return html`<ul class="scores" aria-label="Scores">${tone ? html`<li class="${tone[0]}">${tone[0]} ${percent(tone[1])}</li>` : ''}${feelings.map(([label, share]) => html`<li>${feeling(label)} ${percent(share)}</li>`)}${stances}${(post.irony ?? 0) >= 0.5 ? html`<li>irony ${percent(post.irony!)}</li>` : ''}</ul>`
}

const leader = (shares: Record<string, number>): [string, number] | undefined =>
  Object.entries(shares).sort(([, a], [, b]) => b - a)[0]

/** The posts behind a topic's numbers: filters, the posts, and links onward. */
export function postList(view: View, { posts, next }: PostsPage, served: Served): Html {
  return html`<section id="posts" aria-labelledby="posts-h"><h2 id="posts-h">The posts behind it</h2>
    ${filters(view, served)}
    <p class="notice" id="fresh" hidden><a href="${hrefOf(view, { cursor: undefined }, '#posts')}">New posts came in: show them</a></p>
    ${posts.length ? html`<div class="posts">${posts.map((post) => article(post, view.topic))}</div>` : html`<p>No post in this window fits these filters.</p>`}
    ${posts.length ? downloads(view) : ''}
    <p class="pager">${view.asked.cursor ? html`<a href="${hrefOf(view, { cursor: undefined }, '#posts')}">First page</a>` : ''}${next ? html`<a rel="next" href="${hrefOf(view, { cursor: next }, '#posts')}">More posts</a>` : ''}</p></section>`
}

function filters(view: View, { model }: Served): Html {
  const { words, topic } = view
  const stances = topic.targets.flatMap(({ id, text }) =>
    model.labels.stance.map((label): [string, string] => [`${id}.${label}`, `${side(label)} “${text}”`]),
  )
  const same = (labels: string[]) => labels.map((label): [string, string] => [label, feeling(label)])
  const kept = ['hours', 'from', 'to', 'version', 'source', 'lang', 'receivedBy'].filter((word) => words[word])
  const orders: [string, string][] = [
    ['liked', 'most liked first'],
    ['typical', 'most typical first'],
    ['certain', 'most certain first'],
  ]
  return html`<form class="filters" method="get" action="${hrefOf({ ...view, words: {} })}#posts">
    ${kept.map((word) => html`<input type="hidden" name="${word}" value="${words[word]}">`)}
    <label>Text <input type="search" name="q" maxlength="200" value="${words.q ?? ''}"></label>
    ${choice('Tone', { name: 'sentiment', any: 'any tone', options: same(model.labels.sentiment), words })}
    ${stances.length ? choice('Stance', { name: 'stance', any: 'any stance', options: stances, words }) : ''}
    ${choice('Emotion', { name: 'emotion', any: 'any emotion', options: same(model.labels.emotion), words })}
    ${choice('Order', { name: 'sort', any: 'newest first', options: orders, words })}
    <button>Show</button></form>`
}

interface Choice {
  name: string
  any: string
  options: [string, string][]
  words: Record<string, string>
}
function choice(label: string, { name, any, options, words }: Choice): Html {
  return html`<label>${label} <select name="${name}"><option value="">${any}</option>${options.map(([value, text]) => html`<option value="${value}" ${words[name] === value ? 'selected' : ''}>${text}</option>`)}</select></label>`
}

/** The page of one post: all its scores as numbers. */
export function postPage(post: StoredPost, topic: Topic | undefined): Html {
  const groups: [string, Record<string, number>][] = [
    ['Tone', post.sentiment],
    ...Object.entries(post.stance).map(([id, shares]): [string, Record<string, number>] => [
      `Stance on “${topic?.targets.find((target) => target.id === id)?.text ?? id}”`,
      shares,
    ]),
    ['Emotion', post.emotion],
  ]
  return html`<h1>One post</h1>${article(post, topic, true)}
    <p>Seen as about ${topic ? html`<a href="/topics/${encodeURIComponent(topic.id)}">${topic.name}</a>` : post.topic}. Scored by ${post.model}; a score of one post is a guess, a share over many is what it is for.</p>
    ${groups.filter(([, shares]) => Object.keys(shares).length).map(([name, shares]) => html`<h2>${name}</h2>${shareTable(shares)}`)}`
}

function shareTable(shares: Record<string, number>): Html {
  const rows = Object.entries(shares).sort(([, a], [, b]) => b - a)
  return html`<table class="plain"><tbody>${rows.map(([label, share]) => html`<tr><th scope="row">${feeling(side(label))}</th><td>${percent(share)}</td></tr>`)}</tbody></table>`
}
