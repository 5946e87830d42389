// One ONNX Runtime session over a model folder. The only file that knows onnxruntime-node.
// Its `run` occupies the calling thread until it is done, so it belongs in a worker, never in the main thread of a
// server. May assume rows that fit the model's positions; several rows in one run are padded to the longest.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { unsigned } from './overflow.ts'
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

/** MatMulInteger of `a`, uint8 [8, 64], and `b`, int8 [64, 32], as an ONNX file. */
export const product =
  'CAkSADpcChgKAWEKAWISAXkiDU1hdE11bEludGVnZXISAXBaEwoBYRIOCgwIAhIICgIICAoCCEBaEwoBYhIOCgwIAxIICgIIQAoCCCBiEwoBeRIOCgwIBhIICgIICAoCCCBCBAoAEBE='

/** Whether sums of products of bytes are cut off on this machine. */
export async function cutsOff(): Promise<boolean> {
  const session = await ort.InferenceSession.create(Buffer.from(product, 'base64'), { intraOpNumThreads: 1 })
  try {
    const { y } = await session.run({
      a: new ort.Tensor('uint8', new Uint8Array(8 * 64).fill(255), [8, 64]),
      b: new ort.Tensor('int8', new Int8Array(64 * 32).fill(127), [64, 32]),
    })
    return (y!.data as Int32Array).some((sum) => sum !== 255 * 127 * 64)
  } finally {
    await session.release()
  }
}

interface Opening {
  /** Settings of ONNX Runtime's own. */
  extra?: Record<string, unknown>
  /** Whether this machine cuts off sums of products of bytes. */
  isCutOff?: () => Promise<boolean>
}

export async function openSession(
  folder: string,
  threads = 1,
  { extra = tuned, isCutOff = cutsOff }: Opening = {},
): Promise<Session> {
  const file = modelFile(folder)
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra,
  } as const
  const changed = (await isCutOff()) ? unsigned(new Uint8Array(readFileSync(file))) : null
  const session = await (changed
    ? ort.InferenceSession.create(changed, options)
    : ort.InferenceSession.create(file, options))
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
