// docs/webhooks.md is true: its lines in Node, Python and PHP verify what we sign and nothing else, its example has the shape
// that is sent, and its numbers are those of the code.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { owedOf } from '../dashboards/owed.ts'
import { makeSecret, signatureHeaders } from '../signature.ts'
import { edition } from './doubles/edition.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/webhooks.md'), 'utf8')
const blockOf = (language: string) => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)![1]!
const folder = mkdtempSync(join(tmpdir(), 'uc-page-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Verify = (secret: string, headers: Record<string, string>, body: string) => boolean
const body = JSON.stringify({ text: 'naïve? 😀' })
const sign = (secrets: string[], nowMs = Date.now()) => signatureHeaders({ id: 'msg_1', nowMs, body }, secrets)

const inPython: Verify = (...call) => {
  writeFileSync(join(folder, 'verify.py'), blockOf('python'))
  const lines = `import json, sys\nfrom verify import verify\ns, h, b = json.load(sys.stdin)\nprint(verify(s, h, b.encode()))`
  return (
    execFileSync('python3', ['-c', lines], { cwd: folder, input: JSON.stringify(call), encoding: 'utf8' }).trim() ===
    'True'
  )
}
const inNode: Verify = (secret, headers, given) => {
  writeFileSync(join(folder, 'verify.mjs'), blockOf('js'))
  const lines = `import { verify } from './verify.mjs'\nconst [s, h, b] = JSON.parse(process.argv[1])\nconsole.log(verify(s, h, Buffer.from(b)))`
  const args = ['--input-type=module', '-e', lines, JSON.stringify([secret, headers, given])]
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).trim() === 'true'
}
const inPhp: Verify = (...call) => {
  const lines = `[$s, $h, $b] = json_decode(file_get_contents('php://stdin'), true); var_dump(verify($s, $h, $b));`
  const input = JSON.stringify(call)
  return execFileSync('php', ['-r', blockOf('php') + lines], { input, encoding: 'utf8' }).trim() === 'bool(true)'
}
const hasPhp = spawnSync('php', ['--version']).status === 0
const hasPython = spawnSync('python3', ['--version']).status === 0

describe.each<[string, Verify, boolean]>([
  ['Node', inNode, true],
  // Not on every machine that runs the tests.
  ['Python', inPython, hasPython],
  ['PHP', inPhp, hasPhp],
])('the lines in %s', (_, verify, isHere) => {
  test.skipIf(!isHere)('take what we sign, with one secret or while it is replaced', () => {
    const [secret, old] = [makeSecret(), makeSecret()]
    expect(verify(secret, sign([secret]), body)).toBe(true)
    expect(verify(old, sign([secret, old]), body)).toBe(true)
  })

  test.skipIf(!isHere)('refuse another secret, another body, another id, and what is old', () => {
    const secret = makeSecret()
    expect(verify(makeSecret(), sign([secret]), body)).toBe(false)
    expect(verify(secret, sign([secret]), `${body} `)).toBe(false)
    expect(verify(secret, { ...sign([secret]), 'webhook-id': 'msg_2' }, body)).toBe(false)
    expect(verify(secret, sign([secret], Date.now() - 400_000), body)).toBe(false)
    expect(verify(secret, { ...sign([secret]), 'webhook-timestamp': 'now' }, body)).toBe(false)
  })
})

test('the example has the fields that are sent', () => {
  const at = '2026-05-01T12:00:00.000Z'
  const webhook = { id: 'a', url: 'https://site.example', topics: [], stories: [], at, disabled: null }
  const newest = edition('peace-talks', 7)
  const subject = { key: 'peace-talks', topic: 'peace-talks', story: null }
  const sent = JSON.parse(owedOf({ webhook, subject, told: undefined }, { newest, places: [], origin: null })!.body)
  const shown = JSON.parse(blockOf('json'))
  expect(Object.keys(shown)).toEqual(Object.keys(sent))
  expect(Object.keys(shown.data)).toEqual(Object.keys(sent.data))
  expect(shown.data.urls).toEqual(sent.data.urls)
})
