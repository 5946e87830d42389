// `undercurrent score`: the model alone, one line of scores per line of posts, in order. Needs no store.
import { resolve } from 'node:path'
import { scoreLines } from '../analyze/score.ts'
import type { Invocation } from '../cli.ts'
import type { Config } from '../config.ts'
import { openModel } from '../pipeline.ts'

/** Reads stdin to its end; nothing but scores goes to stdout. */
export async function score(config: Config, { model: folder }: Pick<Invocation, 'model'>): Promise<number> {
  await using model = await openModel(
    folder === undefined ? config : { ...config, model: { ...config.model, folder: resolve(folder) } },
  )
  await scoreLines({ input: process.stdin, output: process.stdout, model })
  return 0
}
