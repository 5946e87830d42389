// How the posts of a window divide: tone, sides of each target, feelings, as shares with intervals. Every row leads to its
// posts, every group to its course over time. Renders a summary; computes no number of its own.
import { html } from 'hono/html'
import type { Estimate, Summary } from '../answers.ts'
import { intervalBar } from './charts.ts'
import { pictureLinks, pictureOf } from './picture.ts'
import type { Served } from './served.ts'
import { hrefOf, topicHref, type View, viewNames } from './view.ts'
import { feeling, type Html, plural, shareOf, side } from './words.ts'

/** Feelings told at once; the rest is folded away. */
const mostFeelings = 7

interface Row {
  label: string
  share: Estimate
  tone: string
  /** What the list of posts is asked for. */
  asked: Record<string, string>
}

export function shares(view: View, summary: Summary, { model }: Served): Html {
  if (!summary.scored) return html`<p class="quiet">Nothing scored in this window.</p>`
  const { topic } = view
  // The store tells labels in any order; a reader finds them where the model has them.
  const rows = (of: Record<string, Estimate>, labels: string[], asked: (label: string) => Row['asked']): Row[] =>
    labels.flatMap((label) =>
      of[label] ? [{ label: side(label), share: of[label], tone: label, asked: asked(label) }] : [],
    )
  const feelings = Object.entries(summary.emotion)
    .sort(([, a], [, b]) => (b.estimate ?? 0) - (a.estimate ?? 0))
    .map(([label, share]): Row => ({ label: feeling(label), share, tone: 'emotion', asked: { emotion: label } }))
  const table = (title: string, course: string, given: Row[]) => group(view, { title, course, rows: given })
  return html`<div class="groups">
    ${table(
      'Tone of the posts',
      'tone',
      rows(summary.sentiment, model.labels.sentiment, (sentiment) => ({ sentiment })),
    )}
    ${topic.targets.map(({ id, text }) =>
      summary.stance[id]
        ? table(
            `On “${text}”`,
            `stance.${id}`,
            rows(summary.stance[id], model.labels.stance, (label) => ({ stance: `${id}.${label}` })),
          )
        : '',
    )}
    <div>${table('Feelings that show', 'feelings', feelings.slice(0, mostFeelings))}
    ${feelings.length > mostFeelings ? html`<details class="numbers"><summary>${feelings.length - mostFeelings} more feelings</summary>${table('Further feelings', '', feelings.slice(mostFeelings))}</details>` : ''}</div></div>
    <p class="quiet">Share of ${plural(summary.scored, 'scored post')} by ${plural(summary.scoredAuthors, 'author')}, ${viewNames[summary.view]}, with 95% intervals that include the model's own error. A post can show several feelings. Choose a name to read its posts. Model ${summary.model}.</p>
    ${pictureLinks(pictureOf(view, 'shares'), `${topic.id}-shares`)}
    <p><a href="${topicHref(topic.id)}/labels?${new URLSearchParams({ ...view.window })}">Label posts</a> by hand, and these shares rest on people too.</p>`
}

interface Group {
  title: string
  /** What its course over time is called in the address; '' where it has none. */
  course: string
  rows: Row[]
}

const nothing = { sentiment: undefined, stance: undefined, emotion: undefined, q: undefined, cursor: undefined }

function group(view: View, { title, course, rows }: Group): Html {
  return html`<table class="shares"><caption>${title} ${course ? html`<a class="aside" href="${hrefOf(view, { course }, '#time')}" aria-label="${title} over time">over time</a>` : ''}</caption><tbody>${rows.map(
    ({ label, share, tone, asked }) =>
      html`<tr><th scope="row"><a href="${hrefOf(view, { ...nothing, ...asked, sort: 'certain' }, '#posts')}">${label}</a></th><td class="bar">${intervalBar(share, tone)}</td><td>${shareOf(share)}</td></tr>`,
  )}</tbody></table>`
}
