// A reservation grows with the stream and shrinks with it.
import { expect, test } from 'vitest'
import { createStride } from '../../ingest/stride.ts'

test('what does not last is doubled, up to eight steps, and what lasts is halved, down to one', () => {
  const stride = createStride(100)
  const at = (seconds: number) => {
    stride.next(seconds * 1_000)
    return stride.posts
  }
  expect(stride.posts).toBe(100)
  expect([at(0), at(1), at(2), at(3), at(6.9)]).toEqual([100, 200, 400, 800, 800])
  expect([at(20), at(40), at(60), at(80)]).toEqual([400, 200, 100, 100])
})
