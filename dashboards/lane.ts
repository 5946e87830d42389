// One registered site: what it is owed is told one thing after the other, the longest waiting first, and tried again with
// growing pauses until it acknowledges, is gone, or a day is over. A site that fails rests as a whole; a thing that it
// refuses rests for itself, so that the others go on. What it acknowledged is durable before the next thing is sent.
import type { Dial } from '../dial.ts'
import { metrics } from '../metrics.ts'
import type { Sleep } from '../retry.ts'
import { type Outcome, type Sent, send } from '../send.ts'
import { giveUpMs, openPlace, type Place, pauseMs, type Resting, rest, revive, type Turn, takeTurns } from '../turns.ts'
import type { Log } from '../types.ts'
import { goodbye, type Owed, type Subject } from './owed.ts'
import { disableWebhook, type KeptWebhook, keepTold, signedFor, type Told } from './webhooks.ts'

interface Waiting extends Turn {
  subject: Subject
  /** The subject is no more: a last word is owed. */
  isGone: boolean
  /** Grows with each look that found it owed. */
  seen: number
  /** What was tried last, how often, and since when. */
  id: string
  attempts: number
  /** What was reported of it last. */
  last: Delivery | null
}

export interface Lane extends Place {
  webhook: KeptWebhook
  told: Map<string, Told>
  waiting: Map<string, Waiting>
}

/** What came of a delivery so far, as the API tells it. */
export interface Delivery {
  id: string
  webhook: string
  type: Owed['type']
  topic: string
  story: string | null
  edition: number
  /** superseded: something newer is told in its place. */
  status: 'waiting' | 'retrying' | 'delivered' | 'dead' | 'superseded'
  attempts: number
  /** When it came to be so. */
  at: string
  next: string | null
  /** The status it was answered with last; null: none. */
  answer: number | null
  error: Exclude<Outcome, 'delivered'> | null
}

export interface LaneParts extends Resting {
  log: Pick<Log, 'settings' | 'append'>
  dial: Dial
  /** What is owed about a subject now; null: nothing. */
  owed: (lane: Lane, subject: Subject) => Promise<Owed | null>
  report: (delivery: Delivery) => void
  note: (event: string, fields: object) => void
}

export const openLane = (webhook: KeptWebhook, told: Map<string, Told>, sleep?: Sleep): Lane => ({
  ...{ webhook, told, waiting: new Map() },
  ...openPlace(sleep),
})

const untried = (nowMs: number) => ({ id: '', attempts: 0, sinceMs: nowMs, nextMs: 0, last: null })

/** A look found a subject owed: it waits from now on, if it did not before. */
export function enqueue(lane: Lane, subject: Subject, { isGone, nowMs }: { isGone: boolean; nowMs: number }): void {
  const known = lane.waiting.get(subject.key) ?? { ...untried(nowMs), seen: 0 }
  lane.waiting.set(subject.key, Object.assign(known, { subject, isGone, seen: known.seen + 1 }))
  lane.bell.ring()
}

/** Tells until the signal aborts. Rejects only where log or store are not what we wrote. */
export async function drain(lane: Lane, parts: LaneParts, signal: AbortSignal): Promise<void> {
  const { now, random, note } = parts
  const failed = (error: unknown) =>
    note('a webhook was not told, will be tried again', { webhook: lane.webhook.id, error })
  const tryNext = (next: Waiting) => tryOne(lane, next, { parts, signal })
  await takeTurns(lane, { now, random, waiting: () => lane.waiting.values(), tryOne: tryNext, failed }, signal)
}

interface Trying {
  parts: LaneParts
  signal: AbortSignal
}

async function tryOne(lane: Lane, waiting: Waiting, { parts, signal }: Trying): Promise<void> {
  const { webhook } = lane
  const { subject, seen, isGone } = waiting
  const told = lane.told.get(subject.key)
  const last = told ? goodbye({ webhook, subject, told }, parts.now()) : null
  const owed = isGone ? last : await parts.owed(lane, subject)
  if (!owed) {
    // Unless a look found more to tell while this one was made.
    if (waiting.seen === seen) lane.waiting.delete(subject.key)
    return
  }
  const about = { lane, waiting, owed, parts }
  if (waiting.id !== owed.id) renew(about)
  waiting.attempts++
  const sent = await send(signedFor(webhook, owed, parts.now()), { dial: parts.dial, now: parts.now, signal })
  metrics.webhooks.inc({ outcome: sent.outcome })
  if (sent.outcome === 'delivered') {
    revive(lane, parts.now())
    return settle(about, sent, 'delivered')
  }
  rest(lane, parts, sent.afterMs)
  if (sent.outcome === 'refused') waiting.nextMs = parts.now() + pauseMs(waiting.attempts - 1, parts)
  parts.note('a webhook was not told', { webhook: webhook.id, outcome: sent.outcome, answer: sent.answer })
  if (sent.outcome === 'gone') {
    await disableWebhook(parts.log, webhook.id, new Date(parts.now()).toISOString())
    lane.stop.abort()
    return report(about, sent, 'dead')
  }
  if (parts.now() - waiting.sinceMs < giveUpMs) return report(about, sent, 'retrying')
  metrics.webhooks.inc({ outcome: 'dead' })
  await settle(about, sent, 'dead')
}

interface About {
  lane: Lane
  waiting: Waiting
  owed: Owed
  parts: LaneParts
}

/** What is owed now is another thing than what was tried last: it has a day of its own. */
function renew({ lane, waiting, owed, parts }: About): void {
  const nowMs = parts.now()
  if (waiting.last)
    parts.report({ ...waiting.last, status: 'superseded', at: new Date(nowMs).toISOString(), next: null })
  Object.assign(waiting, untried(nowMs), { id: owed.id })
  report({ lane, waiting, owed, parts }, { outcome: null, answer: null }, 'waiting')
}

/** Acknowledged, or given up: either way nothing is owed until there is something new. */
async function settle(about: About, sent: Sent, status: 'delivered' | 'dead'): Promise<void> {
  const { lane, waiting, owed, parts } = about
  const { type, edition, sum, subject } = owed
  const { attempts } = waiting
  const at = new Date(parts.now()).toISOString()
  const told: Told = { type, topic: subject.topic, edition, sum, at, status, attempts, answer: sent.answer }
  await keepTold(parts.log, lane.webhook.id, new Map([[subject.key, waiting.isGone ? null : told]]))
  if (waiting.isGone) lane.told.delete(subject.key)
  else lane.told.set(subject.key, told)
  report(about, sent, status)
  Object.assign(waiting, untried(parts.now()))
}

type Reported = Pick<Sent, 'answer'> & { outcome: Outcome | null }

function report(about: About, sent: Reported, status: Delivery['status']): void {
  about.waiting.last = deliveryOf(about, sent, status)
  about.parts.report(about.waiting.last)
}

function deliveryOf({ lane, waiting, owed, parts }: About, sent: Reported, status: Delivery['status']): Delivery {
  const { id, type, subject, edition } = owed
  const next = Math.max(lane.nextMs, waiting.nextMs)
  return {
    ...{ id, webhook: lane.webhook.id, type, topic: subject.topic, story: subject.story?.id ?? null, edition },
    ...{ status, attempts: waiting.attempts, at: new Date(parts.now()).toISOString() },
    next: status === 'retrying' ? new Date(next).toISOString() : null,
    answer: sent.answer,
    error: sent.outcome === 'delivered' ? null : sent.outcome,
  }
}
