import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folds, leftOut } from '../../eval/folds.ts'
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

const study = (left: string[]) => {
  writeFileSync(join(folder, 'labels.json'), JSON.stringify({ leftOut: left }))
  return { ...studyOf(root, tellingModel()), folder }
}
const names = folds.map(({ name }) => name)

describe('targets left out', () => {
  test('each fold is its own targets, with three classes and an AUC', async () => {
    const { figures } = await leftOut(study(names))
    expect(figures.map(({ name }) => name)).toEqual(
      names.flatMap((name) => [`left out: ${name}`, `left out: ${name}: AUC`]),
    )
    expect(figures.map(({ value }) => value)).toEqual([1, 1, 1, 1, 1, 1])
    expect(figures.map(({ n }) => n)).toEqual([80, 40 - 13, 120, 80, 120, 80])
  })

  test.each([
    ['Russia and Ukraine', ['Russia', 'Ukraine']],
    ['abortion and feminism', ['legalization of abortion', 'the feminist movement']],
    ['atheism and climate', ['atheism', 'climate change is a real concern']],
  ])('%s asks about its targets and no other', (name, targets) => {
    const fold = folds.find((one) => one.name === name)!
    expect(new Set(fold.read(study(names)).map(({ target }) => target))).toEqual(new Set(targets))
  })

  test('a model that trained on one of them is not asked', async () => {
    await expect(leftOut(study(names.slice(1)))).rejects.toThrow('the model trained on Russia and Ukraine')
    await expect(leftOut(studyOf(root, tellingModel()))).rejects.toThrow('abortion and feminism')
  })
})
