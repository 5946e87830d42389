// Who writes: the chat endpoint where one is configured, else we. A text of the endpoint goes out whole or not at all:
// one sentence that the gate stops condemns the others, since the same writer wrote them. Ours loses that sentence only.
import type { Ledger, Narrate, Sentence } from '../conclusions.ts'
import { metrics } from '../metrics.ts'
import type { Narrator } from './chat.ts'
import type { CutReason } from './check.ts'
import type { ChatOutcome } from './endpoint.ts'
import { narrate as builtIn } from './narrate.ts'
import { strict } from './strict.ts'

/** What the manifest calls us. */
export const ownName = 'built-in'

export type Gate = (sentence: Sentence) => CutReason | null

export interface Writing {
  gate: Gate
  narrator?: Narrator
  /** In the place of the built-in writer. */
  narrate?: Narrate
  signal: AbortSignal
}

export interface Written {
  sentences: Sentence[]
  /** Sentences that the gate dropped from what is told. */
  cut: number
  writer: string
}

/** The sentences that pass, how many did not, and whose they are. */
export async function write(book: Ledger, { gate, narrator, narrate = builtIn, signal }: Writing): Promise<Written> {
  if (!book.claims.length) return { sentences: [], cut: 0, writer: ownName }
  const phrased = narrator ? await narrator.narrate(book, signal) : []
  if (narrator && phrased.length && passes(phrased, (sentence) => strict(sentence, book) ?? gate(sentence)))
    return { sentences: phrased, cut: 0, writer: narrator.name }
  const drafts = await narrate(book, signal)
  const sentences = drafts.filter((sentence) => counted(gate(sentence)) === null)
  return { sentences, cut: drafts.length - sentences.length, writer: ownName }
}

function passes(sentences: Sentence[], gate: Gate): boolean {
  const isSound = sentences.every((sentence) => counted(gate(sentence)) === null)
  const outcome: ChatOutcome = isSound ? 'written' : 'gate'
  metrics.chat.inc({ outcome })
  return isSound
}

function counted(reason: CutReason | null): CutReason | null {
  if (reason) metrics.sentencesCut.inc({ reason })
  return reason
}
