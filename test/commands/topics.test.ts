// `undercurrent topics` on one data folder: each call sees what the one before made. Called as the CLI calls it; the
// processes themselves are tested in test/cli.test.ts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { topics as command } from '../../commands/topics.ts'
import { type Config, readConfig } from '../../config.ts'
import { QueryError, UserError } from '../../errors.ts'
import { openLog } from '../../pipeline.ts'
import { at } from '../analyze/loop.ts'

let folder: string
let config: Config
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-topics-'))
  config = readConfig({ data: folder }, {})
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Words {
  query?: string
  name?: string
  target?: string[]
}

/** What it prints. */
async function printed(words: string[], more: Words & { json?: boolean } = {}): Promise<string> {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {})
  expect(await command(config, { flags: {}, words, json: false, ...more })).toBe(0)
  const text = print.mock.calls.map(([line]) => line).join('\n')
  print.mockRestore()
  return text
}
const topics = async (words: string[], more: Words = {}) => JSON.parse(await printed(words, { ...more, json: true }))

describe('undercurrent topics', () => {
  test('adds, corrects, lists and drops', async () => {
    expect(await topics([])).toEqual({ topics: [] })
    expect(await printed([])).toContain('No topics yet: undercurrent topics add ID --query Q')
    const words = { query: 'habour', name: 'The harbour', target: ['dredging it'] }
    const made = await topics(['add', 'harbour'], words)
    expect(made.topic).toMatchObject({ id: 'harbour', version: 1, name: 'The harbour', origin: 'user' })
    expect(made.topic.targets).toEqual([{ id: 'dredging-it', text: 'dredging it' }])
    const { topic } = await topics(['add', 'harbour'], { query: 'harbour' })
    expect(topic).toMatchObject({ version: 2, name: 'The harbour', targets: made.topic.targets })
    expect((await topics(['list'])).topics).toEqual([topic])
    expect(await printed(['list'])).toBe('harbour  (version 2)  The harbour: harbour')
    expect(await topics(['drop', 'harbour'])).toEqual({ dropped: 'harbour' })
    expect((await topics(['list'])).topics).toEqual([])
    expect((await topics(['add', 'harbour'], { query: 'harbour' })).topic.version).toBe(3)
  })

  test('previews a query on what the log keeps', async () => {
    expect(await printed(['preview', 'harbour'])).toBe('0 of 0 kept posts match')
    {
      await using log = await openLog(config)
      const unsaid = { likes: null, reposts: null, replyTo: null, revision: null, quotable: true, lang: null }
      const post = { op: 'create', source: 'test', author: null, at: at(0), ...unsaid } as const
      const changes = ['a harbour\nat night', 'a hill', 'the quay'].map((text) => ({ ...post, id: text, text }))
      await log.append({ source: 'test', changes, cursor: null })
    }
    const { matched, kept, sample } = await topics(['preview', 'harbour OR quay'])
    expect([matched, kept, sample.length]).toEqual([2, 3, 2])
    const lines = (await printed(['preview', 'harbour'])).split('\n')
    expect(lines).toEqual(['1 of 3 kept posts match', '  2026-11-20T00:00  "a harbour\\nat night"'])
  })

  test.for([
    [['add', 'x'], 'harbour AND ("peace talks', 14],
    [['add', 'x'], 'harbour AND', 9],
    [['preview', 'harbour OR OR quay'], undefined, 12],
  ] as const)('a query that does not parse is answered with its column: %j %s', async ([words, query, column]) => {
    const failure = command(config, { flags: {}, words: [...words], json: false, query })
    await expect(failure).rejects.toThrow(QueryError)
    await expect(failure).rejects.toMatchObject({ column })
  })

  test.for([
    [['add'], 'an id is missing'],
    [['add', 'x'], '--query is missing'],
    [['preview'], 'a query is missing'],
    [['drop', 'nothing'], 'there is no topic "nothing"'],
    [['rename'], 'topics cannot "rename"'],
  ] as const)('what is missing is named: %j', async ([words, message]) => {
    const failure = command(config, { flags: {}, words: [...words], json: false })
    await expect(failure).rejects.toThrow(UserError)
    await expect(failure).rejects.toThrow(message)
  })
})
