// Topics that shift all the time, watched by a process of its own, for tests that kill it: `node test/doubles/watchStorm.ts
// FOLDER URL TIME`. The real log, loop and outbox; ten minutes go by at each look. It says up to when it came.
import { flushCompileCache } from 'node:module'
import { openNotify } from '../../alerts/notify.ts'
import { openDial } from '../../dial.ts'
import { channel, openLog, words } from '../alerts/invented.ts'
import { openLooping } from '../alerts/looping.ts'
import { storm, stormTopics } from './stormTopics.ts'

const [folder, url, time] = process.argv.slice(2)
const log = await openLog(folder!)
let now = () => Number(time)
const notify = openNotify({
  ...{ log, words, origin: 'http://127.0.0.1:4300', note: () => {}, random: () => 0, now: () => now() },
  ...{ channels: [channel('hook', 'webhook', { url: url! })], dial: openDial({ allow: ['127.0.0.1'] }) },
})
const looping = await openLooping({ log, topics: stormTopics, world: storm, notify, nowMs: Number(time) })
now = looping.now
// Whoever is killed saves nothing at its end: the next one starts sooner.
flushCompileCache()
for (;;) {
  process.stdout.write(`${looping.now()}\n`)
  await looping.step()
}
