// int8 against fp32: how often both decide alike, and what the small file costs, on validation splits.
// The fp32 graph is not shipped; where training left one, a temporary folder puts it in the place of the int8 file.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openEncoder } from '../analyze/encoder.ts'
import { type Figure, type Findings, figure, type Study } from './figure.ts'
import { argmax, chosen, f1Of, type Metric, macroRecall, meanOf } from './metrics.ts'
import { Reader } from './reader.ts'
import { ruw, tweetStance, tweets } from './sets.ts'

export function int8(modelFolder: string, fp32: string | undefined, note: (line: string) => void) {
  return async (study: Study): Promise<Findings> => {
    if (!fp32 || !existsSync(fp32)) {
      const why = 'int8 against fp32: SKIPPED, no fp32 file at hand (--fp32 FILE; training leaves it as fp32.onnx)'
      return { figures: [], notes: [why] }
    }
    const folder = folderOf(modelFolder, fp32)
    try {
      await using model = await openEncoder({ folder })
      return { figures: await compare(study, new Reader(model, note)) }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

/** A model folder with the fp32 graph in it, made of links. */
export function folderOf(modelFolder: string, fp32: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-fp32-'))
  for (const file of ['config.json', 'labels.json', 'emoji.json', 'tokenizer.json', 'tokenizer_config.json'])
    symlinkSync(resolve(modelFolder, file), join(folder, file))
  mkdirSync(join(folder, 'onnx'))
  symlinkSync(resolve(fp32), join(folder, 'onnx', 'model.onnx'))
  return folder
}

async function compare({ root, reader, thresholds }: Study, whole: Reader): Promise<Figure[]> {
  const { texts, labels } = tweets(root, 'sentiment', 'val')
  const [small, large] = await Promise.all([reader.posts('int8', texts), whole.posts('fp32', texts)])
  const pairs = [...tweetStance(root, 'val'), ...ruw(root).slice(0, 700)]
  const asked = pairs.map(({ text, target }) => ({ text, targets: [target] }))
  const [smallStance, largeStance] = await Promise.all([reader.pairs('int8', asked), whole.pairs('fp32', asked)])
  const emotions = ['anger', 'joy', 'optimism', 'sadness'].map((label) => reader.model.labels.emotion.indexOf(label))
  const four = (answer: { emotion: number[] }) => argmax(emotions.map((k) => answer.emotion[k]!))
  const sentiment = (answer: { sentiment: number[] }) => chosen(answer.sentiment, thresholds.sentiment)
  const side = (answer: { stance: number[][] }) => argmax(answer.stance[0]!)
  const sides = pairs.map(({ label }) => label)
  return [
    agreement('sentiment', small.map(sentiment), large.map(sentiment)),
    agreement('emotion', small.map(four), large.map(four)),
    agreement('stance', smallStance.map(side), largeStance.map(side)),
    cost('sentiment', (guess) => macroRecall(3)(labels, guess), {
      small: small.map(sentiment),
      large: large.map(sentiment),
    }),
    cost('stance', (guess) => f1Of([0, 2], 3)(sides, guess), {
      small: smallStance.map(side),
      large: largeStance.map(side),
    }),
  ]
}

function agreement(head: string, small: number[], large: number[]): Figure {
  const how = 'share of validation posts on which int8 and fp32 decide alike'
  const same = small.map((guess, row) => (guess === large[row] ? 1 : 0))
  return figure({ name: `int8 agrees: ${head}`, how, floor: 0.965, goal: 0.985 }, same.length, meanOf(same))
}

function cost(
  head: string,
  metric: (guess: number[]) => Metric,
  guesses: { small: number[]; large: number[] },
): Figure {
  const [small, large] = [metric(guesses.small), metric(guesses.large)]
  const how = "the task's metric on validation posts, fp32 less int8"
  const named = { name: `int8 costs: ${head}`, how, floor: 0.005, lower: true }
  return figure(named, guesses.small.length, (rows) => large(rows) - small(rows))
}
