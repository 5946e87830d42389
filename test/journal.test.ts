// The journal: one JSON line per event on stderr, warnings for errors, nothing below its level. In a real process.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { silent } from '../journal.ts'

const run = promisify(execFile)
const file = join(import.meta.dirname, '../journal.ts')

async function noted(level: string, calls: string): Promise<{ stdout: string; lines: Record<string, unknown>[] }> {
  const script = `import { openJournal } from ${JSON.stringify(file)}; const note = openJournal('${level}'); ${calls}`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script])
  return {
    stdout,
    lines: stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line)),
  }
}

describe('openJournal', () => {
  test('one line per event with its fields and an ISO time, on stderr alone', async () => {
    const { stdout, lines } = await noted('info', `note('history filled', { topics: 2 })`)
    expect(stdout).toBe('')
    expect(lines).toEqual([{ level: 30, time: expect.stringMatching(/^\d{4}-.*Z$/), topics: 2, msg: 'history filled' }])
  })

  test('an error makes a warning of its sentence, never of its stack', async () => {
    const { lines } = await noted('info', `note('failed', { error: new Error('no room') }); note('odd', { error: 5 })`)
    expect(lines).toMatchObject([
      { level: 40, error: 'no room', msg: 'failed' },
      { level: 40, error: '5', msg: 'odd' },
    ])
    expect(JSON.stringify(lines)).not.toContain(' at ')
  })

  test('below its level nothing is written', async () => {
    const calls = `note('quiet', { n: 1 }); note('loud', { error: 'x' })`
    expect((await noted('warn', calls)).lines).toMatchObject([{ msg: 'loud' }])
    expect((await noted('silent', calls)).lines).toEqual([])
  })

  test('is written before the process is killed', async () => {
    const script = `note('last words', {}); process.kill(process.pid, 'SIGKILL')`
    const failed = await noted('info', script).catch((error: { stderr: string }) => error)
    expect((failed as { stderr: string }).stderr).toContain('last words')
  })
})

test('the silent note says nothing', () => {
  expect(silent('event', {})).toBeUndefined()
})
