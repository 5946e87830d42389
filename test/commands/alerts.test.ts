// `undercurrent alerts` beside a running process: a real socket, the real command in this process, and what it prints.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Invocation } from '../../cli.ts'
import { alerts as command } from '../../commands/alerts.ts'
import { type Config, readConfig } from '../../config.ts'
import { announce } from '../../daemon.ts'
import { UserError } from '../../errors.ts'
import { key, openWorld, talks, type World } from '../dashboards/world.ts'
import { everything, type FakeAlerts, fakeAlerts } from '../doubles/alerts.ts'

let world: World
let alerts: FakeAlerts
let config: Config
let folder: string
let quiet: () => void
beforeAll(async () => {
  alerts = fakeAlerts(everything())
  world = await openWorld({ served: { alerts } })
  await world.write('POST', '/v1/topics', talks)
  folder = mkdtempSync(join(tmpdir(), 'uc-alerts-'))
  config = readConfig({ data: folder }, { UNDERCURRENT_API_KEY: key })
  quiet = announce(config, world.url)
})
afterAll(async () => {
  quiet()
  rmSync(folder, { recursive: true })
  await world[Symbol.asyncDispose]()
})

let printed: string[]
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
})
afterEach(() => void vi.restoreAllMocks())

const run = async (words: string[], more: Partial<Invocation> = {}, given = config): Promise<string> => {
  expect(await command(given, { flags: {}, json: false, words, ...more })).toBe(0)
  return printed.join('\n')
}
const mistake = async (words: string[], more: Partial<Invocation> = {}, given = config): Promise<UserError> => {
  const error = await run(words, more, given).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(UserError)
  return error as UserError
}

describe('prints', () => {
  test('alerts, all or some', async () => {
    const all = await run([])
    expect(all.split('\n')).toHaveLength(9)
    expect(all).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d {2}probable, not yet sure {2}Probably: Negative tone .* \(a-early\)/,
    )
    printed = []
    expect(await run(['list'], { state: 'withdrawn', topic: 'talks' })).toMatch(/^.*taken back.*\(a-withdrawn\)$/)
    printed = []
    expect(await run(['list'], { topic: 'none' })).toContain('that means: no change')
  })

  test('one with why', async () => {
    const text = await run(['show', 'a-open'])
    expect(text).toContain('sure, by the rule Shifts')
    expect(text).toContain('  other accounts: 0.08')
    expect(text).toContain('Published around then (coincidence in time):')
  })

  test('rules and channels', async () => {
    expect(await run(['rules'])).toContain('anger  Anger  (config)\n  Tells when the share of posts that are negative')
    expect(printed.join()).toContain('  Careful: there is no topic "gone" now.')
    printed = []
    expect(await run(['channels'])).toContain('desk  mail  smtp://mail.example:587  (config)')
  })

  test('what came of a test', async () => {
    expect(await run(['test', 'anger'])).toBe('team: arrived\nlost: did not arrive (it answered 500)')
    printed = []
    expect(await run(['test', 'shifts'])).toContain('nowhere to send a test')
  })

  test('a back-test as tables and a chart, of a rule that is there or of one in a file', async () => {
    const text = await run(['backtest'], { rule: 'shifts', from: '2026-11-20', to: '2026-11-22' })
    expect(alerts.asked).toContain('backtest shifts 2026-11-20T00:00:00.000Z 2026-11-22T00:00:00.000Z')
    expect(text).toContain(
      '4 message(s) about 3 alert(s) would have been sent; had nothing changed at all, one would expect 0.3.',
    )
    expect(text).toContain('  change                        told      probable after (9 of 10)  sure after (9 of 10)')
    expect(text).toContain('  10 points sentiment.negative  18 of 20  9 h (20 h)                14 h (30 h)')
    expect(text).toContain('Peace talks: how far from its usual course (- probable, = sure)')
    const [blocks, marks] = text.split('\n').slice(-3)
    expect(blocks).toMatch(/^ {2}[▁▂▃▄▅▆▇█ ]{48}$/)
    expect(marks).toMatch(/-+=+$/)
    const path = join(folder, 'rule.yaml')
    writeFileSync(path, 'name: Tried\nbudget: 2 per month\nquiet: 22:00-07:00 Europe/Berlin\n')
    printed = []
    expect(await run(['backtest'], { 'rule-file': path })).toContain('Tried: Tells when what people say')
    expect(printed.join()).toContain('at most 2 messages a month')
    expect(alerts.asked).toContain('backtest tried all')
  })

  test('what the API answered, with --json', async () => {
    const told = JSON.parse(await run(['list'], { json: true })) as { alerts: object[] }
    expect(told.alerts).toHaveLength(9)
  })
})

describe('mistakes', () => {
  test('say what to do', async () => {
    expect(await mistake(['frobnicate'])).toMatchObject({ hint: 'It can list, show, rules, channels, test, backtest.' })
    expect(await mistake(['show'])).toMatchObject({ message: 'an id is missing' })
    expect(await mistake(['show', 'none'])).toMatchObject({ message: 'there is no alert "none"', status: 404 })
    expect(await mistake(['backtest'])).toMatchObject({ hint: expect.stringContaining('--rule-file F') })
    expect(await mistake(['backtest'], { 'rule-file': join(folder, 'none') })).toMatchObject({
      hint: 'Check the path and its permissions.',
    })
    expect((await mistake(['test', 'none'])).message).toBe('there is no rule "none"')
    const path = join(folder, 'wrong.yaml')
    writeFileSync(path, 'name: x\nbuget: 1 per week\n')
    expect((await mistake(['backtest'], { 'rule-file': path })).message).toBe(
      `${path}:2:1: the file has no setting "buget"; did you mean "budget"?`,
    )
  })

  test('without a running process it says how to start one', async () => {
    const elsewhere = { ...config, dataDir: join(folder, 'nothing-here') }
    const error = await mistake(['list'], {}, elsewhere)
    expect([error.message, error.hint]).toEqual([
      `no undercurrent runs on ${elsewhere.dataDir}`,
      expect.stringContaining('npm start'),
    ])
  })
})
