// What the parts of the evaluation share: what they are given, and what a figure is.
import type { HeadName, Labels } from '../analyze/labels.ts'
import type { Intervals } from './intervals.ts'
import { type Interval, interval, type Metric, meanEce } from './metrics.ts'
import { type Reader, type Thresholds, uncalibrated } from './reader.ts'
import type { Split } from './sets.ts'

export interface Figure extends Interval {
  name: string
  /** The metric's definition, and on what. */
  how: string
  /** What the figure must reach, and what it should; `lower`: it must stay below. */
  floor?: number
  goal?: number
  lower?: boolean
  /** Stands in the place of the verdict. */
  note?: string
}

export interface Study {
  root: string
  split: Split
  reader: Reader
  labels: Labels
  thresholds: Thresholds
  /** Of the model; absent in tests whose model has no file. */
  folder?: string
}

export interface Findings {
  figures: Figure[]
  /** Lines about what is not measured, and why. */
  notes?: string[]
  /** Per label of the emotion head. */
  byLabel?: LabelFinding[]
  /** What goes into files of its own. */
  intervals?: Intervals
}
export interface LabelFinding {
  label: string
  set: string
  n: number
  positives: number
  threshold: number
  f1: number
  ece: number
  eceBefore: number
}

export type Named = Omit<Figure, keyof Interval>

export function figure(named: Named, n: number, metric: Metric): Figure {
  return { ...named, ...interval(n, metric) }
}

/** Calibration error of a head as shipped; before calibration in its definition. */
export function calibrationFigure(
  set: string,
  { head, labels }: { head: HeadName; labels: Labels },
  { truth, p }: { truth: number[][]; p: number[][] },
): Figure {
  const shipped = labels.heads[head]
  const before = p.map((row) => uncalibrated(row, shipped))
  const rows = truth.map((_, row) => row)
  const raw = meanEce(truth, before)(rows)
  const how = `ECE, 15 equal-mass bins, mean over ${p[0]!.length} label(s), calibration as shipped; ${raw.toFixed(3)} before calibration`
  const found = interval(truth.length, meanEce(truth, p), { centred: true })
  return { name: `ECE of ${head}: ${set}`, how, lower: true, ...found }
}

export const oneHot = (labels: number[], size: number) =>
  labels.map((label) => Array.from({ length: size }, (_, k) => (k === label ? 1 : 0)))
