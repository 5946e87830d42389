// What a log must do with topics and settings: keep the latest beyond retention, and give those under a beginning of a key
// alone. Part of log.ts, split off for length.
import { expect, test } from 'vitest'
import type { Change } from '../../types.ts'
import { append, at, eventually, readAll } from './changes.ts'
import type { Parts } from './log.ts'

export function settling({ log, reopen }: Parts): void {
  const hour = 3_600_000
  const topic = (id: string, version: number): Change => {
    const definition = { id, name: id, query: id, targets: [], public: false, tags: [] }
    return { op: 'topic', topic: { ...definition, version, at: at(version), origin: 'user' } }
  }
  test('settings: every version of a topic until dropped, the latest of a key, and they outlive retention', async () => {
    await append(log(), [topic('x', 1), topic('x%', 1), topic('x', 2), topic('x', 2), topic('y', 1)])
    await append(log(), [
      { op: 'setting', key: 'k', value: 'old' },
      { op: 'setting', key: 'k', value: 'new' },
    ])
    await append(log(), [
      { op: 'topic.drop', id: 'y', version: null },
      { op: 'topic.drop', id: 'x', version: 1 },
    ])
    const want = [topic('x%', 1), topic('x', 2), { op: 'setting', key: 'k', value: 'new' }]
    const found = async () => (await log().settings()).map(({ change }) => change)
    expect(await found()).toEqual(want)
    await reopen({ now: () => Date.now() + 1_000 * hour })
    await eventually(async () => (await log().status()).oldest > (await log().status()).head)
    expect(await readAll(log())).toEqual([])
    expect(await found()).toEqual(want)
    const [first] = await log().settings()
    expect(first!.position).toBe(2)
  })
  test('settings under a beginning of their key: those alone, to the letter, and none that was taken back', async () => {
    const inside = ['a_', 'a_b', 'a_b:c', 'a_\u{10ffff}', 'a_\uffff', 'a_%', 'a_🕊']
    const outside = ['', 'a', 'ab', 'A_b', 'axb', 'a`', 'a^', 'b_', 'ba_b', '%', 'a\u0001']
    const put = (key: string, value: string | null): Change => ({ op: 'setting', key, value })
    await append(log(), [topic('a_b', 1), ...[...inside, ...outside].map((key) => put(key, 'x'))])
    await append(log(), [put('a_gone', 'x'), put('a_gone', null), put('a_never', null), put('a_b', 'y')])
    await reopen()
    const under = async (prefix?: string) =>
      (await log().settings(prefix)).map(({ change }) => (change.op === 'setting' ? change.key : change.op))
    // In the order they were set last.
    expect(await under('a_')).toEqual([...inside.filter((key) => key !== 'a_b'), 'a_b'])
    expect(await under('a_b:c')).toEqual(['a_b:c'])
    for (const none of ['a_c', 'a_gone', '_', 'a_b:cd', "' OR 1=1 --"]) expect(await under(none)).toEqual([])
    expect((await under('')).toSorted()).toEqual([...inside, ...outside].toSorted())
    expect((await under()).toSorted()).toEqual(['topic', ...inside, ...outside].toSorted())
  })
}
