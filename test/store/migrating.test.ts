// Several processes bring the tables of one server up to date at once, and some of them die on the way: what is there in the
// end is what one alone would have made.
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../answers.ts'
import { CorruptionError, UserError } from '../../errors.ts'
import { openKeys } from '../../store/keys.ts'
import { shippedMigrations } from '../../store/migrate.ts'
import { openStore } from '../../store/store.ts'
import { fresh, many } from '../contract/storeQuestions.ts'
import { type Faulty, openFaulty } from './faulty.ts'
import { noError } from './scores.ts'

let faulty: Faulty
let alone: string
beforeAll(async () => {
  faulty = await openFaulty()
  alone = await definitions()
})
afterEach(() => faulty.front.faults({}))
afterAll(() => faulty[Symbol.asyncDispose]())

async function tell(statement: string): Promise<string> {
  const response = await fetch(faulty.front.url, { method: 'POST', body: statement })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}

const definitions = () =>
  tell(`SELECT database, name, create_table_query FROM system.tables
    WHERE database LIKE 'undercurrent%' ORDER BY database, name FORMAT JSONEachRow`)
const filesRun = () =>
  tell('SELECT groupArray(version) FROM (SELECT version FROM undercurrent.migrations FINAL ORDER BY version)')
const shipped = `[${shippedMigrations().map(({ version }) => version)}]\n`

async function empty(): Promise<void> {
  for (const name of ['undercurrent_shown', 'undercurrent']) await tell(`DROP DATABASE IF EXISTS ${name} SYNC`)
}

const close = (stores: Store[]) => Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))

it('three at once make what one makes, and each sees what the others write', { timeout: 60_000 }, async () => {
  for (const _ of many(3)) {
    await empty()
    const stores = await Promise.all(many(3).map(() => faulty.open()))
    expect(await definitions()).toBe(alone)
    expect(await filesRun()).toBe(shipped)
    const { score, filter, add } = fresh()
    await Promise.all(stores.map((store, nr) => store.add(add([score(`p${nr}`, { arrival: nr + 1 })]))))
    for (const { ask } of stores) expect((await ask.summary(filter)).posts).toBe(3)
    await close(stores)
  }
})

it('one that dies anywhere leaves what the next one completes', { timeout: 120_000 }, async () => {
  for (const after of [0, 1, 2, 4, 7, 11, 15, 18, 21]) {
    await empty()
    await faulty.front.faults({ next: [after % 2 ? 'cut' : 'cutDone'], after })
    await expect(faulty.open()).rejects.toBeInstanceOf(UserError)
    await close([await faulty.open()])
    expect(await definitions(), `after ${after}`).toBe(alone)
    expect(await filesRun()).toBe(shipped)
  }
})

it('a server that fails at first is asked again, with a note; one that stays away is a matter for a person', async () => {
  await faulty.front.faults({ next: ['cut', 'refused503', 'cutDone'] })
  await close([await faulty.open(5)])
  const away = {
    url: 'http://127.0.0.1:1',
    tries: 2,
    modelError: noError,
    keys: openKeys(join(faulty.folder, 'other.json')),
  }
  const noted: string[] = []
  await expect(openStore({ ...away, note: (event) => noted.push(event) })).rejects.toMatchObject({
    message: 'the store cannot be reached',
    hint: expect.stringContaining('store.url'),
  })
  expect(noted).toEqual(['the store does not answer', 'the store does not answer'])
})

it('a view that one who fell behind put back is as it should be after the next opening', async () => {
  const old = shippedMigrations()
    .flatMap(({ statements }) => statements)
    .find((statement) => statement.startsWith('CREATE OR REPLACE VIEW undercurrent_shown.posts'))!
  await tell(old)
  expect(await definitions()).not.toBe(alone)
  await close([await faulty.open()])
  expect(await definitions()).toBe(alone)
})

it('two that open an empty store with different keys do not both go on', async () => {
  await empty()
  const opened = await Promise.allSettled(
    many(2).map((nr) => {
      const keys = openKeys(join(faulty.folder, `keys${nr}.json`))
      return openStore({ url: faulty.front.url, keys, modelError: noError })
    }),
  )
  const refused = opened.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused) expect(reason).toBeInstanceOf(CorruptionError)
  await close(opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
})
