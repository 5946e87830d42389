// X through its filtered stream: one connection, one rule for each topic, every post counted before the next is read. Each
// connection is made under a reservation of money (spend.ts) and given up the moment that runs out; what a short cut hid
// is looked up (xRecovery.ts), what cannot be is told as a gap. Trouble of the network and of X is retried for ever
// (xReader.ts). This file opens the parts and closes them: what was reserved and not used is given back.
import type { Batch, Source } from '../types.ts'
import { openMeter } from './spend.ts'
import { createTally, type Tally } from './tally.ts'
import { openX } from './xClient.ts'
import { openXClock } from './xClock.ts'
import { defaults, mustSuffice, type Settings, type XOptions } from './xOptions.ts'
import { type Place, placeOf } from './xPlace.ts'
import { source as name } from './xPost.ts'
import { Reader } from './xReader.ts'
import { createRules } from './xRules.ts'
import { createStanding } from './xStanding.ts'

export function xSource(options: XOptions): Source {
  const tally = createTally(name)
  const settings = { ...defaults, ...options }
  return { name, status: tally.status, read: (cursor, signal) => follow({ settings, tally, signal }, placeOf(cursor)) }
}

interface Run {
  settings: Settings
  tally: Tally
  signal: AbortSignal
}

async function* follow({ settings, tally, signal }: Run, place: Place | null): AsyncGenerator<Batch> {
  if (signal.aborted) return
  mustSuffice(settings)
  const { price, daily, monthly, inFlight, step, keep, token, host, now, steady, lingerMs } = settings
  const clock = openXClock({ now, ...(steady ? { steady } : {}) })
  const meter = await openMeter({ source: name, price, daily, monthly, inFlight, step, keep, clock })
  const api = openX({ token, host, clock, signal })
  const rules = createRules(api, { lingerMs })
  const standing = createStanding({ settings, tally, clock, rules }, place)
  const reader = new Reader({ settings, tally, signal, clock, meter, api, rules, standing })
  const off = settings.onRules(() => reader.rulesChanged())
  try {
    yield* reader.read()
  } finally {
    off()
    await meter.close().catch((error: unknown) => settings.note('x.unclosed', { error }))
  }
  tally.say('off', 'Stopped.')
}
