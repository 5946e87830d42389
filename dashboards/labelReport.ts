// What labels did to the shares of one question: the model alone beside model and people, how many more labels would tell
// what most say, how far labellers agree, and how good the model is here. Every number with its n and its interval, or the
// reason why it is not told yet. Computes no share of its own.
import { html } from 'hono/html'
import { type Agreement, agreementOf, leastTwice, saidShare, scorecardOf } from '../agreement.ts'
import type { Estimate, Judged, Outlook, Prospect, Summary } from '../answers.ts'
import { leastLabels } from '../ppi.ts'
import { hereHref, questionName, questionsOf, type Sitting } from './queue.ts'
import type { Served } from './served.ts'
import { capital, count, type Html, percent, plural, shareOf, side } from './words.ts'

export async function labelReport(served: Served, sitting: Sitting): Promise<Html> {
  const judged = await served.ask.judged(sitting.filter, sitting.question)
  const links = questionsOf(sitting.topic).map(
    (asked) =>
      html`<a href="${hereHref(sitting, { question: asked, show: 'results', again: undefined, last: undefined }, '#did')}" ${asked === sitting.asked ? html`aria-current="true"` : ''}>${questionName(asked, sitting.topic)}</a>`,
  )
  return html`<h2 id="did-h">What the labels did</h2>
    <div class="controls"><nav aria-label="Question">${links}</nav></div>
    ${judged.length ? told(served, sitting, judged) : html`<p>Nobody has labelled a post of this window on this yet.</p>`}`
}

async function told(served: Served, sitting: Sitting, judged: Judged[]): Promise<Html> {
  const drawn = judged.filter(({ probability }) => probability !== null).length
  const people = [
    ...Map.groupBy(
      judged.flatMap(({ said }) => said),
      ({ labeller }) => labeller,
    ),
  ]
  const by = people.map(([name, said]) => html`<li>${name}: ${plural(said.length, 'post')}</li>`)
  const { measure } = sitting.question
  return html`<p><strong>${plural(drawn, 'post')}</strong> drawn by chance and <strong>${count(judged.length - drawn)}</strong> chosen ones have labels. Only those drawn by chance count in a share.</p>
    ${waiting(drawn)}
    ${measure === 'relevance' ? relevance(judged) : shares(served, sitting)}
    <h3>Do labellers agree?</h3><ul class="plain">${by}</ul>${agreement(agreementOf(judged))}
    ${measure === 'relevance' ? '' : scorecard(served, sitting, judged)}`
}

/** Why no label counts, or may not. */
function waiting(drawn: number): Html {
  if (drawn >= leastLabels) return html``
  return html`<p class="notice"><strong>${plural(leastLabels - drawn, 'more label')} of posts drawn by chance, and they count.</strong> It takes ${leastLabels}, of posts by at least ten authors and drawn from all of the window.</p>`
}

function relevance(judged: Judged[]): Html {
  const share = saidShare(judged, 'yes')
  return html`${share ? html`<p><strong>${shareOf(share)}</strong> of the posts are about the topic, by ${plural(share.labels!, 'label')} and no model. That is how precise the query is.</p>` : ''}
    <p class="quiet">It changes no other share yet. Where many posts are beside the point, change the query.</p>`
}

async function shares(served: Served, sitting: Sitting): Promise<Html> {
  const { ask, model } = served
  const { filter, question } = sitting
  const head = question.measure as 'sentiment' | 'stance'
  const order = model.labels[head]
  const [alone, audited, outlook] = await Promise.all([
    ask.modelled(filter),
    ask.audited(filter),
    ask.outlook(filter, question, [order.at(-1)!, order[0]!]),
  ])
  const of = (given: Pick<Summary, 'sentiment' | 'stance'>) =>
    (question.target ? given.stance[question.target.id] : given.sentiment) ?? {}
  const [before, after] = [of(alone), of(audited)]
  const rows = order.flatMap((label) => (before[label] ? [row(side(label), before[label], after[label])] : []))
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Shares without and with labels"><table class="plain did"><thead><tr><th scope="col">Share</th><th scope="col">Model alone</th><th scope="col">With labels</th><th scope="col">What changed</th></tr></thead><tbody>${rows}</tbody></table></div>
    <p class="quiet">Of ${plural(alone.scored, 'scored post')}, with 95% intervals. Model ${alone.model}; ${labelsIn(after)}.</p>
    ${outlook ? prospects(outlook, sitting, order) : ''}`
}

const labelsIn = (after: Record<string, Estimate>): string => {
  const labels = Object.values(after)[0]?.labels
  return labels ? `${plural(labels, 'audit label')} stand behind the second column` : 'no labels count yet'
}

function row(name: string, before: Estimate, after: Estimate | undefined): Html {
  return html`<tr><th scope="row">${name}</th><td>${shareOf(before)}</td><td>${after ? shareOf(after) : 'not yet'}</td><td>${after ? changeOf(before, after) : '–'}</td></tr>`
}

/** "moved from 41% to 36%, 5 points narrower". */
export function changeOf(before: Estimate, after: Estimate): string {
  if (before.estimate === null || after.estimate === null) return 'too few voices before'
  const width = ({ low, high }: Estimate) => Math.round(high! * 100) - Math.round(low! * 100)
  const by = width(before) - width(after)
  const [from, to] = [percent(before.estimate), percent(after.estimate)]
  const moved = from === to ? `stayed at ${from}` : `moved from ${from} to ${to}`
  const points = `${plural(Math.abs(by), 'point')} ${by > 0 ? 'narrower' : 'wider'}`
  return `${moved}, ${by === 0 ? 'as wide as before' : points}`
}

/** What is settled, and how many more labels would settle the rest. */
function prospects({ most, ahead }: Outlook, sitting: Sitting, order: string[]): Html {
  const [leader] = Object.entries(most).toSorted(([, a], [, b]) => b.estimate! - a.estimate!)
  if (!leader) return html``
  const [label, share] = leader
  const [last, first] = [side(order.at(-1)!), side(order[0]!)]
  const found = [
    [share, `most are ${side(label)}`, `fewer than half are ${side(label)}`, `most are ${side(label)}`] as const,
    ...(ahead
      ? [
          [
            ahead,
            `more are ${last} than ${first}`,
            `more are ${first} than ${last}`,
            `more are ${last} or ${first}`,
          ] as const,
        ]
      : []),
  ]
  const wanted = Math.max(0, ...found.map(([{ answer, needed }]) => (answer || needed === null ? 0 : needed)))
  const size = Math.ceil(wanted / 10) * 10
  const isLarger = size > sitting.size && size <= 1_000
  return html`<h3>What is settled</h3><ul class="settled">${found.map(([prospect, yes, no, open]) => html`<li>${settledWords(prospect, { yes, no, open })}</li>`)}</ul>
    ${wanted ? html`<p class="quiet">With so many it would be told in four of five cases, if the shares stay about where they are. Decide now and then label all of them: to go on until an answer pleases would make the interval too narrow. ${isLarger ? html`<a href="${hereHref(sitting, { size: String(size), show: undefined, again: undefined })}">Draw ${count(size)} in all</a>; the posts labelled so far are the first of them.` : ''}</p>` : ''}`
}

/** "About 40 more labels would tell whether most are against." */
export function settledWords(
  { answer, needed, labels }: Prospect,
  words: { yes: string; no: string; open: string },
): string {
  if (answer) return `It is settled: ${words[answer]}.`
  if (needed === null)
    return `Whether ${words.open} would take more labels than there are posts: this window cannot settle it.`
  const more = Math.ceil((needed - labels!) / 10) * 10
  return `About ${plural(more, 'more label')} would tell whether ${words.open}.`
}

function agreement({ posts, labellers, agreed, alpha }: Agreement): Html {
  if (labellers < 2)
    return html`<p>One labeller so far. A second one who gives another name above gets the same posts.</p>`
  if (!agreed)
    return html`<p>${plural(posts, 'post')} labelled by two or more: too few to say. It takes ${leastTwice}.</p>`
  const about = alpha
    ? html`Krippendorff’s alpha is ${alphaWords(alpha)}: 1 is full agreement, 0 what chance alone would give, and below 0.67 the question may be unclear.`
    : 'All said the same of every post, so there is nothing to tell apart.'
  return html`<p>Of <strong>${plural(posts, 'post')}</strong> labelled by two or more, they agree on <strong>${shareOf(agreed)}</strong>. ${about}</p>`
}

const alphaWords = ({ estimate, low, high }: Estimate): string =>
  `${estimate!.toFixed(2)} (${low!.toFixed(2)} to ${high!.toFixed(2)})`

function scorecard({ model }: Served, { question }: Sitting, judged: Judged[]): Html {
  const { posts, split, labels, accuracy, macroF1 } = scorecardOf(judged, model.labels[question.measure as 'stance'])
  const rows = labels.map(
    ({ label, people, model, both }) =>
      html`<tr><th scope="row">${capital(side(label))}</th><td>${count(people)}</td><td>${count(model)}</td><td>${count(both)}</td></tr>`,
  )
  const verdict =
    accuracy && macroF1
      ? html`<p>Its likeliest answer is people’s on <strong>${shareOf(accuracy)}</strong> of ${plural(posts, 'post')}; macro-F1 is ${alphaWords(macroF1)}.</p>`
      : html`<p>${plural(posts, 'post')}: too few to say. It takes ${leastLabels}, by at least ten authors.</p>`
  return html`<h3>How good is the model here?</h3>${verdict}
    <table class="plain card-of"><thead><tr><th scope="col">Answer</th><th scope="col">People</th><th scope="col">Model</th><th scope="col">Both</th></tr></thead><tbody>${rows}</tbody></table>
    <p class="quiet">Posts drawn by chance only${split ? `; ${plural(split, 'post')} on which people are split left out` : ''}. Model ${model.id}.</p>`
}
