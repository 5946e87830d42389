// The page on which people label posts: one post at a time, large, with a button for each answer. Plain forms; page.js only
// lets keys press the buttons. Never shows what the model thinks of a post before the answer, nor how liked it is.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { StoredPost } from '../answers.ts'
import { UserError } from '../errors.ts'
import { labelReport } from './labelReport.ts'
import { takeLabels } from './labels.ts'
import { originOf } from './post.ts'
import * as queue from './queue.ts'
import { hereHref, type Sitting, type Turn, type Words } from './queue.ts'
import type { Served } from './served.ts'
import { shell } from './shell.ts'
import { topicHref } from './view.ts'
import { capital, count, type Html, languageName, momentOf, plural, side, sourceName, spanOf, time } from './words.ts'

/** Mounts the page and its form. */
export function labelling(app: OpenAPIHono, served: Served): void {
  app.get('/topics/:id/labels', async (c) => {
    const words = c.req.query()
    const sitting = await queue.sittingOf(served, c.req.param('id'), words)
    // The usual window moves on: a sitting keeps the one it began with.
    const isWhole = ['question', 'from', 'to', 'size'].every((name) => words[name])
    if (sitting.labeller && !isWhole) return c.redirect(hereHref(sitting))
    return c.html(await labelsPage(served, sitting))
  })
  app.post('/topics/:id/labels', async (c) => {
    const body = await c.req.parseBody()
    const words = Object.fromEntries(Object.entries(body).filter(([, word]) => typeof word === 'string')) as Words
    const sitting = await queue.sittingOf(served, c.req.param('id'), words)
    return c.redirect(hereHref(await act(served, sitting, words), {}, '#post'), 303)
  })
}

/** What a pressed button does; the sitting after it. */
async function act(served: Served, sitting: Sitting, { act, post: place = '', value = '' }: Words): Promise<Sitting> {
  if (act === 'undo') return { ...sitting, again: sitting.last, last: '' }
  const { source, id } = queue.readPlace(place)
  if (act === 'skip') return queue.after(sitting, place, 'skipped')
  const { measure, target } = sitting.question
  const { labeller, topic } = sitting
  const drawn = await sampleOf(served, sitting, place)
  const label = { post: id, source, topic: topic.id, measure, target: target?.id, value, labeller, ...drawn }
  const [refused] = (await takeLabels(served, [label])).rejected
  // Deleted while it was read: nothing is left to label, and the next one comes.
  if (refused && refused.reason !== 'unknown_post') throw new UserError('this label was refused', refused.detail)
  return queue.after(sitting, place, 'answered')
}

/** Decided here and now, so that no form can say of a chosen post that it was drawn. */
async function sampleOf({ ask }: Served, sitting: Sitting, place: string) {
  const { posts, probability } = await ask.draw(sitting.filter, {
    ...queue.drawQuestion(sitting),
    labeller: undefined,
  })
  const isDrawn = posts.some((post) => queue.placeOf(post) === place)
  return isDrawn ? { sample: 'audit', probability } : { sample: 'active' }
}

async function labelsPage(served: Served, sitting: Sitting): Promise<Html> {
  const { topic, labeller, show } = sitting
  const turn = labeller && show !== 'results' ? await queue.turnOf(served, sitting) : null
  const status = await served.status()
  const isReading = turn?.post != null
  const main = html`<p class="back"><a href="${topicHref(topic.id)}">${topic.name}</a></p>
    <h1>${isReading ? questionText(sitting) : 'Label posts'}</h1>
    ${turn ? asking(served, sitting, turn) : ''}
    ${isReading ? html`<p class="quiet"><a href="${hereHref(sitting, { show: 'results' })}">What the labels did so far</a> is kept out of sight while you label, so that it cannot lean you.</p>` : ''}
    ${isReading ? '' : setup(sitting, turn)}
    ${isReading ? '' : html`<section id="did" aria-labelledby="did-h" data-live ${status.lag ? html`data-busy` : ''}>${labelReport(served, sitting)}</section>`}`
  return shell({ title: `Label posts: ${topic.name}`, status, main })
}

/** What the labeller is asked, as a heading. */
function questionText({ question, topic }: Sitting): string {
  if (question.measure === 'stance') return `Is this post for or against “${question.target!.text}”?`
  return question.measure === 'relevance' ? `Is this post about “${topic.name}”?` : 'What is the tone of this post?'
}

const advice = {
  stance: 'Go by what the writer wants, as far as the words say it. “Neither” is an answer too.',
  sentiment: 'Go by the feeling the words carry, whatever you feel about it.',
  emotion: '',
  relevance: 'Say no where the words matched by accident.',
}

function asking({ model }: Served, sitting: Sitting, turn: Turn): Html {
  const { post, done, of } = turn
  if (!of) return html`<p class="notice">This window has no scored posts to label. Choose another below.</p>`
  const bar = html`<p class="progress"><progress max="${of}" value="${done}" aria-label="Labelled"></progress> ${count(done)} of ${count(of)} <span class="quiet">labelled by ${sitting.labeller}</span></p>`
  if (!post)
    return html`${bar}<p class="notice"><strong>All ${count(of)} are labelled.</strong> Thank you.</p>${undo(sitting)}`
  const { measure } = sitting.question
  const answers = measure === 'relevance' ? ['yes', 'no'] : model.labels[measure]
  const key = (name: string) => (sitting.keys === 'off' ? '' : html`aria-keyshortcuts="${name}"`)
  const hint = (name: string) => (sitting.keys === 'off' ? '' : html`<kbd aria-hidden="true">${name}</kbd> `)
  const buttons = answers.map(
    (value, at) =>
      html`<button class="answer ${value}" name="value" value="${value}" ${key(String(at + 1))}>${hint(String(at + 1))}${side(value)}</button>`,
  )
  const skip = html`<button name="act" value="skip" ${key('s')}>${hint('s')}Skip, I cannot tell</button>`
  const back = html`<button name="act" value="undo" ${key('u')}>${hint('u')}Undo last</button>`
  const leave = html`<a class="leave" href="${hereHref(sitting, { again: undefined })}">Leave it as it is</a>`
  return html`${bar}
    ${turn.isAgain ? html`<p class="notice">You labelled this one before. Your new answer takes the place of the old one.</p>` : ''}
    ${turn.isSkipped ? html`<p class="notice">These are the posts you skipped. Leaving the hard ones out would make this a sample of easy posts, so give your best guess where you can.</p>` : ''}
    ${shown(post)}
    <form class="answers" method="post" action="${topicHref(sitting.topic.id)}/labels">
    ${queue.wordsOf(sitting).map(([name, word]) => html`<input type="hidden" name="${name}" value="${word}">`)}
    <input type="hidden" name="post" value="${queue.placeOf(post)}">
    <p class="buttons" role="group" aria-label="Your answer">${buttons}</p>
    <p class="buttons">${turn.isAgain ? leave : skip}${sitting.last ? back : ''}</p></form>
    <p class="quiet">${advice[measure]} A skipped post comes again at the end. ${keysLine(sitting)}</p>`
}

/** Single keys can get in the way of other tools: they can be switched off (WCAG 2.1.4). */
const keysLine = (sitting: Sitting): Html =>
  sitting.keys === 'off'
    ? html`<a href="${hereHref(sitting, { keys: undefined })}">Switch the keys on</a>`
    : html`<a href="${hereHref(sitting, { keys: 'off' })}">Switch the keys off</a>`

/** After the last post: the way back to it. */
function undo(sitting: Sitting): Html {
  if (!sitting.last) return html``
  return html`<p><a href="${hereHref(sitting, { again: sitting.last, last: undefined }, '#post')}">Undo last</a></p>`
}

/** The words, and where and when they stood; nothing that could lean the reader. */
function shown(post: StoredPost): Html {
  const origin = originOf(post)
  const hidden = html`<em>Its author asks not to be shown here. ${origin ? 'Read it where it stands, then answer.' : 'Skip it, unless you can read it where it stands.'}</em>`
  return html`<article class="post asked" id="post" tabindex="-1"><p class="text" dir="auto" lang="${post.lang || 'und'}">${post.quotable ? post.text : hidden}</p>
    <p class="meta">${time(post.at)} · ${sourceName(post.source)} · ${languageName(post.lang)}${origin ? html` · <a href="${origin}" rel="noopener noreferrer nofollow ugc">on ${sourceName(post.source)}</a>` : ''}</p></article>`
}

/** Who labels what; folded away once there is a sitting. */
function setup(sitting: Sitting, turn: Turn | null): Html {
  const { topic, filter, labeller, asked, size } = sitting
  const { from, to } = filter.window
  const begun =
    labeller && !turn
      ? html`<p><a class="button" href="${hereHref(sitting, { show: undefined }, '#post')}">Go on labelling</a></p>`
      : ''
  const field = (label: string, input: Html, help: Html | string = '') =>
    html`<label>${label} ${help ? html`<span class="quiet">${help}</span>` : ''}${input}</label>`
  const option = (one: string) =>
    html`<option value="${one}" ${one === asked ? 'selected' : ''}>${queue.questionName(one, topic)}</option>`
  const form = html`<form class="sitting" method="get" action="${topicHref(topic.id)}/labels">
    ${field('Your name', html`<input name="labeller" required maxlength="64" value="${labeller}" autocomplete="nickname">`, 'It stands in the address and tells two labellers apart.')}
    ${field('Question', html`<select name="question">${queue.questionsOf(topic).map(option)}</select>`)}
    ${field('Posts drawn by chance', html`<input type="number" name="size" min="50" max="1000" value="${size}">`)}
    ${field('From', html`<input name="from" required value="${from}">`, `UTC; this is ${momentOf(from)}`)}
    ${field('To', html`<input name="to" required value="${to}">`, `UTC; this is ${momentOf(to)}`)}
    <p class="quiet">Window and number are fixed before you begin: adding posts once you have seen the answers would bend the result towards what you hoped for. Take a window that is over, so that no new posts join it.</p>
    <p class="buttons"><button class="main">${labeller ? 'Begin anew with these' : 'Begin'}</button></p></form>`
  const lead = html`<p class="lead">Read posts and say what they are. From 50 posts drawn by chance on, the shares of this topic rest on people as well as on the model, and hold however wrong the model is here. In between come some that were chosen because the model is unsure of them or many people saw them; those only tell how good the model is.</p>`
  if (!labeller) return html`${lead}${form}`
  return html`${begun}<details class="numbers"><summary>${capital(labeller)}, ${plural(size, 'post')}, ${spanOf(filter.window)}: change this</summary>${form}</details>`
}
