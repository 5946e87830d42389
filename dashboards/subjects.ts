// What several people bring up in a window: each subject with its share, its tone and feelings, a post that states it,
// and the way to its posts. And near-copies of one text, told apart from it. Renders answers; adds no number.
import { html } from 'hono/html'
import type { Estimate, StoredPost } from '../answers.ts'
import type { Campaigns, Theme, Themes } from '../conclusions.ts'
import { intervalBar } from './charts.ts'
import { article } from './post.ts'
import type { Served } from './served.ts'
import { hrefOf, postHref, type View } from './view.ts'
import { count, feeling, type Html, momentOf, percent, plural, shareOf, side } from './words.ts'

/** Feelings told of a subject: the strongest, where they surely show. */
const mostFeelings = 2
const leastFeeling = 0.05
const leastSide = 0.1

/** The section's inside: subjects, then campaigns. */
export async function subjects(served: Served, view: View): Promise<Html> {
  const { topic, window } = view
  const [themes, campaigns] = [await served.themes(topic, window), await served.campaigns(topic, window)]
  const wanted = [
    ...themes.themes.flatMap(({ best, members }) => best[0] ?? members[0] ?? []),
    ...campaigns.campaigns.flatMap(({ example }) => example ?? []),
  ]
  const found = wanted.length ? await served.ask.found(view.filter, wanted) : []
  const posts = new Map(found.map((post) => [post.id, post]))
  return html`${brought(themes, view, posts)}${copied(campaigns, view, posts)}`
}

function brought({ themes, scanned, posts: all, readable }: Themes, view: View, posts: Map<string, StoredPost>): Html {
  if (!themes.length) return html`<p class="quiet">Nothing is brought up by ten accounts or more.</p>`
  return html`<div class="subjects">${themes.map((theme) => subject(theme, view, posts))}</div>
    <p class="quiet">Subjects are found by meaning, named and counted by words people use, among ${plural(readable, 'readable post')}${scanned < all ? `, a fair sample of ${count(all)}` : ''}. Tone and feelings are those of the posts that bring a subject up.</p>`
}

/** A side of a target is told where it surely shows, and not of nearly nothing. */
const isTelling = (share: Estimate | undefined) => (share?.low ?? 0) >= leastSide

function subject(theme: Theme, view: View, posts: Map<string, StoredPost>): Html {
  const { phrase, share, sentiment, emotion, stance, best, members } = theme
  const feelings = Object.entries(emotion)
    .filter(([, { low }]) => (low ?? 0) >= leastFeeling)
    .sort(([, a], [, b]) => b.estimate! - a.estimate!)
    .slice(0, mostFeelings)
  const rows: [string, Estimate | undefined, string][] = [
    ['negative', sentiment.negative, 'negative'],
    ['positive', sentiment.positive, 'positive'],
    ...view.topic.targets.flatMap(({ id, text }) =>
      ['favor', 'against'].flatMap((label): [string, Estimate | undefined, string][] =>
        isTelling(stance[id]?.[label]) ? [[`${side(label)} “${text}”`, stance[id]?.[label], label]] : [],
      ),
    ),
    ...feelings.map(([label, share]): [string, Estimate, string] => [feeling(label), share, 'emotion']),
  ]
  const post = posts.get(best[0] ?? members[0] ?? '')
  const link = hrefOf(
    view,
    { q: phrase, sentiment: undefined, stance: undefined, emotion: undefined, cursor: undefined },
    '#posts',
  )
  return html`<article class="card"><h3><a href="${link}">“${phrase}”</a></h3>
    <p>${shareOf(share)} of posts: ${plural(theme.posts, 'post')} by ${plural(theme.authors, 'author')}</p>
    <table class="shares" aria-label="Where “${phrase}” comes up"><tbody>${rows.map(([name, one, tone]) => (one?.estimate != null ? html`<tr><th scope="row">${name}</th><td class="bar">${intervalBar(one, tone)}</td><td>${shareOf(one)}</td></tr>` : ''))}</tbody></table>
    ${post ? article(post) : ''}</article>`
}

function copied({ campaigns, scanned, posts: all }: Campaigns, view: View, posts: Map<string, StoredPost>): Html {
  if (!campaigns.length)
    return html`<h3>Copied texts</h3><p class="quiet">No text was posted nearly word for word by ten accounts or more.</p>`
  return html`<h3>Copied texts</h3>${campaigns.map(({ posts: n, authors, window, share, example, members }) => {
    const post = example === null ? undefined : posts.get(example)
    return html`<article class="copied"><p><strong>${plural(n, 'near-copy', 'near-copies')} by ${plural(authors, 'account')}</strong>, ${percent(share)} of the posts, from ${momentOf(window.from)} to ${momentOf(window.to)}.</p>
      ${post ? article(post, view.topic) : html`<p class="quiet">None of their authors lets it be shown: <a href="${postHref(members[0]!)}">the first one</a>.</p>`}</article>`
  })}<p class="quiet">Said of the text alone: it may be organised, or a good sentence passed on.${scanned < all ? ` ${count(scanned)} of ${count(all)} posts were looked at.` : ''} Counting <a href="${hrefOf(view, { view: 'cluster' })}">every text once</a> takes them as one.</p>`
}
