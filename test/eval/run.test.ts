import { execFile } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../errors.ts'
import { folderOf } from '../../eval/int8.ts'
import { evaluate, main, readArguments, wholeNames } from '../../eval/run.ts'
import { modelFolder } from '../analyze/model.ts'
import { writeWorld } from './world.ts'

const root = join(import.meta.dirname, '../..')
let world = ''
beforeAll(() => {
  world = writeWorld()
})
afterAll(() => rmSync(world, { recursive: true }))

describe('arguments', () => {
  test('default to everything, kept in docs/model', () => {
    const asked = readArguments([])
    expect(asked).toMatchObject({ only: wholeNames, split: 'test', out: join(root, 'docs/model') })
    expect(asked.model).toBe(join(root, 'models/undercurrent-minilm'))
  })

  test('a partial run, or one on val, does not replace the scorecard', () => {
    expect(readArguments(['--only=irony,hate'])).toMatchObject({ out: undefined, isPart: true })
    expect(readArguments(['--split', 'val']).out).toBeUndefined()
    expect(readArguments(['--only', 'intervals']).out).toBe(join(root, 'docs/model')) // files of its own
    expect(readArguments(['--only', 'intervals', '--split', 'val']).out).toBeUndefined()
    expect(readArguments(['--split', 'val', '--out', '/tmp/x']).out).toBe('/tmp/x')
  })

  test('strange ones are answered with the right ones', () => {
    expect(() => readArguments(['--only', 'irony,moods'])).toThrow(/moods/)
    expect(() => readArguments(['--split', 'train'])).toThrow(UserError)
    expect(() => readArguments(['--colour'])).toThrow(/--colour/)
  })
})

describe('a run', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'eval/run.ts'), '--model', modelFolder, ...args])

  test('goes through the real encoder and keeps what it printed, without a word of the posts', async () => {
    const out = mkdtempSync(join(tmpdir(), 'undercurrent-out-'))
    const { stdout, stderr } = await run('--data', world, '--only', 'irony,int8', '--out', out)
    const page = readFileSync(join(out, 'scorecard.md'), 'utf8')
    const card = JSON.parse(readFileSync(join(out, 'scorecard.json'), 'utf8'))
    expect(card.figures.map(({ name }: { name: string }) => name)).toEqual([
      'TweetEval irony',
      'ECE of irony: TweetEval',
    ])
    expect(card.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(stdout).toContain('int8 against fp32: SKIPPED')
    for (const text of [stdout, stderr, page]) expect(text).not.toContain('calm words')
    rmSync(out, { recursive: true })
  })

  test('without the data it says what to do and leaves with 2', async () => {
    const error = await run('--data', '/nowhere').catch((cause) => cause)
    expect(error.code).toBe(2)
    expect(error.stderr).toContain('no folder /nowhere')
    expect(error.stderr).toContain('--data')
    expect(error.stderr).not.toContain('at ') // no stack
  })

  test.each([[['--colour']], [['--only']], [['posts.csv']], [['--only', 'moods']]])(
    '%j is answered in a line',
    async (args) => {
      const said: string[] = []
      const told = vi.spyOn(console, 'error').mockImplementation((line) => said.push(line))
      expect(await main(args)).toBe(2)
      told.mockRestore()
      expect(said).toHaveLength(1)
    },
  )

  test('is on a copy of the model folder, which leaves nothing behind', async () => {
    const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('undercurrent-model-'))
    const before = new Set(copies())
    const asked = { data: world, model: modelFolder, only: ['int8'], split: 'val' } as const
    await evaluate({ ...asked, only: [...asked.only] }, 'test')
    await expect(evaluate({ ...asked, only: [...asked.only], model: '/nowhere' }, 'test')).rejects.toThrow(UserError)
    expect(copies().filter((name) => !before.has(name))).toEqual([])
  })

  test('a val run says that the calibration has seen these posts', async () => {
    const asked = { data: world, model: modelFolder, only: ['hate'], split: 'val' } as const
    const card = await evaluate({ ...asked, only: [...asked.only] }, 'test')
    expect(card.notes[0]!.said).toContain('fitted')
    expect(card).toMatchObject({ asked: 60, declined: 0, command: 'test' })
  })
})

describe('int8 against fp32', () => {
  test('the same graph agrees with itself and costs nothing', async () => {
    const fp32 = join(modelFolder, 'onnx/model_quantized.onnx')
    const asked = { data: world, model: modelFolder, only: ['int8'], split: 'val', fp32 } as const
    const { figures } = await evaluate({ ...asked, only: [...asked.only] }, 'test')
    expect(figures.map(({ value }) => value)).toEqual([1, 1, 1, 0, 0])
  })

  test('the folder in between is made of links', () => {
    const file = join(world, 'fp32.onnx')
    writeFileSync(file, 'graph')
    const folder = folderOf(modelFolder, file)
    expect(lstatSync(join(folder, 'labels.json')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'onnx/model.onnx'), 'utf8')).toBe('graph')
    expect(existsSync(join(folder, 'onnx/model_quantized.onnx'))).toBe(false)
    rmSync(folder, { recursive: true })
  })
})
