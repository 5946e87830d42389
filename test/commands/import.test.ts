// `undercurrent import`: NDJSON and CSV from files and stdin, alone and beside a running process, with the real model.
import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Home, newHome } from '../process.ts'

let home: Home
beforeAll(() => {
  home = newHome()
})
afterAll(() => home[Symbol.dispose]())

const post = (id: number | string, text: string, more: object = {}) =>
  JSON.stringify({ id: String(id), author: `author ${id}`, text, at: '2026-11-20T10:00:00Z', lang: 'en', ...more })
const imported = async (args: string[], stdin?: string) => {
  const { code, stdout, stderr } = await home.run(['import', ...args, '--json'], stdin)
  return { code, stderr, report: stdout ? JSON.parse(stdout) : null }
}

describe('alone', () => {
  test('NDJSON: good lines are taken, a bad one is named and makes exit code 3; a second time it resumes', async () => {
    const lines = [post(1, 'the harbour is lovely'), '{"id":"2"', post(3, 'a hill'), post(4, 'harbour, again closed')]
    const file = home.file('posts.ndjson', `${lines.join('\n')}\n`)
    const first = await home.run([
      'import',
      file,
      '--topic',
      'harbour',
      '--query',
      'harbour',
      '--target',
      'the harbour',
    ])
    expect(first.stderr).toMatch(/^line 2: malformed: .+\n$/)
    expect(first.stdout).toBe('3 changes imported from 4 lines, 1 rejected; topic harbour has 2 posts\n')
    expect(first.code).toBe(3)

    const again = await imported([file, '--topic', 'harbour'])
    expect(again).toMatchObject({ code: 0, report: { resumedAt: 4, accepted: 0, rejected: 0, posts: 2 } })
    appendFileSync(file, `${post(5, 'harbour five')}\n${JSON.stringify({ op: 'delete', id: '1' })}\n`)
    const grown = await imported([file, '--topic', 'harbour'])
    expect(grown).toMatchObject({ code: 0, report: { resumedAt: 4, lines: 6, accepted: 2, posts: 2 } })
    const whole = await imported([file, '--topic', 'harbour', '--restart'])
    expect(whole).toMatchObject({ code: 3, report: { resumedAt: 0, lines: 6, posts: 2 } })
  })

  test('CSV with a map, and stdin', async () => {
    const csv = 'nr,Tweet,when\n7,"the quay, at night",2026-11-20T11:00:00Z\n8,a hill,2026-11-20T11:00:00Z\n'
    const file = home.file('tweets.csv', csv)
    const map = ['--map', 'id=nr,text=Tweet', '--map', 'at=when']
    const table = await imported([file, '--topic', 'quay', '--query', 'quay', ...map])
    expect(table).toMatchObject({ code: 0, report: { topic: 'quay', accepted: 2, posts: 1 } })
    const piped = await imported(['-', '--topic', 'quay'], `${post(9, 'the old quay')}\n`)
    expect(piped).toMatchObject({ code: 0, report: { accepted: 1, posts: 2 } })
  })

  test.for([
    [['nowhere.ndjson'], 'the file nowhere.ndjson is not there'],
    [['.', '--topic', 'quay'], '. is not a file'],
    [['posts.ndjson', '--topic', 'unheard-of'], 'there is no topic "unheard-of" yet'],
    [['posts.ndjson', '--topic', 'x', '--query', '('], '(column '],
  ] as const)('%j is answered with what to do', async ([args, message]) => {
    const { code, stderr } = await imported([...args])
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(2)
  })
})

describe('beside a running process', () => {
  test('the posts go through the one that runs, which shows them; topics made beside it are followed', async () => {
    const up = await home.up()
    const file = home.file('more.ndjson', `${post('a', 'a pier')}\n${post('b', 'the pier again')}\n`)
    const { code, report } = await imported([file, '--topic', 'pier', '--query', 'pier'])
    expect({ code, posts: report.posts }).toEqual({ code: 0, posts: 2 })
    const { posts } = await up.get<{ posts: { id: string; sentiment: object }[] }>('/v1/topics/pier/posts')
    expect(posts.map(({ id }) => id).sort()).toEqual(['a', 'b'])
    expect(Object.keys(posts[0]!.sentiment)).toHaveLength(3)
    expect(await home.run(['topics', 'preview', 'pier'])).toMatchObject({ code: 0 })
    expect(await home.run(['topics', 'drop', 'pier'])).toMatchObject({ code: 0 })
    await up.settled()
    const { topics } = await up.get<{ topics: { id: string }[] }>('/v1/topics')
    expect(topics.map(({ id }) => id)).not.toContain('pier')
    expect(await up.end('SIGTERM')).toBe(0)
  })
})
