// A paragraph is computed once for each state of its posts, and never older than the store.
import { expect, test } from 'vitest'
import type { Questions } from '../../answers.ts'
import type { Narrate } from '../../conclusions.ts'
import { openPerspectives, openWriter, openWritten, restsOn } from '../../perspectives/kept.ts'
import { narrate as builtIn } from '../../perspectives/narrate.ts'
import type { Sources } from '../../perspectives/perspectives.ts'
import { crowd, modelError, storeOf, topic, window } from './crowd.ts'

const never = new AbortController().signal
const sourcesOf = (ask: Questions, more: Partial<Sources> = {}): Sources & { ask: Questions } => ({
  ...{ model: 'test@1', modelError, languages: ['en'], code: '0.1.0' },
  ...more,
  ask,
})

const onceWritten = () => {
  const sources = sourcesOf(storeOf(crowd()).ask)
  return openWritten(sources, openWriter(sources))(topic, window)
}

test('while the fingerprint has not moved, it costs one question', async () => {
  const { ask, asked, held } = storeOf(crowd())
  const read = openPerspectives(sourcesOf(ask))
  const first = await read(topic, window)
  asked.length = 0
  expect(await read(topic, window)).toBe(first)
  expect(asked).toEqual(['fingerprint'])
  held.pop()
  expect(await read(topic, window)).not.toBe(first)
})

test('per window, version and name of the topic', async () => {
  const { ask } = storeOf(crowd())
  const read = openPerspectives(sourcesOf(ask))
  const told = [
    await read(topic, window),
    await read(topic, { ...window, to: '2026-01-01T18:00:00.000Z' }),
    await read({ ...topic, version: 2 }, window),
    await read({ ...topic, name: 'buses without fares' }, window),
  ]
  expect(new Set(told).size).toBe(4)
  expect(told[3]!.text).toContain('buses without fares')
})

test('rests on its window and the one before it', () => {
  expect(restsOn(topic, 'test@1', window)).toEqual({
    topic: { topic: topic.id, version: 1 },
    model: 'test@1',
    window: { from: '2025-12-31T00:00:00.000Z', to: window.to },
  })
})

test('a deleted quote is gone with the next reader', async () => {
  const { ask, held } = storeOf(crowd())
  const read = openPerspectives(sourcesOf(ask))
  const before = await read(topic, window)
  const quote = before.claims.flatMap(({ quotes }) => quotes)[0]!
  expect(before.text).toContain(quote.text)
  held.splice(
    held.findIndex(({ id }) => id === quote.post),
    1,
  ) // prettier-ignore
  expect((await read(topic, window)).text).not.toContain(quote.text)
})

test('two readers at once cost one', async () => {
  let written = 0
  const write = async () => {
    written++
    return onceWritten()
  }
  const read = openPerspectives(sourcesOf(storeOf(crowd()).ask), write)
  const [one, other] = await Promise.all([read(topic, window), read(topic, window)])
  expect(other).toBe(one)
  expect(written).toBe(1)
})

test('a failure is not kept', async () => {
  let failures = 1
  const narrate: Narrate = async (book) => {
    if (failures-- > 0) throw new Error('planted')
    return builtIn(book, never)
  }
  const read = openPerspectives(sourcesOf(storeOf(crowd()).ask, { narrate }))
  await expect(read(topic, window)).rejects.toThrow('planted')
  expect((await read(topic, window)).refusal).toBeNull()
})

test('at most a thousand are kept, and those asked for last', async () => {
  let written = 0
  const told = await onceWritten()
  const read = openPerspectives(sourcesOf(storeOf(crowd()).ask), async () => {
    written++
    return told
  })
  for (let version = 1; version <= 1_001; version++) await read({ ...topic, version }, window)
  await read({ ...topic, version: 2 }, window)
  expect(written).toBe(1_001)
  await read({ ...topic, version: 1 }, window)
  expect(written).toBe(1_002)
})

test('its hash names the posts, then the claims', async () => {
  const { ask, held } = storeOf(crowd())
  const read = openPerspectives(sourcesOf(ask))
  const hashOf = async () => (await read(topic, window)).manifest.hash.split('-')
  const [posts, claims] = await hashOf()
  held.push({ ...held[0]!, id: 'in the window before', at: '2025-12-31T12:00:00.000Z', skipped: 'language' })
  const [other, same] = await hashOf()
  expect(other).not.toBe(posts)
  expect(same).toBe(claims)
})
