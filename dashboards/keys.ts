// API keys with scopes. Kept as settings in the log, so that every role and every restart knows them and a key that is
// taken back is refused everywhere at once. Only their SHA-256 is kept: a key is 256 bits of chance, no dictionary holds
// it, and a slow hash would slow every request and guard nothing. A key itself is told once, to whoever made it.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { UserError } from '../errors.ts'
import { set, settingsUnder } from '../settings.ts'
import type { Log } from '../types.ts'
import { type Scope, scopes } from './scopes.ts'

export interface ApiKey {
  id: string
  name: string
  scopes: Scope[]
  /** When it was made. */
  at: string
  /** From when on it is refused; null: never. */
  expires: string | null
  /** When it was last used, to the minute; null: never. */
  used: string | null
}

const keySetting = 'key:'
const usedSetting = 'key-used:'
const mostKeys = 100
const noteEveryMs = 60_000

type Kept = Omit<ApiKey, 'id' | 'used'> & { hash: string }
const hashOf = (key: string) => createHash('sha256').update(key).digest()

async function keptKeys(log: Pick<Log, 'settings'>): Promise<(Kept & { id: string })[]> {
  const kept = await settingsUnder(log, keySetting)
  return [...kept].map(([id, value]) => ({ id, ...(JSON.parse(value) as Kept) }))
}

/** All of them, oldest first. */
export async function listKeys(log: Pick<Log, 'settings'>): Promise<ApiKey[]> {
  const used = await settingsUnder(log, usedSetting)
  const keys = (await keptKeys(log)).map(({ hash: _, ...key }) => ({ ...key, used: used.get(key.id) ?? null }))
  return keys.toSorted((a, b) => a.at.localeCompare(b.at))
}

export interface WantedKey {
  name: string
  scopes: readonly string[]
  expires?: string | null | undefined
}

/** Makes a key and tells it, once. Throws UserError on what is no name, scope or time to come. */
export async function makeKey(
  log: Pick<Log, 'settings' | 'append'>,
  wanted: WantedKey,
  now: number,
): Promise<ApiKey & { key: string }> {
  const given = checked(wanted, now)
  if ((await keptKeys(log)).length >= mostKeys)
    throw new UserError(`there are ${mostKeys} keys already`, 'Revoke one that nobody uses.', 409)
  const key = `uc_${randomBytes(32).toString('base64url')}`
  const id = randomBytes(6).toString('hex')
  const kept: Kept = { ...given, at: new Date(now).toISOString(), hash: hashOf(key).toString('base64url') }
  await set(log, { [keySetting + id]: JSON.stringify(kept) })
  const { hash: _, ...told } = kept
  return { id, ...told, used: null, key }
}

function checked({ name: text, scopes: wanted, expires: until }: WantedKey, now: number) {
  const name = text.trim().replace(/\s+/g, ' ')
  if (!name || name.length > 80 || /\p{Cc}/u.test(name))
    throw new UserError('a key needs a name of 1 to 80 characters', 'Name who uses it, like "nightly import".')
  const given = scopes.filter((scope) => wanted.includes(scope))
  const unknown = wanted.find((scope) => !given.some((one) => one === scope))
  if (unknown !== undefined || !given.length)
    throw new UserError(
      unknown === undefined ? 'a key needs a scope' : `there is no scope "${unknown}"`,
      `Give one or more of ${scopes.join(', ')}.`,
    )
  if (until === undefined || until === null) return { name, scopes: given, expires: null }
  const end = /^\d{4}-\d\d-\d\d/.test(until) ? Date.parse(until) : Number.NaN
  if (Number.isNaN(end) || end <= now)
    throw new UserError(`expires="${until}" is no time to come`, 'Write ISO 8601, like 2027-01-31T00:00:00Z.')
  return { name, scopes: given, expires: new Date(end).toISOString() }
}

/** False where there is no such key. Refused everywhere once this resolves. */
export async function revokeKey(log: Pick<Log, 'settings' | 'append'>, id: string): Promise<boolean> {
  if (!(await keptKeys(log)).some((key) => key.id === id)) return false
  await set(log, { [keySetting + id]: null, [usedSetting + id]: null })
  return true
}

/** Who asks, as far as the guard needs to know. */
export interface Caller {
  id: string
  scopes: readonly Scope[]
}

export interface Keyring {
  /** Whose key this is. Takes as long however much of a key is right. */
  callerOf(key: string): Promise<Caller | 'unknown' | 'expired'>
}

export interface KeyringOptions {
  log: Pick<Log, 'settings' | 'append'>
  /** The key of the one who runs us: may do everything, is kept elsewhere and never expires. */
  master: string
  now: () => number
  note: (event: string, fields: object) => void
}

export const masterId = 'master'

/** Knows the keys of a log. Notes their use there, at most once a minute each. */
export function openKeyring({ log, master, now, note }: KeyringOptions): Keyring {
  const masterHash = hashOf(master)
  const noted = new Map<string, number>()
  const use = async (id: string) => {
    if (now() - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < noteEveryMs) return
    noted.set(id, now())
    const last = (await settingsUnder(log, usedSetting)).get(id)
    if (last && now() - Date.parse(last) < noteEveryMs) return
    await set(log, { [usedSetting + id]: new Date(now()).toISOString() })
  }
  return {
    callerOf: async (given) => {
      const hash = hashOf(given)
      if (timingSafeEqual(hash, masterHash)) return { id: masterId, scopes: ['admin'] }
      // All are compared, so that time tells nothing of their order.
      const found = (await keptKeys(log)).filter((key) => timingSafeEqual(hash, Buffer.from(key.hash, 'base64url')))[0]
      if (!found) return 'unknown'
      if (found.expires && Date.parse(found.expires) <= now()) return 'expired'
      // That a use could not be noted is no reason to refuse it.
      await use(found.id).catch((error: unknown) => note('use of a key not noted', { error }))
      return { id: found.id, scopes: found.scopes }
    },
  }
}
