// Embeddings as the store keeps them: one signed byte a dimension (unit length times 127, rounded), in base64. Pure.

export function vectorOf(embedding: Float32Array): string {
  const bytes = Int8Array.from(embedding, (x) => Math.max(-127, Math.min(127, Math.round(x * 127))))
  return Buffer.from(bytes.buffer).toString('base64')
}

/** null: none was kept. */
export function embeddingOf(vector: string): Int8Array | null {
  if (vector === '') return null
  const bytes = Buffer.from(vector, 'base64')
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
