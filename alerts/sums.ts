// Sums over accounts, as estimate.ts needs them. Pure.
import type { Sums } from '../estimate.ts'

export interface Row {
  account: number
  /** Weight times what is measured, weight, and how far labels scatter. */
  a: number
  b: number
  noise?: number
}

export function sumsOf(rows: Iterable<Row>): Sums {
  const own = new Map<number, { a: number; b: number }>()
  const sums: Sums = { authors: 0, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }
  for (const { account, a, b, noise = 0 } of rows) {
    const one = own.get(account) ?? { a: 0, b: 0 }
    own.set(account, { a: one.a + a, b: one.b + b })
    sums.noise += noise
  }
  for (const { a, b } of own.values()) {
    if (b > 0) sums.authors++
    sums.a += a
    sums.b += b
    sums.aa += a * a
    sums.ab += a * b
    sums.bb += b * b
  }
  return sums
}
