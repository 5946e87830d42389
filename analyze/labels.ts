// What a model folder says about itself (labels.json), checked, and raw outputs -> calibrated probabilities.
// Everything in the file is checked once, when the model is opened: an error names the file, the field and what to do.
// After that nothing here can fail, and nothing here reads the world again.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import type { ModelError, ModelErrors } from '../types.ts'

export const headNames = ['sentiment', 'emotion', 'irony', 'offensive', 'hate', 'stance'] as const
export type HeadName = (typeof headNames)[number]

/** One question the network answers. softmax: one label of several; sigmoid: each label by itself. */
export interface Head {
  kind: 'softmax' | 'sigmoid'
  /** '' for an output that counts and is not shown (only in a classifier of other make). */
  labels: string[]
  /** Of the raw outputs, one per label: probability = kind(scale * output + bias). */
  scale: number[]
  bias: number[]
}

export interface Labels {
  model: string
  maxTokens: number
  languages: string[]
  heads: Record<HeadName, Head>
  modelError: ModelErrors
}

/** Names that other people's tools are written against; a model without them cannot stand in. */
const fixedLabels: Partial<Record<HeadName, string[]>> = {
  sentiment: ['negative', 'neutral', 'positive'],
  stance: ['against', 'neither', 'favor'],
  irony: ['irony'],
  offensive: ['offensive'],
  hate: ['hate'],
}

/** The labels people see. */
export function shown(head: Head): string[] {
  return head.labels.filter((label) => label !== '')
}

/** Calibrated probabilities by label, in the order of the head. */
export function probabilities(head: Head, outputs: ArrayLike<number>): Record<string, number> {
  const scaled = head.labels.map((_, at) => head.scale[at]! * outputs[at]! + head.bias[at]!)
  const values = head.kind === 'softmax' ? softmax(scaled) : scaled.map((x) => 1 / (1 + Math.exp(-x)))
  const found: Record<string, number> = {}
  head.labels.forEach((label, at) => {
    if (label !== '') found[label] = values[at]!
  })
  return found
}

function softmax(values: number[]): number[] {
  const most = Math.max(...values)
  const powers = values.map((x) => Math.exp(x - most))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((x) => x / sum)
}

export async function readLabels(folder: string): Promise<Labels> {
  const file = join(folder, 'labels.json')
  const check = new Check(file, await readObject(file))
  const heads = {} as Record<HeadName, Head>
  for (const name of headNames) heads[name] = readHead(check, name)
  const errors = {} as ModelErrors
  for (const name of ['sentiment', 'emotion', 'stance'] as const)
    errors[name] = readError(check, name, heads[name].labels)
  return {
    model: check.text('model'),
    maxTokens: check.number('maxTokens', 8, 8_192),
    languages: check.names('languages'),
    heads,
    modelError: errors,
  }
}

export async function readObject(file: string): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const why = (error as { code?: string }).code ?? 'unknown error'
    throw new UserError(`${file} cannot be read (${why})`, 'point model.folder at a model folder that has it')
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {}
  throw new UserError(`${file} is not a JSON object`, 'fetch the model folder again')
}

function readHead(check: Check, name: HeadName): Head {
  const at = `heads.${name}`
  const kind = check.text(`${at}.kind`)
  if (kind !== 'softmax' && kind !== 'sigmoid') throw check.wrong(`${at}.kind`, 'softmax or sigmoid')
  const labels = check.names(`${at}.labels`)
  const fixed = fixedLabels[name]
  if (fixed && fixed.join() !== labels.join()) throw check.wrong(`${at}.labels`, fixed.join(', '))
  const [scale, bias] = ['scale', 'bias'].map((key) => check.numbers(`${at}.calibration.${key}`, labels.length))
  return { kind, labels, scale: scale!, bias: bias! }
}

function readError(check: Check, name: keyof ModelErrors, labels: string[]): ModelError {
  const [share, difference] = ['share', 'difference'].map((term) =>
    Object.fromEntries(labels.map((label) => [label, check.number(['modelError', name, term, label], 0, 1)])),
  )
  return { share: share!, difference: difference! }
}

/** Reads fields of a parsed file by path, or says which one is wrong. */
class Check {
  readonly #file: string
  readonly #root: Record<string, unknown>

  constructor(file: string, root: Record<string, unknown>) {
    this.#file = file
    this.#root = root
  }

  wrong(path: string | string[], expected: string): UserError {
    const name = typeof path === 'string' ? path : path.join('.')
    return new UserError(`${this.#file}: ${name} must be ${expected}`, 'mend the field, or export the model again')
  }

  text(path: string): string {
    const value = this.#at(path)
    if (typeof value === 'string' && value !== '') return value
    throw this.wrong(path, 'a text')
  }

  number(path: string | string[], least: number, most: number): number {
    const value = this.#at(path)
    if (typeof value === 'number' && value >= least && value <= most) return value
    throw this.wrong(path, `a number from ${least} to ${most}`)
  }

  names(path: string): string[] {
    const value = this.#at(path)
    const good =
      Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== '')
    if (good && new Set(value).size === value.length) return value as string[]
    throw this.wrong(path, 'a list of different names')
  }

  numbers(path: string, count: number): number[] {
    const value = this.#at(path)
    const good = Array.isArray(value) && value.length === count && value.every((x) => Number.isFinite(x))
    if (good) return value as number[]
    throw this.wrong(path, `a list of ${count} numbers, one for each label`)
  }

  #at(path: string | string[]): unknown {
    let value: unknown = this.#root
    for (const key of typeof path === 'string' ? path.split('.') : path) {
      if (typeof value !== 'object' || value === null) return undefined
      value = (value as Record<string, unknown>)[key]
    }
    return value
  }
}
