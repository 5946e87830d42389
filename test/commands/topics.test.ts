// `undercurrent topics`, as processes on one data folder: each call sees what the one before made.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Home, newHome } from '../process.ts'

let home: Home
beforeAll(() => {
  home = newHome()
})
afterAll(() => home[Symbol.dispose]())
const topics = async (...args: string[]) => {
  const { code, stdout, stderr } = await home.run(['topics', ...args, '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('undercurrent topics', () => {
  test('adds, corrects, lists and drops', async () => {
    expect(await topics()).toEqual({ topics: [] })
    const made = await topics('add', 'harbour', '--query', 'habour', '--name', 'The harbour', '--target', 'dredging it')
    expect(made.topic).toMatchObject({ id: 'harbour', version: 1, name: 'The harbour', origin: 'user' })
    expect(made.topic.targets).toEqual([{ id: 'dredging-it', text: 'dredging it' }])
    const { topic } = await topics('add', 'harbour', '--query', 'harbour')
    expect(topic).toMatchObject({ version: 2, name: 'The harbour', targets: made.topic.targets })
    expect((await topics('list')).topics).toEqual([topic])
    expect(await topics('drop', 'harbour')).toEqual({ dropped: 'harbour' })
    expect((await topics('list')).topics).toEqual([])
    expect((await topics('add', 'harbour', '--query', 'harbour')).topic.version).toBe(3)
  })

  test('for a person it prints a line each', async () => {
    await topics('add', 'tides', '--query', 'tide*')
    const { stdout } = await home.run(['topics'])
    expect(stdout).toContain('tides  (version 1)  tides: tide*\n')
  })

  test('previews a query on what the log keeps', async () => {
    const { matched, kept, sample } = await topics('preview', 'harbour OR quay')
    expect({ matched, kept, sample }).toEqual({ matched: 0, kept: 0, sample: [] })
    const { stdout } = await home.run(['topics', 'preview', 'harbour'])
    expect(stdout).toBe('0 of 0 kept posts match\n')
  })

  test.for([
    [['add', 'x', '--query', 'harbour AND ("peace talks'], 14],
    [['add', 'x', '--query', 'harbour AND'], 9],
    [['preview', 'harbour OR OR quay'], 12],
  ] as const)('a query that does not parse is answered with its column: %j', async ([args, column]) => {
    const { code, stderr } = await home.run(['topics', ...args])
    expect(code).toBe(1)
    expect(stderr).toContain(`(column ${column} of the query)\n  `)
  })

  test.for([
    [['add'], 'an id is missing'],
    [['add', 'x'], '--query is missing'],
    [['add', 'No Slug', '--query', 'x'], '"No Slug" cannot be a topic id'],
    [['preview'], 'a query is missing'],
  ] as const)('what is missing is named: %j', async ([args, message]) => {
    const { code, stderr } = await home.run(['topics', ...args])
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })
})
