// Invented alerts about invented topics, for tests of how they are told and explained.
import type { Alert, Explanation, Shift } from '../../alarms.ts'
import type { Estimate } from '../../answers.ts'

export const share = (estimate: number, by = 0.04): Estimate => ({ estimate, low: estimate - by, high: estimate + by })
export const unknown: Estimate = { estimate: null, low: null, high: null }

export const shiftOf = (given: Partial<Shift> = {}): Shift => ({
  ...{ measure: 'sentiment.negative', phrase: null, direction: 'up', before: share(0.31), after: share(0.44) },
  ...{ difference: share(0.13, 0.05), voices: { before: 412, after: 187 }, ...given },
})

export function alertOf(given: Partial<Alert> = {}): Alert {
  const at = (clock: string) => `2026-11-22T${clock}:00.000Z`
  return {
    ...{
      id: 'shifts-4f2a',
      rule: 'shifts',
      ruleName: 'Shifts',
      severity: 'warning',
      model: 'tiny@1',
      kind: 'sentiment',
    },
    topic: { topic: 'night-trains', version: 1, name: 'night trains' },
    ...{ state: 'confirmed', at: at('15:20'), openedAt: at('14:40'), history: [], seenAt: at('15:20') },
    began: { from: at('13:00'), to: at('14:00') },
    before: { from: at('01:00'), to: at('13:00') },
    after: { from: at('13:00'), to: at('15:20') },
    ...{ shifts: [shiftOf()], perYear: 6, detail: '', reason: '', ack: null, ...given },
  }
}

export const explanationOf = (given: Partial<Explanation> = {}): Explanation => ({
  ...{ shift: shiftOf(), causes: [], themes: [], headlines: [], campaigns: [], ...given },
})
