// The posts of a window as perspectives read them: every live one, once, with hashes for authors and byte embeddings.
import { describe, expect, it } from 'vitest'
import { embeddingOf, vectorOf } from '../../store/vector.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, model, scoreOf, topic } from './scores.ts'

const filter = { topic, model, window: day }

describe('sample', () => {
  it('gives every live post of the window once, in a fixed order, and the first of them when fewer are asked for', async () => {
    const opened = await openEmbedded()
    const { store } = opened
    const scores = Array.from({ length: 30 }, (_, nr) =>
      scoreOf(`p${nr}`, {
        post: { author: `a${nr % 7}`, text: `words ${nr % 10}` },
        copy: `c${nr % 10}`,
        embedding: unit(nr),
      }),
    )
    await store.add(addition(scores))
    const all = await store.ask.sample(filter, 1_000)
    expect(all.map(({ id }) => id).sort()).toEqual(scores.map(({ mention }) => mention.post.id).sort())
    expect(new Set(all.map(({ author }) => author)).size).toBe(7)
    expect(JSON.stringify(all)).not.toMatch(/"a[0-6]"/)
    expect(all.every(({ copies }) => copies === 3)).toBe(true)
    expect((await store.ask.sample(filter, 5)).map(({ id }) => id)).toEqual(all.slice(0, 5).map(({ id }) => id))
    await opened.close()
  })

  it('keeps an embedding to within half a step of each dimension', async () => {
    const embedding = unit(3)
    const back = embeddingOf(vectorOf(embedding))!
    expect(Math.max(...embedding.map((x, at) => Math.abs(x - back[at]! / 127)))).toBeLessThan(0.5 / 127 + 1e-6)
    expect(embeddingOf('')).toBeNull()
  })
})

function unit(seed: number): Float32Array {
  const raw = Float32Array.from({ length: 384 }, (_, at) => Math.sin(seed * 7 + at * 1.3))
  const norm = Math.hypot(...raw)
  return raw.map((x) => x / norm)
}
