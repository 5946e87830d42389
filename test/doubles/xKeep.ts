// What X's source is given in tests: a keep that is a variable, with its failures, and pauses that do not pause.
import type { Keep } from '../../ingest/spendBook.ts'

export interface KeepDouble extends Keep {
  value: string | null
  writes: number
  /** Rejects from now on. */
  isBroken: boolean
}

export function keepInMemory(): KeepDouble {
  const keep: KeepDouble = {
    ...{ value: null, writes: 0, isBroken: false },
    read: async () => keep.value,
    write: async (value) => {
      await new Promise((resolve) => setImmediate(resolve))
      if (keep.isBroken) throw new Error('the disk is full')
      keep.value = value
      keep.writes++
    },
  }
  return keep
}

const pauses = { networkMs: 4, networkCapMs: 20, httpMs: 5, httpCapMs: 40, limitMs: 10, limitCapMs: 80 }
export const quick = { pauses, settleMs: 0, batchMs: 5, debounceMs: 5, lingerMs: 60 }
