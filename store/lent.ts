// The store for a thread that has none: the engine is opened by one thread, and ends with any thread that used it. Questions
// are answered there, whole; only the rows of a sample come as bytes, because to take them apart is what would keep it.
import type { Questions } from '../answers.ts'
import type { Grounds } from '../conclusions.ts'
import type { Params } from './bind.ts'
import { type RowBytes, rowsIn } from './connection.ts'
import { timed } from './queries.ts'
import { sample } from './sample.ts'
import type { Asks } from './sql.ts'

/** What the thread with the store answers. Arguments and answers can be cloned. */
export interface Lent {
  question(name: keyof Questions, args: unknown[]): Promise<unknown>
  rows(query: string, params: Params): Promise<RowBytes>
}

export const lend = (sql: Asks, ask: Questions): Lent => ({
  question: (name, args) => (ask[name] as (...args: unknown[]) => Promise<unknown>)(...args),
  rows: (query, params) => sql.askRows(query, params),
})

/** The questions that conclusions are drawn from. */
export function borrow(lent: Lent): Grounds {
  const asked =
    <Name extends keyof Grounds>(name: Name) =>
    (...args: Parameters<Questions[Name]>) =>
      lent.question(name, args) as ReturnType<Questions[Name]>
  const askSmall = async <Row>(query: string, params: Params = {}) => rowsIn<Row>(await lent.rows(query, params))
  return {
    sample: (filter, limit) => timed('sample', () => sample({ askSmall }, filter, limit)),
    summary: asked('summary'),
    audited: asked('audited'),
    gaps: asked('gaps'),
    otherModels: asked('otherModels'),
    coverage: asked('coverage'),
    live: asked('live'),
  }
}
