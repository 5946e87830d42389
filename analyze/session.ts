// One ONNX Runtime session over a model folder. The only file that knows onnxruntime-node.
// Its `run` occupies the calling thread until it is done, so it belongs in a worker, never in the main thread of a
// server. May assume rows that fit the model's positions; several rows in one run are padded to the longest.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import type { Tokens } from './tokens.ts'

/** Values by output name, row after row, with the number per row. */
export type Outputs = Record<string, { values: Float32Array; width: number }>

export interface Session {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  run(rows: readonly Tokens[], wanted?: readonly string[]): Promise<Outputs>
  release(): Promise<void>
}

/** The int8 file where there is one. */
export function modelFile(folder: string): string {
  const quantised = join(folder, 'onnx', 'model_quantized.onnx')
  return existsSync(quantised) ? quantised : join(folder, 'onnx', 'model.onnx')
}

/** Fusing LayerNorm with the residual add costs 1.4x in int8 on the CPU, so that one optimisation is off. */
const tuned = { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } }

export async function openSession(
  folder: string,
  threads = 1,
  extra: Record<string, unknown> = tuned,
): Promise<Session> {
  const session = await ort.InferenceSession.create(modelFile(folder), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra,
  })
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(rows, wanted = session.outputNames) {
      const feeds = feedsOf(rows, session.inputNames)
      const found = await session.run(feeds, wanted)
      const outputs: Outputs = {}
      for (const name of wanted) {
        const values = found[name]!.data as Float32Array
        outputs[name] = { values, width: values.length / rows.length }
      }
      return outputs
    },
    release: () => session.release(),
  }
}

function feedsOf(rows: readonly Tokens[], inputs: readonly string[]): Record<string, ort.Tensor> {
  const longest = rows.reduce((most, row) => Math.max(most, row.ids.length), 0)
  const size = rows.length * longest
  const arrays: Record<string, BigInt64Array> = {
    input_ids: new BigInt64Array(size),
    attention_mask: new BigInt64Array(size),
    token_type_ids: new BigInt64Array(size),
    position_ids: new BigInt64Array(size),
  }
  rows.forEach(({ ids, segments, positions }, row) => {
    for (let at = 0; at < ids.length; at++) {
      const to = row * longest + at
      arrays.input_ids![to] = BigInt(ids[at]!)
      arrays.attention_mask![to] = 1n
      arrays.token_type_ids![to] = BigInt(segments[at]!)
      arrays.position_ids![to] = BigInt(positions[at]!)
    }
  })
  return Object.fromEntries(
    inputs.map((name) => [name, new ort.Tensor('int64', arrays[name]!, [rows.length, longest])]),
  )
}
