// Sentiment in the seven other languages of UMSAB: what the model would do if the language gate let them through.
// A language below the stated quality must not be among those the model says it reads.
import { type Figure, type Findings, figure, type Study } from './figure.ts'
import { chosen, macroRecall } from './metrics.ts'
import { languages, umsab } from './sets.ts'

/** Macro recall that a language must have before its posts are scored: five points below the floor for English. */
export const statedQuality = 0.65
const codes = { arabic: 'ar', french: 'fr', german: 'de', hindi: 'hi', italian: 'it', portuguese: 'pt', spanish: 'es' }

export async function otherLanguages({ root, split, reader, thresholds }: Study): Promise<Findings> {
  const figures: Figure[] = []
  for (const name of languages) {
    const { texts, labels: truth } = umsab(root, name, split)
    const guess = (await reader.posts(`UMSAB ${name}`, texts)).map(({ sentiment }) =>
      chosen(sentiment, thresholds.sentiment),
    )
    const how = 'macro recall of 3 classes with the language gate bypassed (given as English)'
    const found = figure({ name: `UMSAB ${name} sentiment`, how }, truth.length, macroRecall(3)(truth, guess))
    figures.push({ ...found, note: verdict(found.value, reader.model.labels.languages.includes(codes[name])) })
  }
  const below = figures.filter(({ value }) => value < statedQuality).map(({ name }) => name.split(' ')[1])
  const reads = reader.model.labels.languages.join(', ')
  return {
    figures,
    notes: [
      `Languages below the stated quality (${statedQuality}): ${below.join(', ') || 'none'}. The model reads: ${reads}.`,
    ],
  }
}

export function verdict(value: number, isRead: boolean): string {
  if (value >= statedQuality) return isRead ? 'good enough, read' : 'good enough, not read'
  return isRead ? 'BELOW THE STATED QUALITY, YET READ' : 'below the stated quality, not read'
}
