// Text -> token ids, as the model folder's own tokenizer has them. The only file that knows @huggingface/tokenizers.
// May assume normalised text (text.ts). A text too long loses its end, never the tokens that frame it; of a pair the
// target keeps at most `longestTarget` tokens, as in training, and the post takes what is left.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'

const longestTarget = 48

/** One row for the network. `types`: 0 for the first text (or the target), 1 for the post of a pair. */
export interface Tokens {
  ids: number[]
  types: number[]
}

export interface TokenReader {
  single(text: string): Tokens
  /** One row per target. */
  pairs(targets: readonly string[], post: string): Tokens[]
}

export async function openTokens(folder: string, longest: number): Promise<TokenReader> {
  const [tokenizer, settings] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json'].map(async (name) =>
      JSON.parse(await readFile(join(folder, name), 'utf8')),
    ),
  )
  const tokens = new Tokenizer(tokenizer, settings)
  const bare = (text: string) => tokens.encode(text, { add_special_tokens: false }).ids
  // What the tokenizer puts around nothing: [CLS] [SEP], or <s> </s>.
  const [first, last] = frame(tokens.encode('').ids)
  const row = (ids: number[], types = new Array<number>(ids.length).fill(0)): Tokens => ({ ids, types })

  return {
    single: (text) => row([...first, ...bare(text).slice(0, longest - first.length - last.length), ...last]),
    pairs(targets, post) {
      if (targets.length === 0) return []
      const body = bare(post)
      return targets.map((target) => {
        const head = [...first, ...bare(target).slice(0, longestTarget), ...last]
        const tail = [...body.slice(0, longest - head.length - last.length), ...last]
        return row([...head, ...tail], [...head.map(() => 0), ...tail.map(() => 1)])
      })
    },
  }
}

function frame(empty: number[]): [number[], number[]] {
  return [empty.slice(0, 1), empty.slice(1)]
}
