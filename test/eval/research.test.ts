import { join } from 'node:path'
import { expect, test } from 'vitest'
import { research } from '../../eval/research.ts'

const folder = join(import.meta.dirname, '../../models/undercurrent-minilm')

test('an output that production does not show is read from the same file, in its own labels', async () => {
  const found = (await research(folder, 'goemotions', [
    'Thank you so much, that was kind of you',
    'The bus is at nine',
  ]))!
  expect(found.labels).toHaveLength(28)
  const top = found.p.map((row) => found.labels[row.indexOf(Math.max(...row))])
  expect(top).toEqual(['gratitude', 'neutral'])
  expect(found.thresholds).toHaveLength(28)
})

test('there is none of a name the model does not have', async () => {
  expect(await research(folder, 'moods', ['hello'])).toBeNull()
})
