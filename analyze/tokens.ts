// Text -> token ids, as the model folder's own tokenizer has them. The only file that knows @huggingface/tokenizers.
// May assume normalised text (text.ts). A text too long loses its end, never the tokens that frame it; a target keeps at most
// `longestTarget` tokens, as in training. What a post is cut to does not depend on its targets.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'

/** Tokens of a target, less the one that ends it. */
export const longestTarget = 48

/** One row for the network: a post, and any number of targets behind it. */
export interface Tokens {
  ids: number[]
  /** 0 for the post, 1 ... for its targets. */
  segments: number[]
  /** Counted within the segment, from 0 for the post and from 1 for a target. */
  positions: number[]
}

export interface TokenReader {
  row(post: string, targets?: readonly string[]): Tokens
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
  return {
    row(post, targets = []) {
      const parts = [[...first, ...bare(post).slice(0, longest - first.length - last.length), ...last]]
      for (const target of targets) parts.push([...bare(target).slice(0, longestTarget), ...last])
      return {
        ids: parts.flat(),
        segments: parts.flatMap((part, segment) => part.map(() => segment)),
        positions: parts.flatMap((part, segment) => part.map((_, at) => at + Math.min(segment, 1))),
      }
    },
  }
}

function frame(empty: number[]): [number[], number[]] {
  return [empty.slice(0, 1), empty.slice(1)]
}
