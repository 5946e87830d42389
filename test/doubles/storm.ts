// A storm of alerts as a process of its own, for tests that kill it: `node test/doubles/storm.ts FOLDER URL SEED`. It opens,
// confirms, closes and withdraws alerts as fast as the log takes them, each step with its bulletin, and tells of them.
import { flushCompileCache } from 'node:module'
import type { Alert, AlertState } from '../../alarms.ts'
import { isOpen, keep, keptAlerts } from '../../alerts/kept.ts'
import { openNotify } from '../../alerts/notify.ts'
import { openDial } from '../../dial.ts'
import { alert, bulletin, channel, openLog, words } from '../alerts/invented.ts'
import { seeded } from './posts.ts'

const [folder, url, seed] = process.argv.slice(2)
const log = await openLog(folder!)
const notify = openNotify({
  ...{ log, words, origin: 'http://127.0.0.1:4300', note: () => {}, random: () => 0 },
  ...{ channels: [channel('hook', 'webhook', { url: url! })], dial: openDial({ allow: ['127.0.0.1'] }) },
})
const next: Record<AlertState, AlertState[]> = {
  ...{ early: ['confirmed', 'withdrawn'], confirmed: ['closed'], closed: [], withdrawn: [] },
}
const random = seeded(Number(seed))
const pick = <T>(all: T[]): T => all[Math.floor(random() * all.length)]!

// What is known of alerts is what the log says, as after any crash.
const alerts = new Map((await keptAlerts(log)).map((one) => [one.id, one]))
// Whoever is killed saves nothing at its end: the next one starts sooner.
flushCompileCache()
process.stdout.write('ready\n')
void notify.run(new AbortController().signal)
for (;;) {
  const at = new Date().toISOString()
  const open = [...alerts.values()].filter(isOpen)
  const changed: Alert[] = []
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const moving = open.length && random() < 0.6 ? pick(open) : null
    const one =
      moving && !changed.some(({ id }) => id === moving.id) ? { ...moving, state: pick(next[moving.state]), at } : null
    changed.push(one ?? alert(`a${alerts.size + count}-${seed}`, { at, state: random() < 0.5 ? 'early' : 'confirmed' }))
  }
  await keep(log, { alerts: changed, bulletins: [bulletin(`b-${seed}-${at}-${changed[0]!.id}`, changed, { at })] })
  for (const one of changed) alerts.set(one.id, one)
  notify.wake()
  await new Promise((resolve) => setTimeout(resolve, 15))
}
