// A dozen topics whose negative share moves from 30 % to 75 % for eight hours in every two days, each at times of its own.
import { chance, shiftsEvery, topicOf, type World } from './tallies.ts'

export const stormTopics = Array.from({ length: 12 }, (_, nr) => topicOf(`storm-${nr}`))
const cycle = { everyHours: 48, lastHours: 8 }
export const storm: World = {
  voices: () => 12,
  share: shiftsEvery({ ...cycle, to: 0.75 }),
  bornMs: Date.UTC(2026, 3, 28),
}

/** Which of its shifts a topic is in at a time, or was in last. */
export const shiftNr = (topic: string, ms: number): number =>
  Math.floor((ms / 3_600_000 + chance(topic, 'phase') * cycle.everyHours) / cycle.everyHours)
