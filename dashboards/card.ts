// A topic on the start page: posts by the hour, the share that matters, what moved and how often its quiet days move as
// much, and the first words about it where they are ready. Renders a movement in plain words; computes no number.
import { html } from 'hono/html'
import type { Pulse, SeriesPoint } from '../answers.ts'
import type { Perspective } from '../conclusions.ts'
import { changeInWords } from '../difference.ts'
import type { Topic } from '../types.ts'
import { intervalBar, sparkline } from './charts.ts'
import { isKnown, type Movement, type Often, type Telling, type Volume } from './movement.ts'
import { topicHref } from './view.ts'
import { capital, count, type Html, measureName, plural, shareOf, time } from './words.ts'

export interface Card {
  topic: Topic
  days: Pulse
  hours: Pulse
  movement: Movement
  /** undefined: not ready yet. */
  told?: Perspective | undefined
}

export function cardOf({ topic, days, hours, movement, told }: Card): Html {
  const { posts, authors } = days.steps[0]!
  const { volume, telling } = movement
  return html`<article class="card"><h2><a href="${topicHref(topic.id)}">${capital(topic.name)}</a></h2>
    <p class="numbers"><strong>${count(posts)}</strong> ${posts === 1 ? 'post' : 'posts'} by <strong>${count(authors)}</strong> ${authors === 1 ? 'author' : 'authors'} <span class="quiet">in the 24 h until ${time(days.to)}</span></p>
    ${sparkline(pointsOf(hours))}<p class="quiet scale-note">Posts by the hour, up to ${count(Math.max(...hours.steps.map((step) => step.volume)))}</p>
    ${telling ? shareOnCard(topic, telling) : html`<p class="quiet">Too few voices for any share.</p>`}
    <ul class="moved"><li>${volumeInWords(volume)}</li>${telling ? html`<li>${changeOfShare(topic, telling)}</li>` : ''}</ul>
    ${told ? wordsOf(topic, told) : ''}</article>`
}

function shareOnCard(topic: Topic, { measure, now }: Telling): Html {
  const tone = measure.slice(measure.lastIndexOf('.') + 1)
  return html`<p class="matters"><span>${capital(measureName(measure, topic))}</span> <strong>${shareOf(now)}</strong> ${intervalBar(now, tone)}</p>`
}

const wordsOf = ({ id, name }: Topic, { refusal, takeaway, sentences }: Perspective): Html =>
  html`<p class="first">${refusal ? html`<span class="quiet">No paragraph: ${refusal.reason}. ${refusal.missing}</span>` : (takeaway ?? sentences[0])?.text}
    <a href="${topicHref(id)}" aria-label="Read on about ${name}">Read on</a></p>`

/** The hours of a pulse in the order of time. */
function pointsOf({ to, steps }: Pulse): SeriesPoint[] {
  const nothing = { estimate: null, low: null, high: null }
  const end = Date.parse(to)
  return steps.toReversed().map(({ posts, volume, authors, gap }, nr) => {
    const at = new Date(end - (steps.length - nr) * 3_600_000).toISOString()
    return { at, posts, volume, authors, gap, ...nothing }
  })
}

/** More or fewer posts than the day before, and how often that happens. */
export function volumeInWords({ posts, before, lacks, moved, often }: Volume): string {
  if (lacks === 'past') return 'Volume: no whole day before to compare with.'
  if (lacks === 'gap') return 'Volume: a source was not collected in part, so the days do not compare.'
  const against = `${count(posts)} against ${count(before)}`
  if (!moved) return `Volume: about as many posts as the day before (${against}).`
  const more = posts > before
  const times = before && more ? (posts / before).toFixed(1) : null
  const much = times && Number(times) >= 1.5 ? `${times} times the posts` : more ? 'more posts' : 'fewer posts'
  return `Volume: ${much} ${much.includes('times') ? 'of' : 'than'} the day before (${against}); ${oftenInWords(often)}.`
}

/** How the share that matters moved, and why it is the one told. */
export function changeOfShare(topic: Topic, { measure, change, why, often }: Telling): string {
  if (why === 'moved' && change)
    return `${capital(measureName(measure, topic))}: ${changeInWords(change)} since the day before; ${oftenInWords(often)}.`
  const since = change ? 'no share moved for certain since the day before' : 'too few voices the day before to compare'
  const most = why === 'ahead' ? 'the largest share that is clearly ahead of its opposite' : 'the largest of all sides'
  return `${capital(since)}; this is ${most}.`
}

/** "a move this large: on 3 of the 27 days before". */
export function oftenInWords(often: Often): string {
  if (!isKnown(often)) return 'too little past to say how often it moves this much'
  if (often.times === 0) return `a move this large: on none of ${plural(often.of, 'earlier day')}`
  return `a move this large: on ${count(often.times)} of ${plural(often.of, 'earlier day')}`
}
