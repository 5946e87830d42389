// Tells of alerts: looks at the bulletins in the log when it is woken and every few seconds, and lets each channel's outbox
// (outbox.ts) do the rest. What is owed is in the log, so a crash forgets nothing: see docs/decisions/020. One outbox a
// channel, one call an outbox: a channel that fails or is slow delays no other.
import { randomBytes } from 'node:crypto'
import type { Bulletin, BulletinDelivery, Channel, Rule } from '../alarms.ts'
import type { Dial } from '../dial.ts'
import { CorruptionError } from '../errors.ts'
import { metrics } from '../metrics.ts'
import { type Bell, openBell, type Sleep } from '../retry.ts'
import type { Log } from '../types.ts'
import { type Channels, type OpenChannel, openChannels, type WantedChannel } from './channels.ts'
import { addTold, forgetBulletins, keepTold, keptAlerts, keptBulletins, keptTold, spent, type Told } from './kept.ts'
import { testLetter, type Words } from './letter.ts'
import { drain, enqueue, type Outbox, type OutboxParts, openOutbox } from './outbox.ts'
import { deliveryId } from './owed.ts'
import { tell } from './tell.ts'

export interface NotifyParts {
  log: Pick<Log, 'settings' | 'append'>
  dial: Dial
  words: Words
  /** Of the configuration file, with their secrets. */
  channels: readonly OpenChannel[]
  /** Where readers find us: server.url, else http://host:port. */
  origin: string
  note: (event: string, fields: object) => void
  now?: () => number
  sleep?: Sleep
  random?: () => number
  /** What another process made durable is told of within this and what delivery takes. */
  sweepMs?: number
}

export interface Notify {
  /** Tells until the signal aborts. Rejects only where the log is not what we wrote. */
  run(signal: AbortSignal): Promise<void>
  /** There are new bulletins in the log. */
  wake(): void
  /** The last ones and all that wait, newest first. */
  deliveries(): BulletinDelivery[]
  /** Sends an invented alert, named as a test, to the channels of a rule. */
  test(
    rule: Pick<Rule, 'id' | 'name' | 'severity' | 'channels'>,
    signal: AbortSignal,
  ): Promise<{ channel: string; ok: boolean; detail: string }[]>
  channels(): Promise<Channel[]>
  putChannel(wanted: WantedChannel): Promise<Channel & { secret?: string }>
  dropChannel(id: string): Promise<void>
}

const mostListed = 500
const usualSweepMs = 10_000
const tidyMs = 3_600_000

interface Engine {
  parts: NotifyParts
  channels: Channels
  outbox: OutboxParts
  outboxes: Map<string, { outbox: Outbox; done: Promise<void> }>
  bell: Bell
}

export function openNotify(parts: NotifyParts): Notify {
  const { log, dial, words, origin, note, now = Date.now, sleep, random } = parts
  const channels = openChannels({ log, dial, configured: parts.channels })
  const listed = new Map<string, BulletinDelivery>()
  const bell = openBell(sleep)
  const engine: Engine = {
    ...{ parts, channels, bell, outboxes: new Map() },
    outbox: {
      ...{ log, dial, words, origin, note, now, random, told: new Map() },
      report: (one) => {
        list(listed, one)
        count(engine)
      },
    },
  }
  const changed = <T>(made: T): T => {
    bell.ring()
    return made
  }
  return {
    run: (signal) => run(engine, signal),
    wake: bell.ring,
    deliveries: () => [...listed.values()].reverse(),
    test: (rule, signal) => testAll(engine, rule, signal),
    channels: channels.list,
    putChannel: async (wanted) => changed(await channels.put(wanted)),
    dropChannel: async (id) => changed(await channels.drop(id)),
  }
}

/** The last word on each delivery; the oldest of those that are done with go. */
function list(listed: Map<string, BulletinDelivery>, delivery: BulletinDelivery): void {
  listed.delete(delivery.id)
  listed.set(delivery.id, delivery)
  if (listed.size <= mostListed) return
  for (const { id, status } of listed.values())
    if (status !== 'waiting' && status !== 'retrying') return void listed.delete(id)
}

function count({ outboxes }: Engine): void {
  metrics.alertsOwed.reset()
  for (const { outbox } of outboxes.values()) metrics.alertsOwed.inc({ kind: outbox.channel.kind }, outbox.waiting.size)
}

async function run(engine: Engine, signal: AbortSignal): Promise<void> {
  const { parts, outbox, bell } = engine
  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  let [isRemembered, tidiedMs] = [false, Number.NEGATIVE_INFINITY]
  try {
    while (!ending.aborted) {
      try {
        if (!isRemembered) await remember(engine)
        isRemembered = true
        await look(engine, ending)
        if (outbox.now() - tidiedMs >= tidyMs) {
          await tidy(engine)
          tidiedMs = outbox.now()
        }
      } catch (error) {
        if (error instanceof CorruptionError) throw error
        if (!ending.aborted) parts.note('bulletins were not looked at, will be tried again', { error })
      }
      await bell.wait(parts.sweepMs ?? usualSweepMs, ending)
    }
  } finally {
    stop.abort()
    await Promise.all([...engine.outboxes.values()].map(({ done }) => done))
  }
}

/** What other runs made of deliveries. From then on this one alone writes it. */
async function remember({ parts, outbox }: Engine): Promise<void> {
  for (const [id, by] of await keptTold(parts.log)) outbox.told.set(id, by)
  for (const bulletin of await keptBulletins(parts.log))
    for (const [channel, one] of outbox.told.get(bulletin.id) ?? [])
      if (one.status !== 'trying') outbox.report(deliveryOf(bulletin, channel, { ...one, status: one.status }))
}

type Done = Told & { status: Exclude<Told['status'], 'trying'> }
const deliveryOf = (bulletin: Bulletin, channel: string, done: Done): BulletinDelivery => ({
  ...{ id: deliveryId(bulletin.id, channel), bulletin: bulletin.id, channel, rule: bulletin.rule },
  ...{ alerts: bulletin.alerts.map(({ id }) => id), status: done.status, attempts: done.attempts, at: done.at },
  ...{ next: null, answer: done.answer, error: done.error },
})

/** Every bulletin waits at each of its channels; one that is for a channel that there is not is given up, and listed. */
async function look(engine: Engine, signal: AbortSignal): Promise<void> {
  const { parts, outboxes, outbox } = engine
  const [bulletins, open] = await Promise.all([keptBulletins(parts.log), engine.channels.open()])
  await syncOutboxes(engine, open, signal)
  const lost: { bulletin: Bulletin; channel: string }[] = []
  for (const bulletin of bulletins)
    for (const channel of new Set(bulletin.channels)) {
      const known = outboxes.get(channel)?.outbox
      if (known) enqueue(known, bulletin, outbox)
      else if ((outbox.told.get(bulletin.id)?.get(channel)?.status ?? 'trying') === 'trying')
        lost.push({ bulletin, channel })
    }
  await giveUp(engine, lost)
}

async function giveUp({ outbox }: Engine, lost: { bulletin: Bulletin; channel: string }[]): Promise<void> {
  const at = new Date(outbox.now()).toISOString()
  const given = lost.map(({ bulletin, channel }) => {
    const before = outbox.told.get(bulletin.id)?.get(channel)
    const [states, attempts] = [before?.states ?? {}, before?.attempts ?? 0]
    const told: Done = { status: 'dead', states, attempts, at, answer: null, error: 'no_channel' }
    return { bulletin: bulletin.id, channel, told, delivery: deliveryOf(bulletin, channel, told) }
  })
  await keepTold(outbox.log, given)
  for (const one of given) {
    metrics.alertDeliveries.inc({ kind: 'none', outcome: 'no_channel' })
    addTold(outbox.told, one)
    outbox.report(one.delivery)
  }
}

/** An outbox for each channel there is, as it is now. */
async function syncOutboxes({ parts, outboxes, outbox: of }: Engine, open: OpenChannel[], signal: AbortSignal) {
  for (const [id, { outbox, done }] of outboxes) {
    if (open.some((one) => one.id === id && one.kind === outbox.channel.kind)) continue
    outbox.stop.abort()
    // Whatever it was writing is written before others speak for it.
    await done
    outboxes.delete(id)
  }
  for (const channel of open) {
    const known = outboxes.get(channel.id)?.outbox
    if (known) readdress(known, channel)
    else {
      const outbox = openOutbox(channel, of.told, parts.sleep)
      outboxes.set(channel.id, { outbox, done: drain(outbox, of, AbortSignal.any([signal, outbox.stop.signal])) })
    }
  }
}

/** Somewhere else now: it may be well there. */
function readdress(outbox: Outbox, channel: OpenChannel): void {
  const isMoved = outbox.channel.url !== channel.url
  outbox.channel = channel
  if (!isMoved) return
  Object.assign(outbox, { failures: 0, nextMs: 0 })
  outbox.bell.ring()
}

async function tidy({ parts, outbox }: Engine): Promise<void> {
  const [bulletins, alerts] = await Promise.all([keptBulletins(parts.log), keptAlerts(parts.log)])
  const gone = spent(bulletins, { told: outbox.told, alerts, nowMs: outbox.now() })
  await forgetBulletins(parts.log, gone, outbox.told)
}

async function testAll(
  { parts, channels, outbox }: Engine,
  rule: Pick<Rule, 'id' | 'name' | 'severity' | 'channels'>,
  signal: AbortSignal,
): Promise<{ channel: string; ok: boolean; detail: string }[]> {
  const open = await channels.open()
  const { dial, origin, now } = outbox
  return Promise.all(
    [...new Set(rule.channels)].map(async (id) => {
      const channel = open.find((one) => one.id === id)
      if (!channel) return { channel: id, ok: false, detail: 'There is no such channel.' }
      const named = {
        id: `msg_test${randomBytes(12).toString('hex')}`,
        at: new Date(now()).toISOString(),
        origin: parts.origin,
      }
      const sent = await tell(testLetter(rule, named), channel, { dial, now, signal, origin })
      return { channel: id, ok: sent.outcome === 'delivered', detail: sent.detail }
    }),
  )
}
