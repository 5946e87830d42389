// Which network answers which question: our own model for all of them, or another text classifier in a plain Hugging
// Face layout (config.json with id2label, tokenizer.json, onnx/) in the place of one. Decided once, at opening.
// May assume readLabels' checks; must refuse a classifier whose labels do not fit, never guess what one means.
import { basename, join } from 'node:path'
import { UserError } from '../errors.ts'
import type { ModelError } from '../types.ts'
import { type Head, type HeadName, type Labels, readLabels, readObject, shown } from './labels.ts'
import type { Graph } from './worker.ts'

/** Stance reads targets too, which no two foreign models lay out alike; it stays ours. */
export type ReplaceableHead = Exclude<HeadName, 'stance'>

export interface Replacement {
  folder: string
  /** The classifier's own label -> ours. Without it the names must be ours already (case does not matter). */
  map?: Record<string, string>
}
export type Replacements = Partial<Record<ReplaceableHead, Replacement>>

export interface Heads extends Labels {
  graphs: Graph[]
  /** What each raw output of a post is, in the order of the graphs and their outputs. */
  outputs: (HeadName | 'embedding')[]
}

const postHeads = ['sentiment', 'emotion', 'irony', 'offensive', 'hate'] as const
/** Share error of a head nobody measured: about twice what a first model of ours showed. A wide interval is honest. */
const unmeasured = 0.15
const longestForeign = 512

export async function readHeads(folder: string, replacements: Replacements = {}): Promise<Heads> {
  const labels = await readLabels(folder)
  const own = postHeads.filter((name) => !replacements[name])
  const heads: Heads = {
    ...labels,
    graphs: [{ folder, maxTokens: labels.maxTokens, outputs: [...own, 'embedding'], targets: true }],
    outputs: [...own, 'embedding'],
  }
  for (const name of postHeads) {
    const replacement = replacements[name]
    if (replacement) await replace(heads, name, replacement)
  }
  return heads
}

async function replace(heads: Heads, name: ReplaceableHead, { folder, map }: Replacement): Promise<void> {
  const file = join(folder, 'config.json')
  const config = await readObject(file)
  const head = foreignHead({ file, config, name, map, wanted: heads.heads[name].labels })
  heads.heads[name] = head
  heads.graphs.push({ folder, maxTokens: positionsOf(config), outputs: ['logits'] })
  heads.outputs.push(name)
  heads.model += `+${name}=${basename(folder)}`
  if (name === 'sentiment' || name === 'emotion') heads.modelError[name] = unmeasuredError(shown(head))
}

interface Foreign {
  file: string
  config: Record<string, unknown>
  name: ReplaceableHead
  map: Record<string, string> | undefined
  wanted: string[]
}

/** Labels that mean nothing to us keep their place as '' (their output counts in a softmax, and is not shown). */
function foreignHead({ file, config, name, map, wanted }: Foreign): Head {
  const theirs = theirLabels(file, config)
  const unknown = Object.keys(map ?? {}).filter((label) => !theirs.includes(label))
  if (unknown.length > 0) throw unfit(name, `${file} has no label ${unknown.join(', ')}`, theirs, wanted)
  const labels = theirs.map((label) => (map ? (map[label] ?? '') : label.toLowerCase()))
  const ours = labels.filter((label) => label !== '')
  const strange = ours.filter((label) => !wanted.includes(label))
  const missing = name === 'emotion' ? [] : wanted.filter((label) => !ours.includes(label))
  if (map && strange.length > 0) throw unfit(name, `${strange.join(', ')} is no label of ${name}`, theirs, wanted)
  if (missing.length > 0 || ours.length === 0)
    throw unfit(name, `nothing stands for ${missing.join(', ')}`, theirs, wanted)
  if (new Set(ours).size < ours.length) throw unfit(name, 'two labels stand for the same', theirs, wanted)
  const kept = labels.map((label) => (wanted.includes(label) ? label : ''))
  const kind = config.problem_type === 'multi_label_classification' || kept.length === 1 ? 'sigmoid' : 'softmax'
  return { kind, labels: kept, scale: kept.map(() => 1), bias: kept.map(() => 0) }
}

function theirLabels(file: string, config: Record<string, unknown>): string[] {
  const names = config.id2label
  if (typeof names === 'object' && names !== null) {
    const ordered = Object.keys(names).map((_, id) => (names as Record<string, unknown>)[String(id)])
    if (ordered.length > 0 && ordered.every((label) => typeof label === 'string')) return ordered as string[]
  }
  throw new UserError(`${file}: id2label must name every label from 0 on`, 'export the classifier with its label names')
}

function positionsOf(config: Record<string, unknown>): number {
  const positions = Number(config.max_position_embeddings)
  // RoBERTa's positions begin after its padding id, so two of them are never used.
  return Number.isInteger(positions) && positions > 8 ? Math.min(longestForeign, positions - 2) : longestForeign
}

function unmeasuredError(labels: string[]): ModelError {
  const term = Object.fromEntries(labels.map((label) => [label, unmeasured]))
  return { share: term, difference: term }
}

function unfit(name: string, why: string, theirs: string[], wanted: string[]): UserError {
  return new UserError(
    `the classifier for ${name} does not fit: ${why}`,
    `map its labels (${theirs.join(', ')}) to ours (${wanted.join(', ')}) under model.${name}_labels`,
  )
}
