// The order of a post's versions, as one number that SQLite (text), ClickHouse (UInt256) and we compare alike:
// 22 bytes of revision, then 8 bytes of arrival. Any revision beats none; equal revisions fall back to arrival.
import type { Version } from './types.ts'

const revisionBytes = 22
const arrivalBits = 64n
/** Above every rank: what a delete without a revision voids up to. */
export const finalRank = 2n ** 240n - 1n

/**
 * Rank of a revision: whole numbers by value, ISO times by their microsecond, any other text of at most 22 bytes (a
 * Bluesky TID) byte by byte. null ranks lowest. Returns undefined for a revision that cannot be ordered.
 */
export function revisionRank(revision: string | null): bigint | undefined {
  if (revision === null) return 0n
  if (/^\d{1,50}$/.test(revision)) return BigInt(revision) + 1n
  if (/^\d{4}-\d\d-\d\dT/.test(revision)) {
    const ms = Date.parse(revision)
    if (Number.isNaN(ms)) return undefined
    const beyondMs = /\.\d{3}(\d{1,3})/.exec(revision)?.[1] ?? '' // Date.parse cuts them off
    return BigInt(ms) * 1000n + BigInt(beyondMs.padEnd(3, '0')) + 1n
  }
  const bytes = Buffer.from(revision, 'utf8')
  if (bytes.length === 0 || bytes.length > revisionBytes) return undefined
  return BigInt(`0x${Buffer.concat([bytes], revisionBytes).toString('hex')}`)
}

/** Rank of a version: revision first, then arrival. Throws RangeError on a revision that cannot be ordered. */
export function rankOf(version: Version): bigint {
  const revision = revisionRank(version.revision)
  if (revision === undefined) throw new RangeError('revision cannot be ordered; ingest must have dropped it')
  return (revision << arrivalBits) | BigInt(version.arrival)
}

/** The highest rank that a delete of this revision voids; the highest of all without a revision. */
export function voidedRank(revision: string | null): bigint {
  if (revision === null) return finalRank
  return rankOf({ revision, arrival: 0 }) | ((1n << arrivalBits) - 1n)
}
