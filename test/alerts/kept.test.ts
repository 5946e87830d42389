// What alerts leave in the log: together or not at all, whole after a restart, and no more than is bounded.
import { describe, expect, test } from 'vitest'
import type { Alert, Bulletin } from '../../alarms.ts'
import {
  alertMs,
  bulletinMs,
  forgetBulletins,
  forgettable,
  keep,
  keepTold,
  keptAlerts,
  keptBulletins,
  keptTold,
  mostAlerts,
  mostBulletins,
  spent,
  type Told,
  type ToldOf,
} from '../../alerts/kept.ts'
import { set } from '../../settings.ts'
import type { Log } from '../../types.ts'
import { alert, bulletin, eachWorld, iso, moved, start } from './making.ts'

const world = eachWorld()
const told = (made: Partial<Told> = {}): Told => ({
  ...{ status: 'delivered', states: {}, attempts: 1, at: iso(start), answer: 200, error: null },
  ...made,
})
const idsOf = (all: { id: string }[]) => all.map(({ id }) => id)

describe('what is kept', () => {
  test('is whole after a restart: states, bulletins, what became of them', async () => {
    const at = world()
    const one = alert('a', { topic: { topic: 't', version: 2, name: '\0 <b> “q” 🕊' }, shifts: [] })
    await keep(at.log, { alerts: [one, alert('b')], bulletins: [bulletin('b1', [one, alert('b')])] })
    await keep(at.log, {
      alerts: [moved(one, 'confirmed')],
      bulletins: [bulletin('b2', [one], { at: iso(start - 1) })],
    })
    await keepTold(at.log, [{ bulletin: 'b1:x', channel: 'hook', told: told({ states: { a: 'early' } }) }])
    await at.reopen()
    expect(await keptAlerts(at.log)).toEqual([alert('b'), moved(one, 'confirmed')])
    // By when they were made, whenever they were written.
    expect(idsOf(await keptBulletins(at.log))).toEqual(['b2', 'b1'])
    expect(await keptTold(at.log)).toEqual(new Map([['b1:x', new Map([['hook', told({ states: { a: 'early' } })]])]]))
    await keep(at.log, { forget: ['a'] })
    expect(idsOf(await keptAlerts(at.log))).toEqual(['b'])
  })

  test('is one append: states and the bulletins that tell of them are never apart', async () => {
    const appended: number[] = []
    const log: Pick<Log, 'append' | 'settings'> = {
      settings: world().log.settings.bind(world().log),
      append: async (batch) => appended.push(batch.changes.length),
    }
    const alerts = Array.from({ length: 200 }, (_, nr) => alert(`a${nr}`))
    await keep(log, { alerts, bulletins: [bulletin('b', alerts)], forget: ['old', 'older'] })
    await keep(log, {})
    expect(appended).toEqual([205])
  })

  test('and cannot be read is corruption, not nothing', async () => {
    const at = world()
    await set(at.log, { 'alert:a': '{' })
    await expect(keptAlerts(at.log)).rejects.toThrow('alert:a in the log is not what this version wrote')
  })

  test('leaves no row behind once it is forgotten', async () => {
    const at = world()
    const b = bulletin('b', [alert('a')])
    await keep(at.log, { alerts: [alert('a')], bulletins: [b] })
    await keepTold(at.log, [{ bulletin: 'b', channel: 'hook', told: told() }])
    await keep(at.log, { forget: ['a'] })
    const all = await keptTold(at.log)
    await forgetBulletins(at.log, [b], all)
    expect([await at.log.settings(), all.size]).toEqual([[], 0])
  })
})

describe('bounded', () => {
  test(`are alerts: the newest ${mostAlerts} of those that are over, none older than 90 days; what is open stays`, () => {
    const over = Array.from({ length: mostAlerts + 3 }, (_, nr) =>
      alert(`c${nr}`, { state: 'closed', at: iso(start - nr) }),
    )
    const open = Array.from({ length: 700 }, (_, nr) => alert(`o${nr}`, { at: iso(start - 2 * alertMs - nr) }))
    const old = alert('old', { state: 'withdrawn', at: iso(start - alertMs) })
    expect(forgettable([...over, ...open], start).sort()).toEqual(['c500', 'c501', 'c502'])
    expect(forgettable([old, alert('young', { state: 'closed', at: iso(start - alertMs + 1) })], start)).toEqual([
      'old',
    ])
    expect(forgettable([], start)).toEqual([])
  })

  const spentOf = (bulletins: Bulletin[], by: ToldOf, alerts: Alert[] = [], nowMs = start + bulletinMs) =>
    idsOf(spent(bulletins, { told: by, alerts, nowMs }))

  test('are bulletins: a week after every channel is done with them', () => {
    const one = bulletin('b', [alert('a')], { channels: ['x', 'y'] })
    const by = (x: Partial<Told>, y?: Partial<Told>): ToldOf =>
      new Map([['b', new Map([['x', told(x)], ...(y ? [['y', told(y)] as const] : [])])]])
    expect(spentOf([one], by({}, { status: 'dead' }))).toEqual(['b'])
    expect(spentOf([one], by({}))).toEqual([])
    expect(spentOf([one], by({}, { status: 'trying' }))).toEqual([])
    expect(spentOf([one], by({}, { at: iso(start + 1) }))).toEqual([])
    expect(spentOf([one], by({}, {}), [], start + bulletinMs - 1)).toEqual([])
    expect(spentOf([bulletin('n', [alert('a')], { channels: [] })], new Map())).toEqual(['n'])
  })

  test('but one that opened what is still open is remembered: its end must be told', () => {
    const one = bulletin('b', [alert('a')])
    const by: ToldOf = new Map([['b', new Map([['hook', told()]])]])
    expect(spentOf([one], by, [alert('a', { state: 'confirmed' })])).toEqual([])
    expect(spentOf([one], by, [alert('a', { state: 'closed' })])).toEqual(['b'])
  })

  test(`and never more than ${mostBulletins} that are done with`, () => {
    const many = Array.from({ length: mostBulletins + 2 }, (_, nr) =>
      bulletin(`b${nr}`, [alert('a')], { at: iso(start + nr) }),
    )
    const by: ToldOf = new Map(many.map(({ id, at }) => [id, new Map([['hook', told({ at })]])]))
    expect(spentOf(many, by, [alert('a')], start)).toEqual(['b1', 'b0'])
  })
})
