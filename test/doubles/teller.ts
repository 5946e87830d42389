// Deliveries as a process of its own, for tests that kill it: `node test/doubles/teller.ts FOLDER`. It keeps sites told
// from the log in that folder; the newest editions are what editions.json there says, read anew at each look.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDeliveries } from '../../dashboards/deliveries.ts'
import { openDial } from '../../dial.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import { edition } from './edition.ts'

const folder = process.argv[2]!
const log = await openSqliteLog({
  path: join(folder, 'log.db'),
  retention: { hours: 48, bytes: 1e9 },
  hashKey: Buffer.alloc(32, 1),
})
/** Numbers of the newest editions by topic. */
const newest = () => JSON.parse(readFileSync(join(folder, 'editions.json'), 'utf8')) as Record<string, number>
const hooks = openDeliveries({
  log,
  topics: () => Object.keys(newest()),
  editions: async (topic) => [edition(topic, newest()[topic]!, { at: '2100-01-01T00:00:00.000Z' })],
  listen: () => () => {},
  dial: openDial({ allow: ['127.0.0.1'] }),
  note: () => {},
  random: () => 0,
})
process.stdout.write('ready\n')
setInterval(() => hooks.changed(), 20)
await hooks.run(new AbortController().signal)
