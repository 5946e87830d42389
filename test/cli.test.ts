// The command line as a user meets it: words, flags and mistakes, each answered with what to do. Real processes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Home, newHome } from './process.ts'

let home: Home
beforeAll(() => {
  home = newHome()
})
afterAll(() => home[Symbol.dispose]())

const lines = (text: string) => text.trimEnd().split('\n')

describe('words and flags', () => {
  test('--help tells every command; without a word it is told too, as a mistake', async () => {
    const [help, bare, word] = await Promise.all([home.run(['--help']), home.run([]), home.run(['up', '-h'])])
    for (const command of ['up', 'import', 'score', 'rescore', 'topics', 'alerts', 'doctor', 'key'])
      expect(help.stdout).toMatch(new RegExp(`^  undercurrent ${command} `, 'm'))
    expect([help.code, bare.code, word.code]).toEqual([0, 2, 0])
    expect(bare.stdout).toBe(help.stdout)
    expect(help.stderr).toBe('')
  })

  test.for([
    [['topcs'], 'there is no command "topcs"', 'Did you mean topics?'],
    [['frobnicate'], 'there is no command "frobnicate"', 'See undercurrent --help.'],
    [['serve'], '"serve" needs a store that several processes share', 'UNDERCURRENT_STORE_URL'],
    [['up', '--prot', '1'], "Unknown option '--prot'", 'Did you mean --port?'],
    [['up', '--frobnicate'], "Unknown option '--frobnicate'", 'See undercurrent --help.'],
    [['up', '--offline=3'], "'--offline' does not take an argument", 'See undercurrent --help.'],
    [['up', '--port', '77777'], '"77777" is no port', 'from 0 (any free port) to 65535'],
    [['up', '--config', 'nowhere.yaml'], 'cannot read', 'Check the path'],
    [['rescore', '--model', 'nowhere'], 'nowhere', 'docs/model-folder.md'],
    [['rescore', '--from', 'soon'], '--from "soon" is no time', 'how far back'],
    [['import'], 'import needs a file', 'undercurrent import posts.ndjson'],
    [['import', 'x.csv', '--map', 'text'], '--map "text" is not field=column', 'text=Tweet'],
  ] as const)('%j is answered with what to do', async ([args, message, hint]) => {
    const { code, stdout, stderr } = await home.run([...args])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(lines(stderr)).toHaveLength(2)
    expect(stderr).toContain(`undercurrent: `)
    expect(stderr).toContain(message)
    expect(stderr).toContain(hint)
  })
})

describe('the configuration file', () => {
  test.for([
    ['sources:\n  bluesky:\n    rewnd: 6h\n', ':3:5: sources.bluesky has no setting "rewnd"; did you mean "rewind"?'],
    ['sample: true\ntopcis: []\n', ':2:1: the file has no setting "topcis"; did you mean "topics"?'],
    ['topics:\n  - id: a\n    query: "(a"\n', 'topic "a": '],
    ['topics: [\n', ':2:1'],
  ] as const)('a mistake is told with its line: %j', async ([text, message]) => {
    const config = home.file('mistake.yaml', text)
    const { code, stderr } = await home.run(['up', '--config', config, '--port', '0', '--data', 'mistaken'])
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(lines(stderr)).toHaveLength(2)
  })
})

test('a query that does not parse is answered with its column', async () => {
  const { code, stderr } = await home.run(['topics', 'add', 'x', '--query', 'harbour AND ("peace talks'])
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'undercurrent: this quote is never closed (column 14 of the query)\n  add a closing " after the phrase\n',
  })
})

test('what is made by one process is seen by the next', async () => {
  expect((await home.run(['topics', 'add', 'tides', '--query', 'tide*'])).code).toBe(0)
  const { code, stdout, stderr } = await home.run(['topics', 'list', '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout).topics).toMatchObject([{ id: 'tides', version: 1 }])
})

test('the key is made once and printed alone', async () => {
  const first = await home.run(['key'])
  expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^uc_[\w-]{32}\n$/) })
  const again = await home.run(['key', '--json'])
  expect(JSON.parse(again.stdout)).toEqual({ key: first.stdout.trim() })
})
