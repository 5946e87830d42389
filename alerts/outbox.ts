// One channel and the bulletins it is owed: told one after the other, the oldest first, tried again with growing pauses
// until the channel acknowledges, a day is over, or there is nothing left to tell. Before a first try it is durable that
// there may have been one, after the last what became of it: killed at any point, at most the one in flight repeats.
// A channel that fails rests as a whole; a bulletin that it refuses rests for itself, so that the others go on.
import type { Alert, AlertState, Bulletin, BulletinDelivery } from '../alarms.ts'
import type { Dial } from '../dial.ts'
import { metrics } from '../metrics.ts'
import type { Sleep } from '../retry.ts'
import { isNo, type Sent } from '../send.ts'
import { giveUpMs, openPlace, type Place, pauseMs, type Resting, rest, revive, type Turn, takeTurns } from '../turns.ts'
import type { Log } from '../types.ts'
import { resendMs } from './alertmanager.ts'
import type { OpenChannel } from './channels.ts'
import { addTold, isOpen, keepTold, keptAlerts, type Told, type ToldOf } from './kept.ts'
import { letterOf, type Words } from './letter.ts'
import { deliveryId, dueMs, type KnownAlerts, knownOf, owedOf } from './owed.ts'
import { capMs, spacingMs, tell } from './tell.ts'

interface Waiting extends Turn {
  bulletin: Bulletin
  id: string
  attempts: number
  /** Tries that failed in here. */
  broken: number
  /** What it may have told: of an alert, the state in which it was sent first without an answer that says no. */
  maybe: Record<string, AlertState>
  /** What is durable of that. */
  marked: string
}

export interface Outbox extends Place {
  channel: OpenChannel
  known: KnownAlerts
  /** By bulletin, in the order they are due. */
  waiting: Map<string, Waiting>
  /** alertmanager: what fires is told again. */
  again: Turn | null
}

export interface OutboxParts extends Resting {
  log: Pick<Log, 'settings' | 'append'>
  dial: Dial
  words: Words
  /** Where readers find us. */
  origin: string
  told: ToldOf
  report: (delivery: BulletinDelivery) => void
  note: (event: string, fields: object) => void
}

export function openOutbox(channel: OpenChannel, told: ToldOf, sleep?: Sleep): Outbox {
  const again = channel.kind === 'alertmanager' ? { nextMs: 0, sinceMs: Number.MAX_SAFE_INTEGER } : null
  return { ...openPlace(sleep), channel, known: knownOf(channel.id, told), waiting: new Map(), again }
}

/** A bulletin waits from now on, if it did not before and is not done with. */
export function enqueue(outbox: Outbox, bulletin: Bulletin, parts: OutboxParts): void {
  const told = parts.told.get(bulletin.id)?.get(outbox.channel.id)
  if (outbox.waiting.has(bulletin.id) || (told && told.status !== 'trying')) return
  const maybe = told?.states ?? {}
  const waiting: Waiting = {
    ...{ bulletin, id: deliveryId(bulletin.id, outbox.channel.id), attempts: told?.attempts ?? 0, broken: 0 },
    ...{ maybe, marked: JSON.stringify(maybe), nextMs: dueMs(bulletin), sinceMs: Date.parse(bulletin.at) },
  }
  outbox.waiting.set(bulletin.id, waiting)
  report({ outbox, waiting, parts }, told ? 'retrying' : 'waiting')
  outbox.bell.ring()
}

/** Tells until the signal aborts. Rejects only where the log is not what we wrote. */
export async function drain(outbox: Outbox, parts: OutboxParts, signal: AbortSignal): Promise<void> {
  const { now, random, note } = parts
  const { id, kind } = outbox.channel
  await takeTurns<Waiting | Turn>(
    outbox,
    {
      ...{ now, random, capMs: capMs(outbox.channel) },
      waiting: () => [...outbox.waiting.values(), ...(outbox.again ? [outbox.again] : [])],
      tryOne: (next) =>
        'bulletin' in next ? tryOne({ outbox, waiting: next, parts }, signal) : tellAgain(outbox, parts, signal),
      failed: (error) => note('a channel was not told of alerts, will be tried again', { channel: id, kind, error }),
    },
    signal,
  )
}

interface About {
  outbox: Outbox
  waiting: Waiting
  parts: OutboxParts
}

async function tryOne(about: About, signal: AbortSignal): Promise<void> {
  const { waiting, parts } = about
  try {
    await tryNow(about, signal)
  } catch (error) {
    // What cannot be told for a reason of ours rests by itself, too: it must not stand in the way of the others.
    waiting.nextMs = parts.now() + pauseMs(waiting.broken++, parts)
    throw error
  }
}

async function tryNow(about: About, signal: AbortSignal): Promise<void> {
  const { outbox, waiting, parts } = about
  const { known } = outbox
  const alerts = new Map((await keptAlerts(parts.log)).map((alert) => [alert.id, alert]))
  const all = [...outbox.waiting.values()].map(({ bulletin }) => bulletin)
  const later = all.slice(all.indexOf(waiting.bulletin) + 1)
  const owed = owedOf(waiting.bulletin, { alerts, later, known })
  if (!owed.length) return settle(about, 'superseded', null)
  // What it told first stands: whoever took that and knows the id takes no second one.
  const states = { ...Object.fromEntries(owed.map(({ id, state }) => [id, state])), ...waiting.maybe }
  const threads = new Set(owed.flatMap(({ id }) => known.get(id)?.first ?? []).filter((id) => id !== waiting.id))
  waiting.attempts++
  await mark(about, states)
  const sent = await tellNow(
    { outbox, parts },
    { id: waiting.id, at: waiting.bulletin.at, alerts: owed, threads: [...threads] },
    signal,
  )
  if (sent.outcome === 'delivered') {
    waiting.maybe = states
    return settle(about, 'delivered', sent)
  }
  if (isNo(sent)) await mark(about, waiting.maybe)
  else waiting.maybe = states
  if (sent.outcome === 'refused') waiting.nextMs = parts.now() + pauseMs(waiting.attempts - 1, parts)
  const isOver = sent.outcome === 'gone' || parts.now() - dueMs(waiting.bulletin) >= giveUpMs
  if (isOver) await settle(about, 'dead', sent)
  else report(about, 'retrying', sent)
}

interface Letting {
  outbox: Outbox
  parts: OutboxParts
}

/** One call, and what it means for the channel. */
async function tellNow(
  { outbox, parts }: Letting,
  telling: Parameters<typeof letterOf>[0],
  signal: AbortSignal,
): Promise<Sent> {
  const { channel } = outbox
  const { origin, dial, now, random, note } = parts
  const letter = await letterOf(telling, { words: wordsFor(channel, parts), origin, signal })
  const sent = await tell(letter, channel, { dial, now, signal, origin })
  metrics.alertDeliveries.inc({ kind: channel.kind, outcome: sent.outcome })
  if (sent.outcome === 'delivered') revive(outbox, now(), Math.max(sent.afterMs, spacingMs(channel)))
  else {
    rest(outbox, { now, random, capMs: capMs(channel) }, sent.afterMs)
    const { id, kind } = channel
    note('a channel was not told of alerts', { channel: id, kind, outcome: sent.outcome, answer: sent.answer })
  }
  return sent
}

/** Why it changed is asked for once, not every minute. */
const wordsFor = ({ kind }: OpenChannel, { words }: OutboxParts): Words =>
  kind === 'alertmanager' ? { ...words, explained: undefined } : words

/** What fires is told again; what was told as firing and is over, until its own bulletin says so, too. */
async function tellAgain(outbox: Outbox, parts: OutboxParts, signal: AbortSignal): Promise<void> {
  const { known } = outbox
  const nowMs = parts.now()
  const alerts = known.size ? await keptAlerts(parts.log) : []
  const isFiring = (alert: Alert) => {
    const told = known.get(alert.id)
    return told !== undefined && (isOpen(alert) || isOpen(told))
  }
  const firing = alerts.filter(isFiring)
  const at = new Date(nowMs).toISOString()
  const telling = { id: deliveryId(at, outbox.channel.id), at, alerts: firing, threads: [] }
  const sent = firing.length ? await tellNow({ outbox, parts }, telling, signal) : null
  if (!sent || sent.outcome === 'delivered') outbox.again!.nextMs = nowMs + resendMs
}

/** Durable before it is tried: from now on it may have told this. */
async function mark(about: About, states: Record<string, AlertState>): Promise<void> {
  const text = JSON.stringify(states)
  if (text === about.waiting.marked) return
  await remember(about, 'trying', { states, sent: null })
  about.waiting.marked = text
}

/** Acknowledged, given up, or nothing left to tell: it is owed no more. */
async function settle(about: About, status: 'delivered' | 'dead' | 'superseded', sent: Sent | null): Promise<void> {
  const { outbox, waiting } = about
  if (status !== 'delivered') metrics.alertDeliveries.inc({ kind: outbox.channel.kind, outcome: status })
  await remember(about, status, { states: waiting.maybe, sent })
  outbox.waiting.delete(waiting.bulletin.id)
  report(about, status, sent)
}

interface Remembered {
  states: Record<string, AlertState>
  sent: Sent | null
}

async function remember({ outbox, waiting, parts }: About, status: Told['status'], { states, sent }: Remembered) {
  const { channel } = outbox
  const at = new Date(parts.now()).toISOString()
  const told: Told = {
    status,
    states,
    attempts: waiting.attempts,
    at,
    answer: sent?.answer ?? null,
    error: errorOf(sent),
  }
  await keepTold(parts.log, [{ bulletin: waiting.bulletin.id, channel: channel.id, told }])
  addTold(parts.told, { bulletin: waiting.bulletin.id, channel: channel.id, told })
  outbox.known = knownOf(channel.id, parts.told)
}

const errorOf = (sent: Sent | null) => (sent && sent.outcome !== 'delivered' ? sent.outcome : null)

function report({ outbox, waiting, parts }: About, status: BulletinDelivery['status'], sent: Sent | null = null): void {
  const { bulletin, id, attempts } = waiting
  const nowMs = parts.now()
  const next = Math.max(outbox.nextMs, waiting.nextMs)
  parts.report({
    ...{ id, bulletin: bulletin.id, channel: outbox.channel.id, rule: bulletin.rule },
    ...{ alerts: bulletin.alerts.map((one) => one.id), status, attempts, at: new Date(nowMs).toISOString() },
    next: (status === 'retrying' || status === 'waiting') && next > nowMs ? new Date(next).toISOString() : null,
    ...{ answer: sent?.answer ?? null, error: errorOf(sent) },
  })
}
