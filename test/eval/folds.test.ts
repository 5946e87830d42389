import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

/** One folder that left out all, and one within for each fold; `left` of them are there. */
const study = (left: string[]) => {
  writeFileSync(join(folder, 'labels.json'), JSON.stringify({ leftOut: names }))
  rmSync(join(folder, 'folds'), { recursive: true, force: true })
  for (const name of left) {
    mkdirSync(folderOf(folder, name), { recursive: true })
    writeFileSync(join(folderOf(folder, name), 'labels.json'), JSON.stringify({ leftOut: [name] }))
  }
  return { ...studyOf(root, tellingModel()), folder }
}
const names = folds.map(({ name }) => name)

describe('targets left out', () => {
  test('each fold is its own targets, with three classes and an AUC, asked of its own model and of the one that left out all', async () => {
    const opened: string[] = []
    const { figures } = await leftOut((own) => {
      opened.push(own)
      return Promise.resolve(tellingModel())
    })(study(names))
    const own = names.flatMap((name) => [`left out: ${name}`, `left out: ${name}: AUC`])
    expect(figures.map(({ name }) => name)).toEqual([...own, ...own.map((name) => `all ${name}`)])
    expect(figures.map(({ value }) => value)).toEqual(Array(12).fill(1))
    const sizes = [80, 40 - 13, 120, 80, 120, 80]
    expect(figures.map(({ n }) => n)).toEqual([...sizes, ...sizes])
    expect(opened).toEqual(names.map((name) => folderOf(folder, name)))
    // The floors are asked of what the protocol says: one fold left out, the others trained.
    expect(figures.map(({ floor }) => floor)).toEqual([0.45, 0.7, 0.45, 0.7, 0.45, 0.7, ...Array(6).fill(undefined)])
  })

  test.each([
    ['Russia and Ukraine', ['Russia', 'Ukraine']],
    ['abortion and feminism', ['legalization of abortion', 'the feminist movement']],
    ['atheism and climate', ['atheism', 'climate change is a real concern']],
  ])('%s asks about its targets and no other', (name, targets) => {
    const fold = folds.find((one) => one.name === name)!
    expect(new Set(fold.read(study(names)).map(({ target }) => target))).toEqual(new Set(targets))
  })

  test('a model that trained on one of them, or is not there, is not asked', async () => {
    const never = () => Promise.reject(new Error('asked'))
    await expect(leftOut(never)(study(names.slice(1)))).rejects.toThrow('left out Russia and Ukraine')
    await expect(leftOut(never)(studyOf(root, tellingModel()))).rejects.toThrow('abortion and feminism')
    const strange = study(names)
    writeFileSync(join(folderOf(folder, names[0]!), 'labels.json'), JSON.stringify({ leftOut: names.slice(1) }))
    await expect(leftOut(never)(strange)).rejects.toThrow('holds no model that left out Russia and Ukraine')
  })
})
