// A server that is killed in the middle of writing and comes back: what it acknowledged is there, what it did not is told
// again, and what was deleted stays away; erasure goes on where it was cut.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import { fresh, many } from '../contract/storeQuestions.ts'
import { type Front, startFront } from '../doubles/clickhouseFront.ts'
import { now } from './embedded.ts'
import { bravely, timeoutMs } from './faulty.ts'
import { minute, noError } from './scores.ts'

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'undercurrent-killed-'))
let front: Front
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const kills = 4
const slicesBetween = 6

/** Hidden rows whose bytes are still there. */
async function hidden(topic: string): Promise<string> {
  const body = `SELECT count() FROM undercurrent.mentions WHERE gone = 0 AND topic = '${topic}' AND post NOT IN (
    SELECT post FROM undercurrent.mentions FINAL WHERE topic = '${topic}')`
  return (await fetch(front.url, { method: 'POST', body })).text()
}

it('loses nothing it acknowledged when it is killed and comes back', { timeout: 120_000 }, async () => {
  front = await startFront({ path: join(folder, 'server') })
  const { url } = front
  const keys = openKeys(join(folder, 'keys.json'), now)
  const limits = { timeoutMs, patientMs: timeoutMs, eraseAfterMs: 50 }
  await using store = await openStore({ url, ...limits, keys, modelError: noError, now })
  const { topic, source, score, filter, add } = fresh()
  let told = 0
  const write = async () => {
    const first = 10 * told++
    await bravely(() => store.add(add(many(10).map((nr) => score(`${first + nr}`, { arrival: first + nr + 1 })))))
    await bravely(() => store.forget([{ op: 'delete', source, id: `${first}`, at: minute(1), revision: null }]))
  }
  for (const _ of many(kills)) {
    for (const _ of many(slicesBetween)) await write()
    // While a slice is on its way, not between two.
    const writing = write()
    await front[Symbol.asyncDispose]()
    front = await startFront({ path: join(folder, 'server'), port: Number(new URL(url).port) })
    await writing
  }
  const { posts } = await store.ask.posts(filter, { limit: 500 })
  const expected = many(10 * told).filter((nr) => nr % 10 !== 0)
  expect(posts.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(expected)
  await expect.poll(() => hidden(topic.topic), { timeout: 60_000 }).toBe('0\n')
})
