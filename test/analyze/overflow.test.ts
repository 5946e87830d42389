import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { unsigned } from '../../analyze/overflow.ts'
import { cutsOff, modelFile, openSession, product } from '../../analyze/session.ts'
import { openTokens } from '../../analyze/tokens.ts'
import { modelFolder } from './model.ts'

const read = () => new Uint8Array(readFileSync(modelFile(modelFolder)))

test('an x64 machine cuts sums off where it has no VNNI, and no other does', async () => {
  const told = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : null
  if (process.arch !== 'x64' || told === null) expect(typeof (await cutsOff())).toBe('boolean')
  else expect(await cutsOff()).toBe(!/avx512_vnni|avx_vnni/.test(told))
})

describe('weights made unsigned', () => {
  test('are the four matrices of each of six layers with their zero points, byte for byte, and nothing else', () => {
    const [before, after] = [read(), unsigned(read())!]
    expect(after.length).toBe(before.length)
    let [flipped, types] = [0, 0]
    for (let at = 0; at < before.length; at++) {
      if (before[at] === after[at]) continue
      // A type is told once for each; all other bytes that change are elements.
      if (before[at] === 3 && after[at] === 2) types++
      else if ((before[at]! ^ after[at]!) === 0x80) flipped++
      else throw new Error(`byte ${at} is ${after[at]}, was ${before[at]}`)
    }
    const [width, inner] = [384, 1536]
    const columns = 3 * width + width + inner + width
    const elements = width * 3 * width + width * width + 2 * width * inner
    expect([types, flipped]).toEqual([6 * 4 * 2, 6 * (elements + columns)])
  })

  test('answer the same', async () => {
    const tokens = await openTokens(modelFolder, 128)
    const rows = ['They sit at one table at last, thank you', 'No deal, never!!'].map((text) =>
      tokens.row(text, ['direct peace talks']),
    )
    const answers = []
    for (const cut of [false, true]) {
      const session = await openSession(modelFolder, 1, { isCutOff: async () => cut })
      answers.push(await session.run(rows))
      await session.release()
    }
    // On a machine that cuts off, the signed ones are a little wrong.
    const most = (await cutsOff()) ? 1 : 1e-4
    for (const name of ['stance', 'sentiment', 'emotion', 'embedding']) {
      const [signed, exact] = answers.map((answer) => answer[name]!.values)
      for (const [at, value] of exact!.entries()) expect(Math.abs(value - signed![at]!), name).toBeLessThan(most)
    }
  })

  test('a file without such weights is left to be read from its place', () => {
    expect(unsigned(Buffer.from(product, 'base64'))).toBeNull()
  })

  test('what is no protobuf message is refused', () => {
    expect(() => unsigned(read().slice(0, 5_000_000))).toThrow('ends within a field')
    expect(() => unsigned(new Uint8Array([0x3c, 1]))).toThrow('wire type 4')
  })
})
