// Asks the production encoder: texts and targets in, calibrated probabilities out, in the order of the model's labels.
// Every text is given as English, so that the language gate lets it through (what the gate keeps out is measured apart).
// A post the encoder declines (nothing but links and mentions) is answered neutral, neither and no emotion; it is counted.
// Keeps no text; progress goes to stderr.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Head, readObject } from '../analyze/labels.ts'
import { modelFile } from '../analyze/session.ts'
import { UserError } from '../errors.ts'
import type { Mention, Model, Score } from '../types.ts'

/** What ships beside the calibration: where a probability becomes a yes; of sentiment, whose largest p / threshold is it. */
export type Thresholds = Record<'sentiment' | 'irony' | 'offensive' | 'hate' | 'emotion', number[]>
export interface Asked {
  text: string
  targets: string[]
}
export interface Answer {
  sentiment: number[]
  emotion: number[]
  irony: number
  offensive: number
  hate: number
  /** One for each target. */
  stance: number[][]
}

export class Reader {
  readonly model: Model
  declined = 0
  asked = 0
  readonly #known = new Map<string, Promise<Answer[]>>()
  readonly #note: (line: string) => void

  constructor(model: Model, note: (line: string) => void = () => {}) {
    this.model = model
    this.#note = note
  }

  /** Posts alone; the same set is asked once. */
  posts(what: string, texts: string[]): Promise<Answer[]> {
    const alone = () => texts.map((text) => ({ text, targets: [] }))
    const answers = this.#known.get(what) ?? this.pairs(what, alone())
    this.#known.set(what, answers)
    return answers
  }

  async pairs(what: string, asked: Asked[]): Promise<Answer[]> {
    const answers: Answer[] = []
    const started = Date.now()
    let told = started
    for (let at = 0; at < asked.length; at += 256) {
      const scores = await this.model.score(asked.slice(at, at + 256).map(mentionOf))
      answers.push(...scores.map((score) => this.#answer(score)))
      if (Date.now() - told > 5_000 || (answers.length === asked.length && told > started)) {
        told = Date.now()
        this.#note(`${what}: ${answers.length} of ${asked.length}, ${Math.round((told - started) / 1000)} s`)
      }
    }
    return answers
  }

  #answer(score: Score): Answer {
    this.asked++
    const { sentiment, emotion, stance } = this.model.labels
    const targets = score.mention.targets
    if (score.skipped) {
      this.declined++
      const only = (labels: string[], name: string) => labels.map((label) => (label === name ? 1 : 0))
      const none = { irony: 0, offensive: 0, hate: 0, emotion: emotion.map(() => 0) }
      return { ...none, sentiment: only(sentiment, 'neutral'), stance: targets.map(() => only(stance, 'neither')) }
    }
    return {
      sentiment: sentiment.map((label) => score.sentiment[label]!),
      emotion: emotion.map((label) => score.emotion[label]!),
      irony: score.irony!,
      offensive: score.offensive!,
      hate: score.hate!,
      stance: targets.map(({ id }) => stance.map((label) => score.stance[id]![label]!)),
    }
  }
}

function mentionOf({ text, targets }: Asked): Mention {
  const unsaid = { author: null, likes: null, reposts: null, replyTo: null, revision: null }
  return {
    topic: 'eval',
    topicVersion: 1,
    targets: targets.map((target, at) => ({ id: String(at), text: target })),
    post: {
      op: 'create',
      source: 'eval',
      id: 'eval',
      ...unsaid,
      text,
      at: '2026-01-01T00:00:00.000Z',
      lang: 'en',
      quotable: false,
    },
    version: { revision: null, arrival: 1 },
  }
}

/** sha256 of the folder's ONNX file: which model a figure is of. */
export const modelHash = (folder: string): string =>
  createHash('sha256')
    .update(readFileSync(modelFile(folder)))
    .digest('hex')

/** Half where the model ships none. */
export async function readThresholds(folder: string): Promise<Thresholds> {
  const { heads } = (await readObject(join(folder, 'labels.json'))) as {
    heads: Record<string, { labels: string[]; thresholds?: number[] }>
  }
  const of = (name: string) => {
    const { labels, thresholds = labels.map(() => 0.5) } = heads[name]!
    if (thresholds.length === labels.length && thresholds.every((cut) => cut > 0)) return thresholds
    const wrong = `${join(folder, 'labels.json')}: heads.${name}.thresholds must be a number above 0 for each label`
    throw new UserError(wrong, 'mend the field, or calibrate the model again')
  }
  const names = ['sentiment', 'irony', 'offensive', 'hate', 'emotion'] as const
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Thresholds
}

/**
 * The probability before calibration: what the calibration did to the raw output, undone. Of a softmax that is possible
 * because its labels share one scale.
 */
export function uncalibrated(p: readonly number[], { kind, scale, bias }: Head): number[] {
  const least = 1e-12
  const clip = (x: number) => Math.min(1 - least, Math.max(least, x))
  if (kind === 'sigmoid')
    return p.map((x, k) => 1 / (1 + Math.exp((bias[k]! - Math.log(clip(x) / (1 - clip(x)))) / scale[k]!)))
  const raw = p.map((x, k) => (Math.log(clip(x)) - bias[k]!) / scale[k]!)
  const most = Math.max(...raw)
  const powers = raw.map((x) => Math.exp(x - most))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((x) => x / sum)
}
