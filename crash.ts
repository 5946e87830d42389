// Named moments at which a run under test may end a process: between two steps that a crash must not tear apart.
// Nothing is armed outside tests: `crash` is then one look at a variable. Reads no configuration and no environment;
// must never do anything by itself.

/** In the order of the pipeline. Each is placed once; a point of a loop is passed once a turn. */
export const crashPoints = [
  'ingest.read',
  'ingest.appended',
  'log.written',
  'log.committed',
  'analyze.scored',
  'analyze.stored',
  'analyze.committed',
  'history.stored',
  'history.committed',
  'history.read',
  'history.filled',
  'drop.begun',
  'drop.done',
  'store.voided',
  'store.inserted',
  'forget.buried',
  'forget.hidden',
  'erase.found',
  'erase.erased',
  'edition.written',
  'edition.kept',
] as const
export type CrashPoint = (typeof crashPoints)[number]

let passing: ((point: CrashPoint) => void) | null = null

/** We are at this point now. */
export function crash(point: CrashPoint): void {
  passing?.(point)
}

/** What a test does at the points; null: nothing, as ever. */
export function armCrash(at: ((point: CrashPoint) => void) | null): void {
  passing = at
}
