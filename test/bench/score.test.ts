import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { benchScore, makeTexts } from '../../bench/score.ts'
import { modelFolder } from '../analyze/model.ts'

test('texts are made from the seed, all different, with lengths like posts have', () => {
  const texts = makeTexts(3_000, 1)
  expect(makeTexts(3_000, 1)).toEqual(texts)
  expect(makeTexts(3_000, 2)).not.toEqual(texts)
  expect(new Set(texts).size).toBe(3_000)
  const words = texts.map((text) => text.split(' ').length).sort((a, b) => a - b)
  expect(words[300]).toBeLessThan(9)
  expect(words[2_700]).toBeGreaterThan(28)
})

test('measures both ways and prints them', async () => {
  const lines: string[] = []
  const speeds = await benchScore({ folder: modelFolder, posts: 40, rounds: 1, print: (line) => lines.push(line) })
  expect(speeds.ours.waste).toBeGreaterThan(0)
  expect(speeds.ours.waste).toBeLessThan(0.1)
  expect(speeds.plain.waste).toBeGreaterThan(0.2)
  for (const { postsPerSecond, postsPerCpuSecond } of [speeds.ours, speeds.plain]) {
    expect(postsPerSecond).toBeGreaterThan(1)
    expect(postsPerCpuSecond).toBeGreaterThan(1)
  }
  expect(lines.join('\n')).toMatch(/undercurrent .*posts\/CPU-s, padding \d\.\d %/)
  expect(lines.at(-1)).toContain('the rivals in Python were not measured')
})

const place = mkdtempSync(join(tmpdir(), 'undercurrent-python-'))
afterAll(() => rmSync(place, { recursive: true }))

/** An interpreter that answers as told, one line for each it reads. */
function fakePython(lines: string): string {
  const path = join(mkdtempSync(join(place, 'python-')), 'python')
  writeFileSync(path, `#!${process.execPath}\n${lines}\n`, { mode: 0o755 })
  return path
}
const ready = `console.log('{"ready": [], "versions": {"torch": "2"}, "operations": 4}')`

test('rivals are asked every so-manyth post, and told beside ours', async () => {
  const python = fakePython(`${ready}
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { rival, texts } = JSON.parse(line)
      const seconds = texts.length / (rival === 'roberta' ? 2 : 50)
      console.log(JSON.stringify({ seconds, cpuSeconds: seconds, waste: rival === 'onnx' ? 0.25 : 0 }))
    })`)
  const lines: string[] = []
  const asked = { folder: modelFolder, posts: 40, rounds: 1, python, print: (line: string) => lines.push(line) }
  const { alone, onnx, passes, pipeline, roberta, peak, versions } = await benchScore(asked)
  expect(alone!.postsPerCpuSecond).toBeGreaterThan(1)
  expect([onnx, passes, pipeline, roberta].map((one) => one!.postsPerCpuSecond)).toEqual([50, 50, 50, 2])
  expect(onnx!.waste).toBe(0.25)
  expect(peak!.measured).toBe(200)
  expect(versions).toEqual({ torch: '2' })
  expect(lines.join('\n')).toMatch(
    /three pipelines, roberta-base \(1 thread\) +2\.0 posts\/s +2\.0 posts\/CPU-s.*ours is/,
  )
})

test.each([
  ['says something else', `console.log('hello'); setInterval(() => {}, 1000)`],
  ['ends before it answers', `${ready}; process.stdin.once('data', () => process.exit(1))`],
])('a Python that %s is told and ended', async (_, script) => {
  const asked = benchScore({ folder: modelFolder, posts: 4, rounds: 1, python: fakePython(script), print: () => {} })
  await expect(asked).rejects.toThrow('could not run bench/rivals.py')
})

test('without the Python it names, it says what to install', async () => {
  const asked = benchScore({ folder: modelFolder, posts: 4, rounds: 1, python: '/nowhere/python', print: () => {} })
  await expect(asked).rejects.toThrow('/nowhere/python could not run bench/rivals.py')
})
