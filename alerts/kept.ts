// What alerts leave durable, as settings of the log: the alerts as they are now, the bulletins that tell of them, and what
// became of each bulletin on each channel. New states and the bulletins about them are one append: never one without the
// other. Bounded: what is over is forgotten. Holds no word of a post, and no secret of a channel (channels.ts does).
import type { Ack, Alert, AlertState, Bulletin } from '../alarms.ts'
import { CorruptionError } from '../errors.ts'
import { set, settingsUnder } from '../settings.ts'
import type { Log } from '../types.ts'

/** Of those that are over, so many are kept at most, the newest, and none longer than this. What is open stays. */
export const mostAlerts = 500
export const alertMs = 90 * 86_400_000
/** After every channel took it, was given up or had nothing to learn; longer while one of its alerts is open. */
export const bulletinMs = 7 * 86_400_000
export const mostBulletins = 2_000

const alertSetting = 'alert:'
/** Beside the alert: whoever says something of it and whoever looks on do not write over each other. */
const ackSetting = 'alert-ack:'
const bulletinSetting = 'bulletin:'
const toldSetting = 'bulletin-told:'

/** What became of a bulletin on a channel. */
export interface Told {
  /** trying: it may have arrived or not. All others are final. */
  status: 'trying' | 'delivered' | 'dead' | 'superseded'
  /** In which state the channel was told of each alert, or may have been. */
  states: Record<string, AlertState>
  attempts: number
  at: string
  answer: number | null
  error: string | null
}

/** By bulletin, then by channel. */
export type ToldOf = Map<string, Map<string, Told>>

type Read = Pick<Log, 'settings'>
type Kept = Pick<Log, 'settings' | 'append'>

/** All that are kept, those that moved last at the end. */
export async function keptAlerts(log: Read): Promise<Alert[]> {
  const acks = await read<Ack>(log, ackSetting)
  return [...(await read<Alert>(log, alertSetting)).values()].map((alert) => ({
    ...alert,
    ack: acks.get(alert.id) ?? alert.ack,
  }))
}

/** Resolves once durable. */
export const keepAck = (log: Pick<Log, 'append'>, id: string, ack: Ack): Promise<void> =>
  set(log, { [ackSetting + id]: JSON.stringify(ack) })

/** All that are kept, in the order they were made. */
export const keptBulletins = async (log: Read): Promise<Bulletin[]> =>
  [...(await read<Bulletin>(log, bulletinSetting)).values()].sort((a, b) => a.at.localeCompare(b.at))

export async function keptTold(log: Read): Promise<ToldOf> {
  const all: ToldOf = new Map()
  for (const [key, told] of await read<Told>(log, toldSetting)) {
    // Ids of channels hold no colon.
    const [bulletin, channel] = [key.slice(0, key.lastIndexOf(':')), key.slice(key.lastIndexOf(':') + 1)]
    addTold(all, { bulletin, channel, told })
  }
  return all
}

export interface ToldOne {
  bulletin: string
  channel: string
  told: Told
}

export function addTold(all: ToldOf, { bulletin, channel, told }: ToldOne): void {
  all.set(bulletin, (all.get(bulletin) ?? new Map<string, Told>()).set(channel, told))
}

async function read<T>(log: Read, prefix: string): Promise<Map<string, T>> {
  const parsed = [...(await settingsUnder(log, prefix))].map(([id, text]): [string, T] => {
    try {
      return [id, JSON.parse(text) as T]
    } catch (cause) {
      throw new CorruptionError(`${prefix}${id} in the log is not what this version wrote`, { cause })
    }
  })
  return new Map(parsed)
}

export interface Keeping {
  /** In their new states. */
  alerts?: Alert[]
  /** What tells of them. */
  bulletins?: Bulletin[]
  /** Ids of alerts that are kept no longer (`forgettable`). */
  forget?: string[]
}

/** Resolves once all of it is durable; a crash leaves all of it or nothing. */
export async function keep(log: Kept, { alerts = [], bulletins = [], forget = [] }: Keeping): Promise<void> {
  const settings = [
    ...alerts.map((alert) => [alertSetting + alert.id, JSON.stringify(alert)]),
    ...bulletins.map((bulletin) => [bulletinSetting + bulletin.id, JSON.stringify(bulletin)]),
    ...forget.flatMap((id) => [
      [alertSetting + id, null],
      [ackSetting + id, null],
    ]),
  ] as [string, string | null][]
  if (settings.length) await set(log, Object.fromEntries(settings))
}

export const isOpen = ({ state }: Pick<Alert, 'state'>): boolean => state === 'early' || state === 'confirmed'

/** Ids of those that are over and beyond what is kept: for `keep` to forget. */
export function forgettable(alerts: readonly Alert[], nowMs: number): string[] {
  const over = alerts.filter((alert) => !isOpen(alert)).toSorted((a, b) => b.at.localeCompare(a.at))
  return over.filter(({ at }, nr) => nr >= mostAlerts || nowMs - Date.parse(at) >= alertMs).map(({ id }) => id)
}

/** Resolves once durable. */
export async function keepTold(log: Kept, told: ToldOne[]): Promise<void> {
  const settings = told.map((one) => [`${toldSetting}${one.bulletin}:${one.channel}`, JSON.stringify(one.told)])
  if (settings.length) await set(log, Object.fromEntries(settings) as Record<string, string>)
}

interface Known {
  told: ToldOf
  alerts: readonly Alert[]
  nowMs: number
}

/** Bulletins that nobody is owed any more, and nobody needs to remember. */
export function spent(bulletins: readonly Bulletin[], { told, alerts, nowMs }: Known): Bulletin[] {
  const open = new Set(alerts.filter(isOpen).map(({ id }) => id))
  const settled = bulletins
    .map((bulletin) => ({ bulletin, at: settledAt(bulletin, told.get(bulletin.id)) }))
    .filter((one): one is { bulletin: Bulletin; at: string } => one.at !== null)
    .sort((a, b) => b.at.localeCompare(a.at))
  const isSpent = ({ bulletin, at }: { bulletin: Bulletin; at: string }, nr: number) =>
    nr >= mostBulletins || (nowMs - Date.parse(at) >= bulletinMs && !bulletin.alerts.some(({ id }) => open.has(id)))
  return settled.filter(isSpent).map(({ bulletin }) => bulletin)
}

/** When the last of its channels was done with it; null: one is not. */
function settledAt({ channels, at }: Bulletin, told: Map<string, Told> = new Map()): string | null {
  const all = channels.map((channel) => told.get(channel))
  if (all.some((one) => !one || one.status === 'trying')) return null
  return [at, ...all.map((one) => one!.at)].sort().at(-1)!
}

/** With all that became of them. */
export async function forgetBulletins(log: Kept, bulletins: readonly Bulletin[], told: ToldOf): Promise<void> {
  const gone = bulletins.flatMap(({ id }) => [
    bulletinSetting + id,
    ...[...(told.get(id)?.keys() ?? [])].map((channel) => `${toldSetting}${id}:${channel}`),
  ])
  if (gone.length) await set(log, Object.fromEntries(gone.map((key) => [key, null])))
  for (const { id } of bulletins) told.delete(id)
}
