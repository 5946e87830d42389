// Picks one of several sentences of a kind and fills it. Which one hangs on the topic alone: a paragraph that is refreshed
// keeps its words, and two topics do not read alike. Pure.
import { hash } from 'node:crypto'
import type { Claim, ClaimKind, Ledger } from '../conclusions.ts'
import { takeaways } from './takeaways.ts'
import { variants } from './variants.ts'
import { capital } from './words.ts'

type Tables = typeof variants
type Short = keyof typeof takeaways
export type Variant = keyof Tables | `takeaway.${Short}`
/** What fills a sentence. `turn`: the how-manieth of its kind in the paragraph, so that two of a kind differ. */
export type Slots = Record<string, string | number>

/** A sentence that may be told: its claims, its weight, and its place in the paragraph. */
export interface Told {
  text: string
  claims: Claim[]
  quote?: string
  /** The theme it is about, as a measure names it. */
  theme?: string
  weight: number
  place: number
}

export function say({ topic }: Pick<Ledger, 'topic'>, variant: Variant, slots: Slots): string {
  const table = tableOf(variant)
  const start = Number.parseInt(hash('sha1', `${topic.id} ${variant}`, 'hex').slice(0, 8), 16)
  return fill(table[(start + Number(slots.turn ?? 0)) % table.length]!, slots)
}

function tableOf(variant: Variant): readonly string[] {
  if (variant.startsWith('takeaway.')) return takeaways[variant.slice('takeaway.'.length) as Short]
  return variants[variant as keyof Tables]
}

/** {slot}, and {Slot} for the same with a capital letter. Filled once: what fills a slot is never read as one. */
export function fill(sentence: string, slots: Slots): string {
  const filled = sentence.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name in slots) return String(slots[name])
    const lower = name.charAt(0).toLowerCase() + name.slice(1)
    return capital(String(slots[lower] ?? ''))
  })
  return capital(flat(filled))
}

/** No brackets within brackets: "(11% (9–12%) of posts)" -> "(11% of posts, 9–12%)". */
const flat = (text: string) =>
  text.replace(/\((\d+%) \((\d+–\d+%)\)( of posts)?\)/g, (_, share, range, of = '') => `(${share}${of}, ${range})`)

export const find = ({ claims }: Ledger, kind: ClaimKind, measure: string): Claim | undefined =>
  claims.find((claim) => claim.kind === kind && claim.measure === measure)

/** The last part of a measure's name: negative, joy, favor. */
export const labelOf = ({ measure }: Pick<Claim, 'measure'>): string => measure.slice(measure.lastIndexOf('.') + 1)

/** A sentence that ends with a quotation that does not end one. */
export const ended = (text: string) => (/[.!?…]”$/u.test(text) ? text : text.replace(/”$/u, '”.'))

/** "with a negative tone", "against “free buses”": what posts of a measure are. */
export function sideOf({ topic }: Pick<Ledger, 'topic'>, measure: string): string {
  const label = measure.slice(measure.lastIndexOf('.') + 1)
  if (!measure.startsWith('stance.')) return `with a ${label} tone`
  const target = topic.targets.find(({ id }) => measure === `stance.${id}.${label}`)
  return `${label === 'favor' ? 'for' : 'against'} “${target?.text}”`
}

/** A measure's name taken apart. A target's id may hold dots, a label never does. */
export function splitMeasure(measure: string): { kind: string; target: string | null; label: string } {
  const [first, last] = [measure.indexOf('.'), measure.lastIndexOf('.')]
  return {
    kind: measure.slice(0, first),
    target: first === last ? null : measure.slice(first + 1, last),
    label: measure.slice(last + 1),
  }
}
