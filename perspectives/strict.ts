// The gate in front of the gate, for sentences that we did not write. A free writer can say what no list of forbidden
// words foresees, so this one vouches for every word: a sentence is ready clauses of the claims it cites, joined by words
// of a short closed list. Whatever else stands in it, in any script, is an unknown word. Pure, and it trusts no writer.
import type { Ledger, Sentence } from '../conclusions.ts'
import type { CutReason } from './check.ts'
import { type Clause, clausesOf, uncapital } from './clauses.ts'

/** All that may stand between clauses. None denies, compares, counts, explains, advises or addresses anybody. */
export const connectives = [
  ...['and', 'but', 'while', 'whereas', 'yet', 'also', 'besides', 'meanwhile', 'in addition', 'as well', 'too'],
  ...['at the same time', 'alongside this', 'next to that', 'beyond that', 'among these posts', 'in these posts'],
  ...['as to tone', 'as to feelings', 'as to the sides', 'as to subjects', 'overall', 'here', 'there'],
] as const

const words = `(?:${connectives.toSorted((a, b) => b.length - a.length).join('|')})`
/** "", "while ", "at the same time, " */
const opening = new RegExp(`^(?:${words}(?:,? ${words})?,? )?$`)
/** ", ", "; ", " and ", ", while at the same time " */
const between = new RegExp(`^[,;]? (?:${words}(?:,? ${words})?,? )?$`)
const ending = /^(?:,? (?:too|as well))?\.?$/

/** null when each word is vouched for; else why not. Whether the claims hold is for `check` to say. */
export function strict({ text, claims }: Sentence, ledger: Ledger): CutReason | null {
  const cited = new Set(claims)
  const clauses = clausesOf(ledger).filter((clause) => clause.claims.every(({ id }) => cited.has(id)))
  const told = split(uncapital(text), clauses)
  if (!told) return 'unknown_word'
  const used = new Set(told.flatMap((clause) => clause.claims.map(({ id }) => id)))
  // A claim that is cited and not told lends its evidence to what it does not say.
  if (!used.size || claims.some((id) => !used.has(id))) return 'no_claim'
  return null
}

/** The clauses that make up a sentence, in order; null: something else stands in it. */
function split(text: string, clauses: Clause[]): Clause[] | null {
  const byForm = new Map(clauses.flatMap((clause) => clause.forms.map((form) => [form, clause] as const)))
  const forms = [...byForm.keys()].sort((a, b) => b.length - a.length)
  if (!forms.length) return null
  // An odd number of parts: what stands around the clauses, and between two such the clause.
  const parts = text.split(new RegExp(`(${forms.map(RegExp.escape).join('|')})`))
  const gaps = parts.filter((_, at) => at % 2 === 0)
  const last = gaps.length - 1
  const fits = gaps.every((gap, at) => {
    if (at === 0) return opening.test(gap)
    if (at === last) return ending.test(gap)
    return between.test(gap) && gap !== ' '
  })
  return fits ? parts.flatMap((part, at) => (at % 2 ? [byForm.get(part)!] : [])) : null
}
