// What goes wrong on the way to a ClickHouse server, on demand: for the next statements, or for a share of all by a seed.
// Says which fault a statement gets and counts those that fired; clickhouseFront.ts carries them out. Test-only.
import { seeded } from './posts.ts'

export const faultKinds = [
  'refused500', // an answer without a word of the engine, as of a proxy; the statement was not carried out
  'refused503',
  'busy', // the engine itself refuses: too many statements at once
  'hung', // no answer until the client gives up; not carried out
  'hungLater', // the same, and it is carried out a while after, when nobody waits any more
  'hungDone', // the same, after it was carried out
  'cut', // the connection ends before the statement is carried out
  'cutDone', // it ends after the statement was carried out
  'cutAnswer', // it ends half-way through the answer
  'stalled', // half of the answer, then silence
  'half', // half of the answer, ended as if it were all
  'failedMidway', // half of the answer, then an exception in its place, and the connection ends
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface FaultPlan {
  /** In this order for the next statements that match; before any by chance. */
  next?: FaultKind[]
  /** So many that match pass before. */
  after?: number
  /** Of statements that match, get one of `kinds` by chance. */
  share?: number
  kinds?: FaultKind[]
  seed?: number
  /** How long after the client gave up `hungLater` is carried out. By then it has tried again, and more. */
  laterMs?: number
  /** A regular expression; absent: every statement. */
  match?: string
}

export interface FaultCounts {
  statements: number
  fired: Partial<Record<FaultKind, number>>
  /** Carried out after whoever asked had given up. */
  late: number
}

export interface Faults {
  plan(plan: FaultPlan): void
  /** The fault of a statement, or null. It has not fired before it is counted. */
  of(statement: string): FaultKind | null
  count(kind: FaultKind): void
  countLate(): void
  laterMs(): number
  counts(): FaultCounts
}

export function openFaults(): Faults {
  const fired: FaultCounts['fired'] = {}
  let [statements, late] = [0, 0]
  let plan: FaultPlan = {}
  let after = 0
  let random = seeded(1)
  return {
    plan: (next) => {
      plan = { ...next, next: [...(next.next ?? [])] }
      random = seeded(next.seed ?? 1)
      after = next.after ?? 0
    },
    of: (statement) => {
      statements++
      if (plan.match !== undefined && !new RegExp(plan.match, 's').test(statement)) return null
      if (after-- > 0) return null
      const due = plan.next?.shift()
      if (due) return due
      const kinds = plan.kinds ?? faultKinds
      const [chance, which] = [random(), random()]
      return chance < (plan.share ?? 0) ? kinds[Math.floor(which * kinds.length)]! : null
    },
    count: (kind) => {
      fired[kind] = (fired[kind] ?? 0) + 1
    },
    countLate: () => {
      late++
    },
    laterMs: () => plan.laterMs ?? 300,
    counts: () => ({ statements, fired, late }),
  }
}
