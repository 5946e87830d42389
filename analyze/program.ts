// Compiles all topics' queries into one program. Atoms are what can be true of a post (a word is in it, a phrase, a
// tag, an author ...), shared by all topics, so each is decided once per post. A query becomes tests that jump: each
// names an atom and where to go when it holds or does not; NOT costs nothing, it swaps the two. Pure.
import type { Field, Query } from './query.ts'
import { buildVocabulary, type Vocabulary } from './vocabulary.ts'
import type { Word } from './words.ts'

/** Words that must stand in a row: the atom of each, and whether it must touch the one before. */
export interface Phrase {
  atoms: number[]
  glued: boolean[]
  /** The beginning that a prefix word must have; undefined: the whole word. */
  prefixes: (string | undefined)[]
}

export interface Program {
  queries: Query[]
  /** The atom of each term of the queries. */
  leaves: Map<Query, number>
  /** Atoms by what they are: "word", "#tag", "@name" in one space. */
  exact: Vocabulary
  prefix: Vocabulary
  fields: Record<Field, Map<string, number>>
  /** By atom; undefined for an atom that is no phrase. */
  phrases: (Phrase | undefined)[]
  /** What we believe of each atom's frequency before we have seen any post, in posts of a thousand. */
  priors: number[]
  /** Triples: atom, next test when it holds, next when not; `matches` and `fails` end the run. */
  tests: Int32Array
  /** The first test of each query. */
  entries: Int32Array
}

export const matches = -1
export const fails = -2

interface Building {
  leaves: Map<Query, number>
  atoms: Map<string, number>
  exact: Map<string, number>
  prefix: Map<string, number>
  fields: Record<Field, Map<string, number>>
  phrases: (Phrase | undefined)[]
  priors: number[]
  tests: number[]
}

export function compileQueries(queries: Query[]): Program {
  const building: Building = {
    leaves: new Map(),
    atoms: new Map(),
    exact: new Map(),
    prefix: new Map(),
    fields: { from: new Map(), lang: new Map(), source: new Map() },
    phrases: [],
    priors: [],
    tests: [],
  }
  const entries = Int32Array.from(queries, (query) => emit(building, query, { yes: matches, no: fails }))
  const { leaves, fields, phrases, priors } = building
  const exact = buildVocabulary(building.exact)
  const prefix = buildVocabulary(building.prefix)
  return { queries, leaves, exact, prefix, fields, phrases, priors, tests: Int32Array.from(building.tests), entries }
}

type Leaf = Exclude<Query, { kind: 'and' | 'or' | 'not' }>

/** The next test when a query holds, and when not. */
interface Jumps {
  yes: number
  no: number
}

/** Emits a query's tests, last part first, so that every jump's target exists. Returns the first test. */
function emit(building: Building, query: Query, { yes, no }: Jumps): number {
  if (query.kind === 'not') return emit(building, query.part, { yes: no, no: yes })
  if (query.kind === 'and') {
    return query.parts.reduceRight((next, part) => emit(building, part, { yes: next, no }), yes)
  }
  if (query.kind === 'or') return query.parts.reduceRight((next, part) => emit(building, part, { yes, no: next }), no)
  const atom = atomOf(building, query)
  building.leaves.set(query, atom)
  return building.tests.push(atom, yes, no) / 3 - 1
}

function atomOf(building: Building, leaf: Leaf): number {
  switch (leaf.kind) {
    case 'words':
      return leaf.words.length === 1 ? wordAtom(building, leaf.words[0]!) : phraseAtom(building, leaf.words)
    case 'tag':
      return termAtom(building, { text: `#${leaf.name}`, prefix: leaf.prefix }, 1)
    case 'mention':
      return termAtom(building, { text: `@${leaf.name}`, prefix: leaf.prefix }, 1)
    default: {
      const atom = intern(building, `${leaf.kind}:${leaf.value}`, leaf.kind === 'from' ? 1 : 500)
      building.fields[leaf.kind].set(leaf.value, atom)
      return atom
    }
  }
}

/** Short words are frequent ones. Enough to start with; the scan learns better from the posts it sees. */
const wordAtom = (building: Building, word: Word): number =>
  termAtom(building, word, ((word.prefix ? 2 : 1) * 1000) / (1 + word.text.length) ** 2)

function termAtom(building: Building, { text, prefix }: Omit<Word, 'glued'>, prior: number): number {
  const atom = intern(building, `${prefix ? 'prefix' : 'exact'} ${text}`, prior)
  building[prefix ? 'prefix' : 'exact'].set(text, atom)
  return atom
}

function phraseAtom(building: Building, words: Word[]): number {
  const atoms = words.map((word) => wordAtom(building, word))
  const glued = words.map((word) => word.glued)
  const atom = intern(building, `phrase ${atoms.join(' ')} ${glued.map(Number).join('')}`, 1)
  const prefixes = words.map((word) => (word.prefix ? word.text : undefined))
  building.phrases[atom] = { atoms, glued, prefixes }
  return atom
}

function intern({ atoms, phrases, priors }: Building, key: string, prior: number): number {
  const known = atoms.get(key)
  if (known !== undefined) return known
  const atom = atoms.size
  atoms.set(key, atom)
  phrases[atom] = undefined
  priors[atom] = prior
  return atom
}

/** For each atom the queries to look at when it holds; every query stands behind atoms of which it needs one. */
export interface Guards {
  offsets: Int32Array
  topics: Int32Array
}

/** Chooses each query's guards so that it is looked at as rarely as possible, `cost` being an atom's frequency. */
export function chooseGuards(program: Program, cost: (atom: number) => number): Guards {
  const byAtom: number[][] = program.priors.map(() => [])
  for (const [topic, query] of program.queries.entries()) {
    for (const atom of new Set(guardsOf({ program, cost }, query, false)?.atoms)) byAtom[atom]!.push(topic)
  }
  const offsets = new Int32Array(byAtom.length + 1)
  for (const [atom, topics] of byAtom.entries()) offsets[atom + 1] = offsets[atom]! + topics.length
  return { offsets, topics: Int32Array.from(byAtom.flat()) }
}

interface Guarded {
  atoms: number[]
  cost: number
}
interface Choice {
  program: Program
  cost: (atom: number) => number
}

/** Atoms of which at least one holds whenever the query matches; undefined when there are none. */
function guardsOf(choice: Choice, query: Query, negated: boolean): Guarded | undefined {
  if (query.kind === 'not') return guardsOf(choice, query.part, !negated)
  if (query.kind !== 'and' && query.kind !== 'or') return negated ? undefined : leafGuard(choice, query)
  const parts = query.parts.map((part) => guardsOf(choice, part, negated))
  if ((query.kind === 'and') !== negated) return cheapest(parts.filter((part) => part !== undefined))
  if (parts.includes(undefined)) return undefined
  const all = parts as Guarded[]
  return { atoms: all.flatMap((part) => part.atoms), cost: all.reduce((sum, part) => sum + part.cost, 0) }
}

function leafGuard({ program: { leaves, phrases }, cost }: Choice, leaf: Leaf): Guarded {
  const atom = leaves.get(leaf)!
  const words = phrases[atom]?.atoms ?? [atom]
  return cheapest(words.map((word) => ({ atoms: [word], cost: cost(word) })))!
}

const cheapest = (choices: Guarded[]): Guarded | undefined =>
  choices.reduce<Guarded | undefined>((best, one) => (best && best.cost <= one.cost ? best : one), undefined)
