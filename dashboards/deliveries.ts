// Keeps registered sites told: looks at a topic when an edition of it was kept, and at all of them every few seconds when
// anything moved, and lets each site's lane (lane.ts) do the rest. There is no queue to lose: what is owed follows from the
// log and the newest editions (owed.ts). One lane a site, one call a lane: a slow site delays none but itself.
import { randomBytes } from 'node:crypto'
import type { News, ToldEdition } from '../conclusions.ts'
import type { Dial } from '../dial.ts'
import { CorruptionError } from '../errors.ts'
import { type Bell, openBell, type Sleep } from '../retry.ts'
import { type Sent, send } from '../send.ts'
import type { Log } from '../types.ts'
import { type Delivery, drain, enqueue, type Lane, type LaneParts, openLane } from './lane.ts'
import { idOf, isOwed, owedOf, type StoryPlace, type Subject, subjectsOf, type TopicNow } from './owed.ts'
import { disableWebhook, keptTold, keptWebhooks, removeWebhook, signedFor, type Told, webhookOf } from './webhooks.ts'

export interface Telling {
  log: Pick<Log, 'settings' | 'append' | 'status'>
  /** Ids of the topics there are. */
  topics: () => string[]
  editions: (topic: string, limit: number) => Promise<ToldEdition[]>
  listen: (listener: (news: News) => void) => () => void
  /** Pages that show a topic's paragraph. */
  storiesOf?: (topic: string) => StoryPlace[] | Promise<StoryPlace[]>
  /** Where readers find us; absent: addresses are told as paths. */
  origin?: string | null
  dial: Dial
  note: (event: string, fields: object) => void
  now?: () => number
  sleep?: Sleep
  random?: () => number
  /** A deletion that no news told of reaches the sites within this and what delivery takes. */
  sweepMs?: number
}

export interface Deliveries {
  /** Tells until the signal aborts. Rejects only where log or store are not what we wrote. */
  run(signal: AbortSignal): Promise<void>
  /** Webhooks were made or changed: they are looked at anew at once. */
  changed(): void
  /** Nothing is sent to it any more, and nothing of it is left. Throws UserError where there is none. */
  remove(id: string): Promise<void>
  /** The last ones, newest first. */
  list(): Delivery[]
  /** Sends a test now. A site that was gone and takes it is told again from then on. */
  test(id: string, signal: AbortSignal): Promise<Sent>
}

const mostListed = 500
/** One look at a topic serves all who are told about it. */
const freshMs = 1_000
const usualSweepMs = 10_000

export function openDeliveries(telling: Telling): Deliveries {
  const { log, dial, now = Date.now, sleep } = telling
  const listed = new Map<string, Delivery>()
  const report = (one: Delivery) => list(listed, one)
  const engine: Engine = {
    ...{ telling, now, report, lanes: new Map(), seen: new Map(), bell: openBell(sleep), isAsked: true },
  }
  return {
    changed: () => {
      engine.isAsked = true
      engine.bell.ring()
    },
    remove: async (id) => {
      const known = engine.lanes.get(id)
      known?.lane.stop.abort()
      await known?.done
      await removeWebhook(log, id)
      engine.lanes.delete(id)
    },
    list: () => [...listed.values()].reverse(),
    test: async (id, signal) => {
      const webhook = await webhookOf(log, id)
      const at = new Date(now()).toISOString()
      const body = JSON.stringify({ type: 'webhook.test', timestamp: at, data: { webhook: id } })
      const told = { id: `msg_test${randomBytes(12).toString('hex')}`, body }
      const sent = await send(signedFor(webhook, told, now()), { dial, now, signal })
      if (sent.outcome === 'delivered') await disableWebhook(log, id, null)
      return sent
    },
    run: (signal) => run(engine, signal),
  }
}

/** News is looked at when it comes, everything every few seconds. */
async function run(engine: Engine, signal: AbortSignal): Promise<void> {
  const { listen, sweepMs = usualSweepMs } = engine.telling
  const fresh = new Set<string>()
  const deaf = listen(({ topic }) => {
    fresh.add(topic)
    engine.bell.ring()
  })
  const sweep = openSweep(engine, signal)
  try {
    while (!signal.aborted) {
      const [topics, isAsked] = [[...fresh], engine.isAsked]
      fresh.clear()
      engine.isAsked = false
      await sweep(topics, isAsked)
      await engine.bell.wait(sweepMs, signal)
    }
  } finally {
    deaf()
    await Promise.all([...engine.lanes.values()].map(({ done }) => done))
  }
}

interface Engine {
  telling: Telling
  now: () => number
  lanes: Map<string, { lane: Lane; done: Promise<void> }>
  seen: Map<string, { atMs: number; found: Promise<TopicNow> }>
  report: (delivery: Delivery) => void
  bell: Bell
  /** Somebody changed the webhooks: everything is looked at anew. */
  isAsked: boolean
}

/** The last word on each delivery; the oldest go. */
function list(listed: Map<string, Delivery>, delivery: Delivery): void {
  listed.delete(delivery.id)
  listed.set(delivery.id, delivery)
  if (listed.size > mostListed) listed.delete(listed.keys().next().value!)
}

/** Looks at the topics of news at once, and at all where it is time and the log moved, or where somebody asks for it. */
function openSweep(engine: Engine, signal: AbortSignal): (topics: string[], isAsked: boolean) => Promise<void> {
  const { log, topics: all, sweepMs = usualSweepMs, note } = engine.telling
  let [sweptMs, stamp] = [Number.NEGATIVE_INFINITY, '']
  return async (topics, isAsked) => {
    try {
      const isDue = isAsked || engine.now() - sweptMs >= sweepMs
      if (!isDue) return topics.length ? await look(engine, { topics, isAll: false }, signal) : undefined
      const { head, readers } = await log.status()
      const now = JSON.stringify([head, readers])
      sweptMs = engine.now()
      if (isAsked || now !== stamp) await look(engine, { topics: all(), isAll: true }, signal)
      else if (topics.length) await look(engine, { topics, isAll: false }, signal)
      stamp = now
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      stamp = ''
      if (!signal.aborted) note('webhooks were not looked at, will be tried again', { error })
    }
  }
}

async function look(
  engine: Engine,
  { topics, isAll }: { topics: string[]; isAll: boolean },
  signal: AbortSignal,
): Promise<void> {
  // News comes often, and webhooks change seldom: then somebody asks for all, or the next sweep finds out.
  if (isAll) await syncLanes(engine, signal)
  const lanes = [...engine.lanes.values()].map(({ lane }) => lane)
  const known = new Map(lanes.map((lane) => [lane, new Set<string>()]))
  for (const topic of lanes.length ? topics : []) {
    engine.seen.delete(topic)
    const now = await topicNow(engine, topic)
    for (const lane of lanes)
      for (const subject of subjectsOf(lane.webhook, topic, now.places)) {
        known.get(lane)!.add(subject.key)
        if (isOwed({ webhook: lane.webhook, subject, told: lane.told.get(subject.key) }, now.newest))
          enqueue(lane, subject, { isGone: false, nowMs: engine.now() })
      }
  }
  for (const lane of isAll ? lanes : [])
    for (const [key, { topic }] of lane.told)
      if (!known.get(lane)!.has(key)) enqueue(lane, goneSubject(key, topic), { isGone: true, nowMs: engine.now() })
}

/** What was told once and is no more: its name is all that is left. */
function goneSubject(key: string, topic: string): Subject {
  const story = key.startsWith('story:') ? { id: key.slice('story:'.length), url: '', headline: '' } : null
  return { key, topic, story }
}

function topicNow({ telling, seen, now }: Engine, topic: string): Promise<TopicNow> {
  const known = seen.get(topic)
  if (known && now() - known.atMs < freshMs) return known.found
  const found = lookAt(telling, topic)
  seen.set(topic, { atMs: now(), found })
  found.catch(() => seen.delete(topic))
  return found
}

async function lookAt({ editions, storiesOf, origin = null }: Telling, topic: string): Promise<TopicNow> {
  const [[newest], places = []] = await Promise.all([editions(topic, 1), storiesOf?.(topic)])
  return { newest, places, origin }
}

/** A lane for each site that is told, as the log has them now. */
async function syncLanes(engine: Engine, signal: AbortSignal): Promise<void> {
  const { lanes, telling } = engine
  const webhooks = (await keptWebhooks(telling.log)).filter(({ disabled }) => disabled === null)
  for (const [id, { lane }] of lanes) {
    if (webhooks.some((one) => one.id === id) && !lane.stop.signal.aborted) continue
    lane.stop.abort()
    lanes.delete(id)
  }
  const told = webhooks.every(({ id }) => lanes.has(id)) ? null : await keptTold(telling.log)
  for (const webhook of webhooks) {
    const known = lanes.get(webhook.id)?.lane
    // The lane alone writes what its site was told: what it knows is newer than what was just read.
    if (known) known.webhook = webhook
    else lanes.set(webhook.id, startLane(engine, openLane(webhook, toldOf(told!, webhook.id), telling.sleep), signal))
  }
}

const toldOf = (told: Map<string, Map<string, Told>>, id: string) => told.get(id) ?? new Map<string, Told>()

function startLane(engine: Engine, lane: Lane, signal: AbortSignal): { lane: Lane; done: Promise<void> } {
  const { telling, report, now } = engine
  const { log, dial, note, random } = telling
  const owed: LaneParts['owed'] = async ({ webhook, told }, subject) =>
    owedOf({ webhook, subject, told: told.get(subject.key) }, await topicNow(engine, subject.topic))
  for (const [key, one] of lane.told) report(rememberedOf(lane, key, one))
  const until = AbortSignal.any([signal, lane.stop.signal])
  return { lane, done: drain(lane, { log, dial, owed, report, note, now, random }, until) }
}

/** What the log knows of a delivery that another run made. */
function rememberedOf({ webhook }: Lane, key: string, told: Told): Delivery {
  const { type, topic, edition, status, attempts, at, answer } = told
  const story = key.startsWith('story:') ? key.slice('story:'.length) : null
  const id = idOf(webhook.id, key, told)
  return { id, webhook: webhook.id, type, topic, story, edition, status, attempts, at, next: null, answer, error: null }
}
