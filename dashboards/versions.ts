// The versions of a topic: what was asked for when, what changed from one to the next, how many posts each holds, and the
// way to its numbers. Renders what the registry and the store say; a version that was dropped is not told.
import { html } from 'hono/html'
import type { TopicCount } from '../answers.ts'
import type { Target, Topic } from '../types.ts'
import type { Served } from './served.ts'
import { topicHref } from './view.ts'
import { type Html, plural, time } from './words.ts'

const origins: Record<Topic['origin'], string> = {
  config: 'by undercurrent.yaml',
  sample: 'with the bundled sample',
  user: 'by a person',
  story: 'for a story',
}

export async function versionsPage({ topics, ask }: Served, topic: Topic): Promise<Html> {
  const [counts, versions] = [await ask.counts(), topics.versions(topic.id)]
  const newestFirst = versions.map((one, nr) => versionOf(one, { before: versions[nr - 1], counts })).toReversed()
  return html`<p><a href="${topicHref(topic.id)}">${topic.name}</a></p><h1>Versions of “${topic.name}”</h1>
    <p class="lead">A changed query or target makes a new version, with numbers of its own. The numbers of the others stay as they were, less what was deleted or edited since. <a href="${topicHref(topic.id)}/edit">Change the topic</a></p>
    <ol class="versions" reversed>${newestFirst}</ol>`
}

function versionOf(topic: Topic, { before, counts }: { before: Topic | undefined; counts: TopicCount[] }): Html {
  const { id, version, at, origin, query, targets } = topic
  const found = counts.find((one) => one.topic === id && one.version === version)
  const changes = before ? changesOf(before, topic) : []
  return html`<li value="${version}"><h2><a href="${topicHref(id)}?version=${version}">Version ${version}</a></h2>
    <p class="quiet">Made ${time(at)} ${origins[origin]}; ${found ? html`${plural(found.posts, 'post')} by ${plural(found.authors, 'author')}${found.latest ? html`, the latest ${time(found.latest)}` : ''}` : 'no posts'}.</p>
    ${changes.length ? html`<ul>${changes.map((change) => html`<li>${change}</li>`)}</ul>` : html`<p>${before ? 'As the version before.' : 'The first that is known.'}</p>`}
    <p>Query <code>${query}</code></p>
    ${targets.length ? html`<p>Towards ${targets.map(({ text }, nr) => html`${nr ? ', ' : ''}“${text}”`)}</p>` : ''}</li>`
}

/** What a version changed, in words. */
export function changesOf(before: Topic, after: Topic): (Html | string)[] {
  const has = (targets: Target[], { id, text }: Target) => targets.some((one) => one.id === id && one.text === text)
  const added = after.targets.filter((target) => !has(before.targets, target))
  const removed = before.targets.filter((target) => !has(after.targets, target))
  return [
    ...(before.query === after.query ? [] : [html`The query was <code>${before.query}</code>.`]),
    ...added.map(({ text }) => `Target added: “${text}”.`),
    ...removed.map(({ text }) => `Target taken away: “${text}”.`),
  ]
}
