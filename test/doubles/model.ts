// A model for tests that are not about the model: deterministic from the text, in no time. It marks what a word says
// ("good", "bad", "angry", "for", "against") and nothing else, so a test can tell what a share must be.
import type { Mention, Model, ModelLabels, Score } from '../../types.ts'

export const labels: ModelLabels = {
  sentiment: ['negative', 'neutral', 'positive'],
  emotion: ['anger', 'joy'],
  stance: ['against', 'neither', 'favor'],
  languages: ['en'],
  modelError: {
    sentiment: {
      share: { negative: 0.01, neutral: 0.01, positive: 0.01 },
      difference: { negative: 0.01, positive: 0.01 },
    },
    emotion: { share: { anger: 0.01, joy: 0.01 }, difference: { anger: 0.01, joy: 0.01 } },
    stance: { share: { against: 0.01, favor: 0.01 }, difference: { against: 0.01, favor: 0.01 } },
  },
}

export interface FakeModel extends Model {
  /** Texts scored so far, in order. */
  scored: string[]
}

export function fakeModel(id = 'fake@1'): FakeModel {
  const scored: string[] = []
  const score = async (mentions: Mention[]) => {
    scored.push(...mentions.map(({ post }) => post.text))
    return mentions.map((mention) => scoreOf(mention, id))
  }
  return { id, labels, scored, score, [Symbol.asyncDispose]: async () => {} }
}

function scoreOf(mention: Mention, model: string): Score {
  const { text, lang } = mention.post
  const has = (word: string) => new RegExp(`\\b${word}\\b`, 'i').test(text)
  const sure = (label: string, all: string[]) => Object.fromEntries(all.map((one) => [one, one === label ? 0.9 : 0.05]))
  const skipped = lang && lang !== 'en' ? 'language' : text.trim() ? null : 'empty'
  const tone = has('good') ? 'positive' : has('bad') ? 'negative' : 'neutral'
  const side = has('against') ? 'against' : has('for') ? 'favor' : 'neither'
  return {
    mention,
    model,
    lang: lang ?? 'en',
    skipped,
    sentiment: skipped ? {} : sure(tone, labels.sentiment),
    emotion: skipped ? {} : { anger: has('angry') ? 0.9 : 0.1, joy: tone === 'positive' ? 0.8 : 0.1 },
    irony: skipped ? null : 0.1,
    offensive: skipped ? null : 0.1,
    hate: skipped ? null : 0.02,
    stance: skipped ? {} : Object.fromEntries(mention.targets.map(({ id }) => [id, sure(side, labels.stance)])),
    embedding: null,
    copy: text.toLowerCase(),
  }
}
