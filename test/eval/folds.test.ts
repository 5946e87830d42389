import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderOf, folds, leftOut } from '../../eval/folds.ts'
import { studyOf, tellingModel, writeWorld } from './world.ts'

let root = ''
let folder = ''
beforeAll(() => {
  root = writeWorld()
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-folds-'))
})
afterAll(() => {
  for (const made of [root, folder]) rmSync(made, { recursive: true })
})

/** One folder that left out all, and within it one for each fold of `own`. */
const study = (own: string[]) => {
  rmSync(join(folder, 'folds'), { recursive: true, force: true })
  writeModel(folder, names)
  for (const name of own) writeModel(folderOf(folder, name), [name])
  return { ...studyOf(root, tellingModel()), folder }
}
const writeModel = (place: string, left: string[]) => {
  mkdirSync(join(place, 'onnx'), { recursive: true })
  writeFileSync(join(place, 'onnx/model_quantized.onnx'), place)
  writeFileSync(join(place, 'labels.json'), JSON.stringify({ leftOut: left }))
}
const names = folds.map(({ name }) => name)
/** Reads no target. */
const told = Promise.resolve(tellingModel({ blind: true }))
const never = () => Promise.reject(new Error('asked'))

describe('targets left out', () => {
  test('all three at once, and each alone of its own model: its own targets, three classes and who tells the sides', async () => {
    const opened: string[] = []
    const { figures, notes } = await leftOut((own) => {
      opened.push(own)
      return told
    })(study(names))
    const kinds = ['', ': AUC', ': AUC within targets', ': AUC within targets, tone']
    const named = ['all left out', 'left out alone'].flatMap((how) =>
      names.flatMap((name) => kinds.map((kind) => `${how}: ${name}${kind}`)),
    )
    expect(figures.map(({ name }) => name)).toEqual(named)
    const values = [0.5, 0.75, 0.75, 0.5, 0.75, 0.75].flatMap((tone) => [1, 1, 1, tone])
    // Who reads no target gives Ukraine the side that is Russia's.
    values[12] = (2 / 3 + 52 / 79 + 2 / 3) / 3
    expect(figures.map(({ value }) => value)).toEqual(values)
    const sizes = [80, 27, 27, 27, 120, 80, 80, 80, 120, 80, 80, 80]
    expect(figures.map(({ n }) => n)).toEqual([...sizes, ...sizes])
    expect(figures.map(({ floor }) => floor)).toEqual(Array(6).fill([0.45, 0.7, undefined, undefined]).flat())
    expect(opened).toEqual(names.map((name) => folderOf(folder, name)))
    expect(new Set(notes!.map((note) => /file (\w{64})\.$/.exec(note)![1])).size).toBe(3)
  })

  test('a fold without a model of its own is told, and the rest measured', async () => {
    const { figures, notes } = await leftOut(never)(study([]))
    expect(figures.length).toBe(12)
    expect(notes).toEqual(names.map((name) => `${name} left out alone was not measured: there is no model of its own.`))
  })

  test('the folds are those that training knows, by name', () => {
    const held = readFileSync(join(import.meta.dirname, '../../training/held.py'), 'utf8')
    const table = /FOLDS = \{(.*?)\}/s.exec(held)![1]!
    expect([...table.matchAll(/"([^"]+)": "/g)].map(([, name]) => name)).toEqual(names)
  })

  test.each([
    ['Russia and Ukraine', ['Russia', 'Ukraine']],
    ['abortion and feminism', ['legalization of abortion', 'the feminist movement']],
    ['atheism and climate', ['atheism', 'climate change is a real concern']],
  ])('%s asks about its targets and no other', (name, targets) => {
    const fold = folds.find((one) => one.name === name)!
    expect(new Set(fold.read(study(names)).map(({ target }) => target))).toEqual(new Set(targets))
  })

  test('a model that trained on what is asked is refused', async () => {
    const strange = study(names)
    writeModel(folder, names.slice(1))
    await expect(leftOut(never)(strange)).rejects.toThrow('trained on Russia and Ukraine')
    await expect(leftOut(never)(studyOf(root, tellingModel()))).rejects.toThrow(
      'trained on Russia and Ukraine; abortion',
    )
    writeModel(folder, names)
    writeModel(folderOf(folder, names[0]!), names.slice(1))
    await expect(leftOut(never)(strange)).rejects.toThrow('the model asked about Russia and Ukraine trained on Russia')
  })
})
