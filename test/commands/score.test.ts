// `undercurrent score`: lines in, lines out, in order, and nothing else on stdout. With the real model, no store.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modelFolder } from '../analyze/model.ts'
import { newHome } from '../process.ts'

test('one line per line, in order; a line that is none is answered as one; no data folder is made', async () => {
  using home = newHome()
  const lines = [
    { id: 'a', text: 'I love this harbour', lang: 'en', target: 'the harbour' },
    { id: 'b', text: 'what a dreadful ferry', lang: 'en' },
    { id: 'c', text: 'https://example.org/1', lang: 'en' },
  ].map((line) => JSON.stringify(line))
  const input = [lines[0], 'not json', lines[1], lines[2]].join('\n')
  const { code, stdout } = await home.run(['score'], `${input}\n`)
  const out = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(code).toBe(0)
  expect(out).toHaveLength(4)
  expect(out.map(({ id }) => id ?? null)).toEqual(['a', null, 'b', 'c'])
  expect(Object.keys(out[0].sentiment).sort()).toEqual(['negative', 'neutral', 'positive'])
  expect(Object.keys(out[0].stance).sort()).toEqual(['against', 'favor', 'neither'])
  expect(out[2].stance).toBeNull()
  const sum = Object.values<number>(out[2].sentiment).reduce((all, one) => all + one, 0)
  expect(sum).toBeCloseTo(1, 2)
  expect([out[1].skipped, out[3].skipped]).toEqual([expect.any(String), 'empty'])
  expect(existsSync(join(home.folder, 'data'))).toBe(false)
})

test('no input is no output', async () => {
  using home = newHome()
  expect(await home.run(['score'])).toMatchObject({ code: 0, stdout: '' })
})

test('another model is read where it is named, and never ours in its place', async () => {
  using home = newHome()
  const { code, stdout, stderr } = await home.run(['score', '--model', home.folder], '{"text":"hello"}\n')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(`${join(home.folder, 'labels.json')} cannot be read`)
  const named = await home.run(['score', '--model', modelFolder], '{"text":"hello","lang":"en"}\n')
  expect(JSON.parse(named.stdout).model).toMatch(/^undercurrent-minilm@/)
})
