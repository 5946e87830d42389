import { expect, test } from 'vitest'
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
  expect(speeds.ours.waste).toBe(0)
  expect(speeds.plain.waste).toBeGreaterThan(0.2)
  for (const { postsPerSecond, postsPerCpuSecond } of [speeds.ours, speeds.plain]) {
    expect(postsPerSecond).toBeGreaterThan(1)
    expect(postsPerCpuSecond).toBeGreaterThan(1)
  }
  expect(lines.join('\n')).toMatch(/posts\/CPU-s, padding 0\.0 %/)
  expect(lines.at(-1)).toContain('the rivals in Python were not measured')
})

test('without the Python it names, it says what to install', async () => {
  const asked = benchScore({ folder: modelFolder, posts: 4, rounds: 1, python: '/nowhere/python', print: () => {} })
  await expect(asked).rejects.toThrow('/nowhere/python could not run bench/rivals.py')
})
