// The Model seam on ONNX Runtime: mentions in, calibrated scores out, in order, one each.
// A score depends on the text, the target and the model alone, up to the rounding of sums (docs/decisions/030-one-row.md):
// never on what is scored beside it, on the number of workers or on the cache. The network runs in worker threads (pool.ts);
// what is done here is done in short slices, so that the event loop stays free. Never throws on text,
// and no text or author leaves in an error or a note.

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { copyKey, foldCopy } from '../copies.ts'
import type { Mention, Model, ModelLabels, Score, SkipReason } from '../types.ts'
import { Cache } from './cache.ts'
import { type Heads, type Replacements, readHeads } from './heads.ts'
import { probabilities, readObject, shown } from './labels.ts'
import { givenLanguage, identify, reads } from './language.ts'
import { Pool, type PoolOptions } from './pool.ts'
import { type Found, Readings, stanceKey, type Wanted } from './readings.ts'
import { type EmojiTable, emojiTable, normalise } from './text.ts'

export interface EncoderOptions extends Pick<PoolOptions, 'note' | 'code'> {
  /** A model folder (docs/model-folder.md has its layout). */
  folder: string
  /** Worker threads; default one per core, four at most. */
  threads?: number
  /** Classifiers of other make in the place of a head. */
  heads?: Replacements
  cacheBytes?: number
}

const mostThreads = 4
/** Mentions looked at between two turns of the event loop: about 5 ms. */
const slice = 64
/** Texts handed to the workers at once, so that memory does not grow with the number of mentions. */
const stretch = 2_048

/** Throws UserError when the folder, its labels or a replacement do not fit. */
export async function openEncoder(options: EncoderOptions): Promise<Model> {
  const threads = options.threads ?? Math.min(mostThreads, availableParallelism())
  const heads = await readHeads(options.folder, options.heads)
  const emoji = emojiTable((await readObject(join(options.folder, 'emoji.json'))) as Record<string, string>)
  const pool = await Pool.open({ graphs: heads.graphs, threads, note: options.note, code: options.code })
  const readings = new Readings({ pool, maxTokens: heads.maxTokens, cacheBytes: options.cacheBytes })
  return new Encoder({ heads, emoji, pool, readings })
}

/** The same by name, for a process that scores nothing: no network is loaded. Throws UserError as openEncoder does. */
export async function describeEncoder({ folder, heads }: Pick<EncoderOptions, 'folder' | 'heads'>): Promise<Model> {
  const read = await readHeads(folder, heads)
  return {
    ...{ id: read.model, labels: labelsOf(read) },
    score: () => Promise.reject(new Error('this process scores nothing')),
    [Symbol.asyncDispose]: async () => {},
  }
}

const labelsOf = ({ heads, languages, modelError }: Heads): ModelLabels => ({
  sentiment: shown(heads.sentiment),
  emotion: shown(heads.emotion),
  stance: shown(heads.stance),
  ...{ languages, modelError },
})

interface Parts {
  heads: Heads
  emoji: EmojiTable
  pool: Pool
  readings: Readings
}

/** A mention as the network will see it. */
interface Seen extends Wanted {
  mention: Mention
  lang: string
  skipped: SkipReason | null
  copy: string
}

class Encoder implements Model {
  readonly id: string
  readonly labels: ModelLabels
  readonly #parts: Parts
  /** Targets come from topics: few, and the same for many posts. */
  readonly #targets = new Cache<string>(1024 ** 2)

  constructor(parts: Parts) {
    const { heads } = parts
    this.#parts = parts
    this.id = heads.model
    this.labels = labelsOf(heads)
  }

  async score(mentions: Mention[]): Promise<Score[]> {
    const scores: Score[] = []
    for (let at = 0; at < mentions.length; at += stretch) {
      const seen = await this.#look(mentions.slice(at, at + stretch))
      const found = await this.#parts.readings.read(seen.filter(({ skipped }) => !skipped))
      for (let next = 0; next < seen.length; next += slice) {
        for (const one of seen.slice(next, next + slice)) scores.push(this.#scoreOf(one, found))
        await setImmediate()
      }
    }
    return scores
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.pool[Symbol.asyncDispose]()
  }

  async #look(mentions: Mention[]): Promise<Seen[]> {
    const seen: Seen[] = []
    for (const mention of mentions) {
      seen.push(this.#lookAt(mention))
      if (seen.length % slice === 0) await setImmediate()
    }
    return seen
  }

  #lookAt(mention: Mention): Seen {
    const { post } = mention
    const text = normalise(post.text, this.#parts.emoji)
    const words = foldCopy(post.text)
    const lang = givenLanguage(post.lang) || identify(words)
    let skipped: SkipReason | null = null
    if (!saysSomething(text)) skipped = 'empty'
    else if (!reads(this.labels.languages, lang, words)) skipped = 'language'
    const targets = mention.targets.map((target) => this.#target(target.text))
    return { mention, text, targets, lang, skipped, copy: copyKey(post.text, words) }
  }

  #target(text: string): string {
    let known = this.#targets.get(text)
    if (known === undefined) {
      known = normalise(text, this.#parts.emoji)
      this.#targets.set(text, known, 2 * known.length)
    }
    return known
  }

  #scoreOf({ mention, text, targets, lang, skipped, copy }: Seen, found: Found): Score {
    const score = { ...blank(mention, this.id), lang, skipped, copy }
    if (skipped) return score
    const { heads, outputs } = this.#parts.heads
    const post = found.get(text)
    const stance = targets.map((target) => found.get(stanceKey(text, target)))
    if (!post || stance.includes(undefined)) return { ...score, skipped: 'model_failed' }
    outputs.forEach((name, at) => {
      if (name === 'embedding') score.embedding = post[at]!
      else if (name === 'sentiment' || name === 'emotion') score[name] = probabilities(heads[name], post[at]!)
      else if (name !== 'stance') score[name] = probabilities(heads[name], post[at]!)[name]!
    })
    mention.targets.forEach((target, at) => {
      score.stance[target.id] = probabilities(heads.stance, stance[at]![0]!)
    })
    return score
  }
}

/** False for links and mentions alone: there is nothing to read in them. */
function saysSomething(text: string): boolean {
  return text.replaceAll('@user', '').replaceAll('http', '').trim() !== ''
}

function blank(mention: Mention, model: string): Score {
  const none = { irony: null, offensive: null, hate: null, embedding: null }
  return { mention, model, lang: '', skipped: null, sentiment: {}, emotion: {}, ...none, stance: {}, copy: '' }
}
