// Rules from what somebody wants: defaults, limits, mistakes with what to write instead; kept in a real log, seen by every
// process at once, and those of the file out of reach.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WantedRule } from '../../alarms.ts'
import { ruleOf } from '../../alerts/rule.ts'
import { openRules } from '../../alerts/rules.ts'
import { UserError } from '../../errors.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import { usualRule } from '../../ruleForm.ts'
import type { Log } from '../../types.ts'

const hourMs = 3_600_000
const labels = {
  sentiment: ['negative', 'neutral', 'positive'],
  emotion: ['anger', 'fear', 'joy'],
  stance: ['against', 'neither', 'favor'],
}
const negative = { measure: 'sentiment.negative', above: 0.6, below: null, windowMs: 3 * hourMs }
const make = (wanted: WantedRule) => ruleOf({ id: 'a', ...wanted }, { labels, origin: 'user', at: '' })
const mistake = (wanted: WantedRule): UserError => {
  try {
    make(wanted)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return error as UserError
  }
  throw new Error('the mistake was not noticed')
}

describe('a rule', () => {
  test('of which nothing is said tells of real changes, one false message a week', () => {
    expect(make({})).toEqual({
      ...{ id: 'a', name: 'a', topics: [], measures: [], level: null, early: true, forMs: 0, cooldownMs: 6 * hourMs },
      ...{ budget: { messages: 1, perMs: 168 * hourMs }, quiet: null, severity: 'warning', channels: [], isDry: false },
      ...{ origin: 'user', at: '' },
    })
  })

  test('of the plain kind lasts an hour before it is told, has no budget and no early alerts', () => {
    expect(make({ level: negative })).toMatchObject({
      ...{ name: 'sentiment.negative above a bound', budget: null, level: negative, forMs: hourMs, early: false },
    })
    expect(make({ level: { ...negative, above: null, below: 0.1 }, forMs: 0 })).toMatchObject({ forMs: 0 })
  })

  test('names topics once, tags in lower case, and what is not there yet, too', () => {
    expect(make({ topics: ['buses', ' buses', 'tag:City', 'not-yet'] }).topics).toEqual([
      'buses',
      'tag:city',
      'not-yet',
    ])
  })

  test.each([
    ['sentiment'],
    ['sentiment.negative'],
    ['emotion.fear'],
    ['stance.a-truce.favor'],
    ['campaign'],
    ['collection'],
  ])('may watch %s', (measure) => expect(make({ measures: [measure] }).measures).toEqual([measure]))

  test.each<[WantedRule, string, string]>([
    [{ id: 'No id' }, 'cannot be the id', 'Use 1 to 64'],
    [{ name: 'x'.repeat(81) }, 'name of the rule', '1 to 80'],
    [{ budget: { messages: 0, perMs: hourMs } }, 'a budget of 0 per hour', '1 per week is usual'],
    [{ budget: { messages: 11, perMs: hourMs } }, 'a budget of 11 per hour', '10 an hour'],
    [{ budget: { messages: 1, perMs: 11 * 365 * 24 * hourMs } }, 'a budget of', '0.1 a year'],
    [{ measures: ['sentimnt'] }, 'no measure "sentimnt"', 'Did you mean sentiment?'],
    [{ measures: ['sentiment.negatve'] }, 'no measure', 'Did you mean sentiment.negative?'],
    [{ measures: ['emotion.bliss'] }, 'no measure', 'stance.TARGET.favor'],
    [{ measures: ['stance.truce.for'] }, 'no measure', ''],
    [{ measures: ['theme.abc'] }, 'no measure', ''],
    [{ topics: ['tag:'] }, '"tag:" names no topic', 'tag:NAME'],
    [{ topics: ['<b>'] }, 'names no topic', ''],
    [{ topics: Array.from({ length: 201 }, (_, nr) => `t${nr}`) }, '201 topics are too many', 'a tag'],
    [{ forMs: 49 * hourMs }, '`for` is too long', '2 days'],
    [{ cooldownMs: Number.NaN }, '`cooldown` is too long', '30 days'],
    [{ budget: { messages: 1, perMs: hourMs }, level: negative }, 'both a budget and a measure', 'two rules'],
    [{ level: negative, early: true }, 'no early alerts', 'Leave out early'],
    [{ level: { ...negative, measure: '' } }, 'needs a measure', 'sentiment.negative'],
    [{ level: { ...negative, measure: 'theme' } }, 'no measure "theme"', ''],
    [{ level: { ...negative, above: null } }, 'needs one bound', 'above: 60%'],
    [{ level: { ...negative, below: 0.1 } }, 'needs one bound', ''],
    [{ level: { ...negative, above: 60 } }, '60 is no share', 'write 60%'],
    [{ level: { ...negative, windowMs: 60_000 } }, '`over` is out of bounds', '10 minutes'],
  ])('%j is refused with what to write', (wanted, message, hint) => {
    const error = mistake(wanted)
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
  })

  test('about volume is bounded by accounts, not by a share', () => {
    expect(make({ level: { ...negative, measure: 'volume', above: 200 } }).level).toMatchObject({ above: 200 })
  })
})

describe('kept', () => {
  let folder: string
  let log: Log
  let now = Date.UTC(2026, 10, 22)
  const open = (configured: WantedRule[] = [usualRule]) => openRules(log, configured, { labels, now: () => now })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rules-'))
    const retention = { hours: 48, bytes: 1e9 }
    log = await openSqliteLog({ path: join(folder, 'log.db'), retention, hashKey: Buffer.alloc(32, 1) })
  })
  afterEach(async () => {
    await log[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  const ids = async (rules: Awaited<ReturnType<typeof open>>) => (await rules.list()).map(({ id }) => id)

  test('the file’s come first, then those of users, oldest first; another process sees them at once', async () => {
    const [one, other] = [await open(), await open()]
    const made = await one.put({ name: 'Fear of Flying!', measures: ['emotion.fear'] })
    expect(made).toMatchObject({ id: 'fear-of-flying', origin: 'user', at: '2026-11-22T00:00:00.000Z' })
    now += 1_000
    await other.put({ id: 'a', level: negative })
    expect(await ids(one)).toEqual(['shifts', 'fear-of-flying', 'a'])
    expect(await other.list()).toEqual(await one.list())
    await one.drop('a')
    expect(await ids(other)).toEqual(['shifts', 'fear-of-flying'])
  })

  test('a rule is changed whole: what is left out has its default again', async () => {
    const rules = await open()
    await rules.put({ id: 'a', severity: 'critical', topics: ['buses'] })
    await rules.put({ id: 'a', severity: 'info' })
    expect((await rules.list()).at(-1)).toMatchObject({ severity: 'info', topics: [] })
    expect(await ids(rules)).toEqual(['shifts', 'a'])
  })

  test('names that are taken get a number', async () => {
    const rules = await open()
    const made = [
      await rules.put({ name: 'Shifts' }),
      await rules.put({ name: 'Shifts' }),
      await rules.put({ name: '速報' }),
    ]
    expect(made.map(({ id }) => id)).toEqual(['shifts-2', 'shifts-3', 'rule'])
  })

  test('rules of the file are not to be changed or dropped from outside', async () => {
    const rules = await open()
    for (const tried of [rules.put({ id: 'shifts' }), rules.drop('shifts')])
      await expect(tried).rejects.toMatchObject({ status: 409, hint: expect.stringContaining('undercurrent.yaml') })
    await expect(rules.drop('nothing')).rejects.toMatchObject({ status: 404 })
  })

  test('trying a rule out keeps nothing', async () => {
    const rules = await open([])
    expect(await rules.check({ name: 'Tried' })).toMatchObject({ id: 'tried', early: true })
    await expect(rules.check({ measures: ['x'] })).rejects.toBeInstanceOf(UserError)
    expect(await rules.list()).toEqual([])
  })

  test('a restart is no change of the file’s rules, another text is', async () => {
    const at = async (configured?: WantedRule[]) => (await (await open(configured)).list())[0]!.at
    const first = await at()
    now += 60_000
    expect(await at()).toBe(first)
    const changed = await at([{ ...usualRule, severity: 'info' }])
    expect(changed).toBe(new Date(now).toISOString())
    now += 60_000
    expect(await at([{ ...usualRule, severity: 'info' }])).toBe(changed)
  })

  test('a mistake in the file names the rule; two of one id are one', async () => {
    await expect(open([{ id: 'odd', measures: ['sentimnt'] }])).rejects.toThrow('alert rule "odd": there is no measure')
    await expect(open([usualRule, usualRule])).rejects.toThrow('two alert rules have the id "shifts"')
    const unnamed = await open([{ level: negative }, { name: 'Odd one' }])
    expect(await ids(unnamed)).toEqual(['sentiment-negative', 'odd-one'])
  })

  test('the file’s rule wins over a user’s of the same id', async () => {
    await (await open([])).put({ id: 'shifts', severity: 'critical' })
    expect(await (await open()).list()).toMatchObject([{ id: 'shifts', origin: 'config', severity: 'warning' }])
  })

  test('there is an end to how many there are', async () => {
    const rules = await open([])
    const full = Object.fromEntries(Array.from({ length: 200 }, (_, nr) => [`alert-rule:r${nr}`, '{"id":"r","at":""}']))
    const changes = Object.entries(full).map(([key, value]) => ({ op: 'setting' as const, key, value }))
    await log.append({ source: 'undercurrent', changes, cursor: null })
    await expect(rules.put({ name: 'one more' })).rejects.toMatchObject({ status: 409 })
  })
})
