// The registered sites: where each is called, for what, and with which secret it is signed. Kept as settings in the log,
// so that every restart knows them. A secret must be readable to sign, so it is kept as it is, beside the API keys' hashes
// and under the same file permissions; it is told once, and never stands in a list, a note or an error.
import { randomBytes } from 'node:crypto'
import { UserError } from '../errors.ts'
import type { Posted } from '../send.ts'
import { set, settingsUnder } from '../settings.ts'
import { checkedSecret, makeSecret, signatureHeaders } from '../signature.ts'
import type { Log } from '../types.ts'
import type { EventType } from './owed.ts'

export interface Webhook {
  id: string
  url: string
  /** Topics and stories it is told about; both empty: every topic. */
  topics: string[]
  stories: string[]
  /** When it was made: it is told of what is issued from then on. */
  at: string
  /** Since when nothing is sent, because the site answered 410; null: it is told. */
  disabled: string | null
}

interface Secret {
  secret: string
  /** Signs until then; null: until it is replaced. */
  until: string | null
}

/** With what signs for it: never leaves this process but as a signature. */
export interface KeptWebhook extends Webhook {
  secrets: Secret[]
}

/** What a site acknowledged last about a topic or a story, or what was given up. */
export interface Told {
  type: EventType
  topic: string
  edition: number
  /** Tells whether the edition still reads as it was told: 24 bits, which tell nobody what it read. */
  sum: string
  at: string
  status: 'delivered' | 'dead'
  attempts: number
  /** The status it answered with last; null: none. */
  answer: number | null
}

type Kept = Pick<Log, 'settings' | 'append'>
const webhookSetting = 'webhook:'
const toldSetting = 'told:'
export const mostWebhooks = 100
const mostNamed = 100
/** While a site changes over, the secret before still signs. */
export const rotationMs = 24 * 3_600_000
const mostSecrets = 3

/** All of them with their secrets, oldest first, and what each was told, by webhook and subject. */
export async function keptWebhooks(log: Pick<Log, 'settings'>): Promise<KeptWebhook[]> {
  const kept = [...(await settingsUnder(log, webhookSetting))]
  const webhooks = kept.map(([id, value]) => ({ id, ...(JSON.parse(value) as Omit<KeptWebhook, 'id'>) }))
  return webhooks.toSorted((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id))
}

/** What sites were told, by webhook, then by subject. */
export async function keptTold(log: Pick<Log, 'settings'>): Promise<Map<string, Map<string, Told>>> {
  const all = new Map<string, Map<string, Told>>()
  for (const [key, value] of await settingsUnder(log, toldSetting)) {
    const [webhook = '', subject = ''] = split(key)
    const told = all.get(webhook) ?? new Map<string, Told>()
    all.set(webhook, told.set(subject, JSON.parse(value) as Told))
  }
  return all
}

/** Subjects hold colons of their own, ids of webhooks never. */
const split = (key: string) => [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]

/** Resolves once durable; null: the subject is no more. */
export async function keepTold(log: Kept, webhook: string, told: Map<string, Told | null>): Promise<void> {
  const entries = [...told].map(([subject, one]) => [`${toldSetting}${webhook}:${subject}`, one && JSON.stringify(one)])
  await set(log, Object.fromEntries(entries) as Record<string, string | null>)
}

/** As it may be told: without its secrets. */
export const withoutSecrets = ({ secrets: _, ...webhook }: KeptWebhook): Webhook => webhook

/** What signs now: the newest first. */
export const secretsOf = ({ secrets }: KeptWebhook, nowMs: number): string[] =>
  secrets.filter(({ until }) => until === null || Date.parse(until) > nowMs).map(({ secret }) => secret)

/** One call to it, signed now. */
export const signedFor = (webhook: KeptWebhook, { id, body }: { id: string; body: string }, nowMs: number): Posted => ({
  ...{ url: webhook.url, body },
  headers: {
    'content-type': 'application/json',
    ...signatureHeaders({ id, nowMs, body }, secretsOf(webhook, nowMs)),
  },
})

export interface WantedWebhook {
  /** Has been vetted (dial.ts). */
  url: string
  topics?: string[] | undefined
  stories?: string[] | undefined
  secret?: string | undefined
}

/** Makes one and tells its secret, once. Throws UserError on a secret that is none, and where there are too many. */
export async function makeWebhook(
  log: Kept,
  { url, topics = [], stories = [], secret: given }: WantedWebhook,
  nowMs: number,
): Promise<Webhook & { secret: string }> {
  const secret = given === undefined ? makeSecret() : checkedSecret(given)
  if ((await keptWebhooks(log)).length >= mostWebhooks)
    throw new UserError(`there are ${mostWebhooks} webhooks already`, 'Delete one that nobody uses.', 409)
  if (topics.length > mostNamed || stories.length > mostNamed)
    throw new UserError(`a webhook names at most ${mostNamed} topics and stories`, 'Leave them out to be told of all.')
  const webhook: KeptWebhook = {
    ...{ id: randomBytes(6).toString('hex'), url, topics: [...new Set(topics)], stories: [...new Set(stories)] },
    ...{ at: new Date(nowMs).toISOString(), disabled: null, secrets: [{ secret, until: null }] },
  }
  await keep(log, webhook)
  return { ...withoutSecrets(webhook), secret }
}

async function keep(log: Kept, { id, ...webhook }: KeptWebhook): Promise<void> {
  await set(log, { [webhookSetting + id]: JSON.stringify(webhook) })
}

/** The webhook, or a 404 that says where to look. */
export async function webhookOf(log: Kept, id: string): Promise<KeptWebhook> {
  const found = (await keptWebhooks(log)).find((one) => one.id === id)
  if (found) return found
  throw new UserError('there is no such webhook', 'GET /v1/webhooks lists them.', 404)
}

/** A new secret, told once; those before sign beside it for a day. */
export async function rotateSecret(
  log: Kept,
  { id, secret: given }: { id: string; secret?: string | undefined },
  nowMs: number,
): Promise<{ id: string; secret: string; until: string }> {
  const webhook = await webhookOf(log, id)
  const secret = given === undefined ? makeSecret() : checkedSecret(given)
  const until = new Date(nowMs + rotationMs).toISOString()
  const before = webhook.secrets.filter((one) => one.until === null || Date.parse(one.until) > nowMs)
  const old = before.filter((one) => one.secret !== secret).map((one) => ({ ...one, until: one.until ?? until }))
  await keep(log, { ...webhook, secrets: [{ secret, until: null }, ...old].slice(0, mostSecrets) })
  return { id, secret, until }
}

/** Nothing is sent from then on; null: it is again. Does nothing where it was removed meanwhile. */
export async function disableWebhook(log: Kept, id: string, since: string | null): Promise<void> {
  const webhook = (await keptWebhooks(log)).find((one) => one.id === id)
  if (webhook && webhook.disabled !== since) await keep(log, { ...webhook, disabled: since })
}

/** With all that it was told. Throws UserError where there is none. */
export async function removeWebhook(log: Kept, id: string): Promise<void> {
  await webhookOf(log, id)
  const told = (await keptTold(log)).get(id) ?? new Map<string, Told>()
  const gone = [...told.keys()].map((subject) => [`${toldSetting}${id}:${subject}`, null])
  await set(log, { [webhookSetting + id]: null, ...Object.fromEntries(gone) })
}
