import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Head, probabilities } from '../../analyze/labels.ts'
import { Reader, readThresholds, uncalibrated } from '../../eval/reader.ts'
import { tellingModel } from './world.ts'

const text = 'yes to trams'

test('answers come in order, a stance for each target', async () => {
  const reader = new Reader(tellingModel())
  const [a, b] = await reader.pairs('x', [
    { text: 'bad', targets: [] },
    { text, targets: ['trams', 'no more trams', 'bees'] },
  ])
  expect(a!.sentiment[0]).toBe(0.8)
  expect(a!.stance).toEqual([])
  expect(b!.stance.map((p) => p.indexOf(0.8))).toEqual([2, 0, 1])
  expect([reader.asked, reader.declined]).toEqual([2, 0])
})

test('a declined post is neutral, neither and without emotion, and is counted', async () => {
  const reader = new Reader(tellingModel())
  const [answer] = await reader.pairs('x', [{ text: '', targets: ['trams'] }])
  expect([answer!.sentiment, answer!.stance]).toEqual([[0, 1, 0], [[0, 1, 0]]])
  expect([answer!.irony, Math.max(...answer!.emotion), reader.declined]).toEqual([0, 0, 1])
})

test('every text is given as English, and nothing of it is kept or told', async () => {
  const model = tellingModel()
  const given: string[] = []
  const told: string[] = []
  const spy = {
    ...model,
    score: async (mentions: Parameters<typeof model.score>[0]) => {
      given.push(...mentions.map(({ post }) => `${post.lang} ${post.author}`))
      return model.score(mentions)
    },
  }
  const reader = new Reader(spy, (line) => told.push(line))
  await reader.posts('some', Array(600).fill('Guten Tag'))
  expect(new Set(given)).toEqual(new Set(['en null']))
  expect(given).toHaveLength(600)
  expect(told.join()).not.toContain('Guten')
})

test('the same set is asked once', async () => {
  const reader = new Reader(tellingModel())
  const first = await reader.posts('some', ['good', 'bad'])
  expect(await reader.posts('some', ['good', 'bad'])).toBe(first)
  expect(reader.asked).toBe(2)
})

test('thresholds are read from the folder, .5 where it has none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-thresholds-'))
  const binary = (name: string) => ({ labels: [name] })
  const heads = {
    irony: binary('irony'),
    offensive: binary('offensive'),
    hate: { ...binary('hate'), thresholds: [0.3] },
  }
  const sentiment = { labels: ['bad', 'good'], thresholds: [0.2, 0.8] }
  writeFileSync(
    join(folder, 'labels.json'),
    JSON.stringify({ heads: { ...heads, sentiment, emotion: { labels: ['a', 'b'] } } }),
  )
  const found = { sentiment: [0.2, 0.8], irony: [0.5], offensive: [0.5], hate: [0.3], emotion: [0.5, 0.5] }
  expect(await readThresholds(folder)).toEqual(found)
  writeFileSync(
    join(folder, 'labels.json'),
    JSON.stringify({ heads: { sentiment: { ...sentiment, thresholds: [0.2] } } }),
  )
  await expect(readThresholds(folder)).rejects.toThrow('heads.sentiment.thresholds must be a number above 0')
  rmSync(folder, { recursive: true })
})

const values = (p: Record<string, number>) => Object.values(p)
const plain = (head: Head): Head => ({ ...head, scale: head.scale.map(() => 1), bias: head.bias.map(() => 0) })

test.each<[string, Head]>([
  ['softmax', { kind: 'softmax', labels: ['a', 'b', 'c'], scale: [0.7, 0.7, 0.7], bias: [0.3, -0.2, 0.1] }],
  ['sigmoid', { kind: 'sigmoid', labels: ['a', 'b', 'c'], scale: [0.7, 1.4, 2], bias: [0.3, -0.2, -3] }],
])('calibration of a %s can be undone', (_, head) => {
  for (const outputs of [
    [0.2, -1, 2],
    [5, 5, -5],
    [-9, 0, 9],
  ])
    uncalibrated(values(probabilities(head, outputs)), head).forEach((p, k) => {
      expect(p).toBeCloseTo(values(probabilities(plain(head), outputs))[k]!, 6)
    })
  expect(uncalibrated([0, 1, 0], head).every(Number.isFinite)).toBe(true)
})
