// The outputs of the model file that production does not show (`research` in labels.json: GoEmotions' own 28 labels).
// Tokens, normalisation, session and probabilities are production's; only the post-by-post path of `score` is not.
// Keeps no text.
import { join } from 'node:path'
import { probabilities, readObject } from '../analyze/labels.ts'
import { openSession } from '../analyze/session.ts'
import { emojiTable, normalise } from '../analyze/text.ts'
import { openTokens } from '../analyze/tokens.ts'

interface Kept {
  kind: 'softmax' | 'sigmoid'
  labels: string[]
  calibration: { scale: number[]; bias: number[] }
  thresholds?: number[]
}

export interface Answers {
  labels: string[]
  /** A row of probabilities for each text. */
  p: number[][]
  thresholds: number[]
}

/** Null where the model has no such output. */
export async function research(folder: string, name: string, texts: string[]): Promise<Answers | null> {
  const described = (await readObject(join(folder, 'labels.json'))) as {
    maxTokens: number
    research?: Record<string, Kept>
  }
  const head = described.research?.[name]
  if (!head) return null
  const emoji = emojiTable((await readObject(join(folder, 'emoji.json'))) as Record<string, string>)
  const tokens = await openTokens(folder, described.maxTokens)
  const session = await openSession(folder)
  const p: number[][] = []
  try {
    for (const text of texts) {
      const found = await session.run([tokens.row(normalise(text, emoji))], [name])
      p.push(Object.values(probabilities({ ...head, ...head.calibration }, found[name]!.values)))
    }
  } finally {
    await session.release()
  }
  return { labels: head.labels, p, thresholds: head.thresholds ?? head.labels.map(() => 0.5) }
}
