// What sites wrote about a topic, beside its posts: a count, a list, and more of it page by page. Never a post, never an
// opinion, in no number of the page, and it says so. Headlines and addresses are hostile: text in isolation, and a link only
// where the address is one of the web.
import { html } from 'hono/html'
import type { Window } from '../answers.ts'
import type { Article, Articles, ArticlesAsked } from '../articles.ts'
import { type Served, windowOf } from './served.ts'
import { isWeb, type Story } from './story.ts'
import { hrefOf, topicHref, type View } from './view.ts'
import { type Html, plural, spanOf, time } from './words.ts'

const shownOnTopic = 10
const shownOnPage = 50
const shownOnStory = 10

const apart = 'Context, counted apart: an article is no post, and in none of the numbers here.'

/** "12 articles on 5 sites". */
export const articlesIn = ({ articles, sites }: Pick<Articles, 'articles' | 'sites'>): string =>
  `${plural(articles, 'article')} on ${plural(sites, 'site')}`

/** Headlines as links, the newest first. */
export const articleList = (articles: Article[]): Html =>
  html`<ul class="articles">${articles.map(({ url, site, headline, at }) => html`<li>${isWeb(url) ? html`<a href="${url}" rel="noopener noreferrer nofollow"><bdi>${headline}</bdi></a>` : html`<bdi>${headline}</bdi>`} <span class="quiet"><bdi>${site}</bdi>, ${time(at)}</span></li>`)}</ul>`

/** What a view asks of them: its window, and what was here by then. */
export const askedOf = ({ filter, window }: View): ArticlesAsked => ({
  ...{ topic: filter.topic, window, receivedBy: filter.receivedBy, limit: shownOnTopic },
})

/** Beside what was seen of posts. */
export const beside = (found: Articles): Html | '' =>
  found.articles ? html`<p>Beside these posts: <a href="#news">${articlesIn(found)}</a>, counted apart.</p>` : ''

/** The section of a topic's page; '' where nobody wrote anything. */
export function news(view: View, found: Articles): Html | '' {
  if (!found.articles) return ''
  return html`<section id="news" aria-labelledby="news-h" data-live><h2 id="news-h">In the news</h2>
    <p class="quiet">${apart}</p>
    <details><summary>${articlesIn(found)}, from the feeds that are read</summary>${articleList(found.newest)}
    ${found.next ? html`<p class="pager"><a href="${newsHref(view)}">All ${plural(found.articles, 'article')}</a></p>` : ''}</details></section>`
}

const newsHref = (view: View, after?: string): string =>
  hrefOf(view, { ...view.window, hours: undefined, after }).replace(
    topicHref(view.topic.id),
    `${topicHref(view.topic.id)}/news`,
  )

/** All of them in the window, page by page: the inside of the section's own page. */
export async function newsWhole({ ask }: Served, view: View): Promise<Html> {
  const found = await ask.articles({ ...askedOf(view), cursor: view.words.after, limit: shownOnPage })
  if (!found.articles) return html`<p>No site whose feed is read wrote about it, ${spanOf(view.window)}.</p>`
  return html`<p>${articlesIn(found)}, ${spanOf(view.window)}. <span class="quiet">${apart}</span></p>
    ${articleList(found.newest)}
    <p class="pager">${view.words.after ? html`<a href="${newsHref(view)}">First page</a>` : ''}${found.next ? html`<a rel="next" href="${newsHref(view, found.next)}">More articles</a>` : ''}</p>`
}

/** What other sites wrote in the window of a story's box; '' without a topic, or where none did. */
export async function othersOn(served: Served, story: Story): Promise<Html | ''> {
  const topic = story.topic ? served.topics.get(story.topic) : undefined
  if (!topic) return ''
  const window = await windowOf(served, topic, {})
  const own = new URL(story.url).host.replace(/^www\./, '')
  const asked = { topic: { topic: topic.id, version: topic.version }, window, notOf: own, limit: shownOnStory }
  return others(await served.ask.articles(asked), window)
}

function others(found: Articles, window: Window): Html | '' {
  if (!found.articles) return ''
  return html`<section id="others" aria-labelledby="others-h"><h2 id="others-h">What other sites wrote</h2>
    <p>${articlesIn(found)} about its topic, ${spanOf(window)}. <span class="quiet">Not in its box, and in none of its numbers.</span></p>${articleList(found.newest)}</section>`
}
