// Where a CPU has no VNNI, ONNX Runtime adds two products of an unsigned and a signed byte in 16 bits, which cut the sum off
// (vpmaddubsw). Unsigned weights are multiplied exactly everywhere, and more slowly where there is VNNI. So session.ts asks the
// machine, and where it cuts off a model's weights are made unsigned in memory: the same numbers, their zero at 128. No I/O.

/** Field numbers of onnx.proto, and of its types of elements. */
const [graph, initialiser, elementType, name, rawData] = [7, 5, 2, 8, 9]
const [uint8, int8] = [2, 3]

interface Initialiser {
  /** Where the type of its elements is written; where its elements are. */
  typeAt: number
  from: number
  to: number
}

/**
 * An ONNX file with every int8 initialiser NAME that has a zero point NAME.zero (training/export.py), and that zero point, made
 * uint8: changed in its place. null: it has none. Throws Error where the bytes are not a protobuf message.
 */
export function unsigned(file: Uint8Array): Uint8Array | null {
  const found = new Map<string, Initialiser>()
  for (const { from, to } of fields(file, graph))
    for (const tensor of fields(file, initialiser, from, to)) {
      const one = { typeAt: -1, from: 0, to: 0 }
      let called = ''
      for (const { number, from, to } of fields(file, null, tensor.from, tensor.to)) {
        if (number === elementType && file[from] === int8) one.typeAt = from
        if (number === name) called = Buffer.from(file.subarray(from, to)).toString()
        if (number === rawData) Object.assign(one, { from, to })
      }
      if (one.typeAt >= 0) found.set(called, one)
    }
  const weights = [...found.keys()].filter((called) => found.has(`${called}.zero`))
  for (const { typeAt, from, to } of weights.flatMap((called) => [found.get(called)!, found.get(`${called}.zero`)!])) {
    file[typeAt] = uint8
    for (let at = from; at < to; at++) file[at]! ^= 0x80
  }
  return weights.length > 0 ? file : null
}

/** Fields of a protobuf message, those of one number or all: where their value is (protobuf.dev/programming-guides/encoding). */
function* fields(bytes: Uint8Array, wanted: number | null, start = 0, end = bytes.length) {
  let at = start
  const varint = () => {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = bytes[at++]
      if (byte === undefined || at > end) throw new Error('the model file ends within a field')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }
  while (at < end) {
    const tag = varint()
    const [number, wire] = [Math.floor(tag / 8), tag % 8]
    let [from, to] = [at, at]
    if (wire === 0) {
      varint()
      to = at
    } else if (wire === 2) {
      const size = varint()
      from = at
      to = at + size
    } else if (wire === 1 || wire === 5) to = at + (wire === 1 ? 8 : 4)
    else throw new Error(`the model file has a field of wire type ${wire}`)
    if (to > end) throw new Error('the model file ends within a field')
    at = to
    if (wanted === null || number === wanted) yield { number, from, to }
  }
}
