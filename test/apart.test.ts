// Near-copies found on a thread of its own are those that are found here; several who ask get their own answers.
import { expect, test } from 'vitest'
import { nearCopiesApart } from '../apart.ts'
import { nearCopies } from '../copies.ts'
import { seeded, texts } from './doubles/posts.ts'

const said = (seed: number, count: number) => {
  const next = texts(seeded(seed), 1)
  return Array.from({ length: count }, () => next().text)
}

test('of few texts and of many, asked for at once', async () => {
  const asked = [said(1, 20), said(2, 1_500), said(3, 900), ['x'.repeat(5_000), ...said(4, 700)]]
  const answers = await Promise.all(asked.map(nearCopiesApart))
  expect(answers).toEqual(asked.map(nearCopies))
  expect(new Set(answers[1]).size).toBeLessThan(1_500)
})
