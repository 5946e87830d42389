// Calls over a port: both ways, with errors of the class they had, and an end that leaves nobody waiting.
import { MessageChannel } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { openCalls } from '../calls.ts'
import { BusyError, CorruptionError, packed, QueryError, TransientError, UserError, unpacked } from '../errors.ts'

interface There {
  double(x: number): Promise<number>
  fail(): Promise<void>
  odd(): Promise<unknown>
  forever(): Promise<void>
  heard(word: string): void
}

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

function pair(fail = () => Promise.reject(new Error('planted'))) {
  const { port1, port2 } = new MessageChannel()
  open.push(() => port1.close())
  const heard: string[] = []
  const here = openCalls<There>(port1, { half: async (x: number) => x / 2 })
  const there = openCalls<{ half(x: number): Promise<number> }>(port2, {
    double: async (x: number) => 4 * (await there.they.half(x)),
    fail,
    odd: async () => () => 'a function cannot be cloned',
    forever: () => new Promise(() => {}),
    heard: (word: string) => heard.push(word),
  })
  return { ...here, heard }
}

test('answers, also of what asks back, side by side', async () => {
  const { they } = pair()
  expect(await Promise.all([they.double(1), they.double(2), they.double(3)])).toEqual([2, 4, 6])
})

test('what is told arrives before a later answer', async () => {
  const { they, tell, heard } = pair()
  tell('heard', 'one')
  tell('heard', 'two')
  await they.double(1)
  expect(heard).toEqual(['one', 'two'])
})

const errors = [
  new UserError('no', 'do this', 404),
  new QueryError('no', 7, 'do that'),
  new BusyError('later', 'wait', 1_500),
  new TransientError('away', { afterMs: 20 }),
  new CorruptionError('broken'),
  new TypeError('odd'),
]

test.each(errors)('an error arrives as what it was: $name', async (error) => {
  const { they } = pair(() => Promise.reject(error))
  const got = await they.fail().catch((caught: unknown) => caught)
  expect(got).toBeInstanceOf(error.name === 'TypeError' ? Error : error.constructor)
  expect(got).toMatchObject({ ...error, name: error.name, message: error.message, stack: error.stack })
})

test.each(errors)('and over two threads: $name', (error) => {
  const there = unpacked(packed(unpacked(packed(error))))
  expect(there).toMatchObject({ ...error, name: error.name, message: error.message, stack: error.stack })
  expect(Object.keys(there).sort()).toEqual(Object.keys(unpacked(packed(error))).sort())
})

test('of an error that cannot be cloned, what can be is told', async () => {
  const { they } = pair(() => Promise.reject(Object.assign(new Error('odd'), { code: 7, socket: () => {} })))
  await expect(they.fail()).rejects.toMatchObject({ message: 'odd', code: 7 })
})

test('what is no error becomes one', () => {
  expect(unpacked(packed('a string'))).toBeInstanceOf(Error)
})

test('an answer that cannot be cloned fails, and nothing else does', async () => {
  const { they } = pair()
  await expect(they.odd()).rejects.toThrow('could not be cloned')
  expect(await they.double(1)).toBe(2)
})

test('its end rejects who waits and who comes', async () => {
  const { they, end } = pair()
  const waiting = they.forever()
  await they.double(1)
  end(new Error('over'))
  await expect(waiting).rejects.toThrow('over')
  await expect(they.double(1)).rejects.toThrow()
})
