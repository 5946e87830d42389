// Reads a post for all topics at once: which atoms hold in it, where they stand, and which queries that makes worth
// evaluating. No regular expression, no string and no object is made per word. Whatever carries the number of the
// current post is true of it, so nothing is cleared between posts.
import type { PostChange } from '../types.ts'
import { type Folded, fold, newFolded } from './letters.ts'
import { chooseGuards, type Guards, type Program } from './program.ts'
import { findTerm, type Stretch, startAt, stretchTo } from './vocabulary.ts'
import { grown, labelEnd, nameEnd, newWords, runEnd, splitWords, type Words } from './words.ts'

export type Matchable = Pick<PostChange, 'text' | 'author' | 'lang' | 'source'>

export interface Scan {
  program: Program
  guards: Guards
  folded: Folded
  words: Words
  stretch: Stretch
  /** Number of the current post: whatever carries it in the arrays below is true of this post. */
  now: number
  /** By atom: the last post it held in, the last post it was tried in (phrases), and how many posts it held in. */
  holds: Int32Array
  tried: Int32Array
  seen: Float64Array
  /** By topic: the last post it was a candidate in; and the candidates of this post. */
  asked: Int32Array
  candidates: Int32Array
  asking: number
  /** Where an atom stands: by atom the last place and their number, by place its word and the place before it. */
  last: Int32Array
  count: Int32Array
  wordAt: Int32Array
  previous: Int32Array
  places: number
  /** By word: its exact atom, or -1. */
  atomAt: Int32Array
  learnAt: number
}

export function newScan(program: Program): Scan {
  const atoms = program.priors.length
  const topics = program.queries.length
  return {
    program,
    guards: chooseGuards(program, (atom) => program.priors[atom]!),
    folded: newFolded(),
    words: newWords(),
    stretch: { units: new Uint16Array(0), start: 0, end: 0, hash: 0 },
    now: 0,
    holds: new Int32Array(atoms),
    tried: new Int32Array(atoms),
    seen: new Float64Array(atoms),
    asked: new Int32Array(topics),
    candidates: new Int32Array(topics),
    asking: 0,
    last: new Int32Array(atoms),
    count: new Int32Array(atoms),
    wordAt: new Int32Array(256),
    previous: new Int32Array(256),
    places: 0,
    atomAt: new Int32Array(256),
    learnAt: 1000,
  }
}

/** Reads one post. */
export function scanPost(scan: Scan, post: Matchable): void {
  begin(scan)
  splitWords(fold(post.text, scan.folded), scan.words)
  scan.stretch.units = scan.folded.units
  readWords(scan)
  if (scan.words.names > 0) readNames(scan)
  readFields(scan, post)
}

/** Begins a post; now and then chooses the guards anew, by how often each word really occurs. */
function begin(scan: Scan): void {
  if (scan.now === scan.learnAt) {
    const { program, seen, now } = scan
    scan.guards = chooseGuards(program, (atom) => (seen[atom]! * 1000) / now + program.priors[atom]! / 1000)
    scan.learnAt *= 8
  }
  if (++scan.now > 0x7ffffffe) {
    for (const stamps of [scan.holds, scan.tried, scan.asked]) stamps.fill(0)
    scan.seen.fill(0)
    scan.now = 1
    scan.learnAt = 1000
  }
  scan.asking = 0
  scan.places = 0
}

function readWords(scan: Scan): void {
  const { words, program, stretch } = scan
  const { exact, prefix } = program
  const { starts, ends, count } = words
  if (scan.atomAt.length < count) scan.atomAt = new Int32Array(count * 2)
  const longest = prefix.lengths.length - 1
  for (let word = 0; word < count; word++) {
    const start = starts[word]!
    const end = ends[word]!
    startAt(stretch, start)
    for (let length = 1; length <= longest && start + length <= end; length++) {
      if (prefix.lengths[length] === 0) continue
      const atom = findTerm(prefix, stretchTo(stretch, start + length))
      if (atom >= 0) place(scan, atom, word)
    }
    const atom = findTerm(exact, stretchTo(stretch, end))
    scan.atomAt[word] = atom
    if (atom >= 0) place(scan, atom, word)
  }
}

/** The atom holds, and stands at this word. */
function place(scan: Scan, atom: number, word: number): void {
  const at = scan.places++
  if (at === scan.wordAt.length) {
    scan.wordAt = grown(scan.wordAt)
    scan.previous = grown(scan.previous)
  }
  const isFirst = scan.holds[atom] !== scan.now
  scan.wordAt[at] = word
  scan.previous[at] = isFirst ? -1 : scan.last[atom]!
  scan.count[atom] = isFirst ? 1 : scan.count[atom]! + 1
  scan.last[atom] = at
  if (isFirst) hold(scan, atom)
}

/** The atom holds in this post; the queries it guards become candidates. */
function hold(scan: Scan, atom: number): void {
  const { now, guards, asked, candidates } = scan
  if (scan.holds[atom] === now) return
  scan.holds[atom] = now
  scan.seen[atom]!++
  for (let i = guards.offsets[atom]!; i < guards.offsets[atom + 1]!; i++) {
    const topic = guards.topics[i]!
    if (asked[topic] === now) continue
    asked[topic] = now
    candidates[scan.asking++] = topic
  }
}

function readNames(scan: Scan): void {
  const { folded, words } = scan
  let read = 0 // a name is read once: "@a.@a.@a" stays linear
  for (let i = 0; i < words.names; i++) {
    const sigil = words.sigils[i]!
    if (sigil < read) continue
    if (folded.units[sigil] === 35) readName(scan, sigil, runEnd(folded, sigil + 1))
    else {
      read = nameEnd(folded, sigil + 1)
      const label = labelEnd(folded, sigil + 1, read)
      // @alice is also the start of @alice.example
      if (label < read) holdTerm(scan, findTerm(scan.program.exact, stretchTo(startAt(scan.stretch, sigil), label)))
      readName(scan, sigil, read)
    }
  }
}

/** A hashtag or a mention with its sigil: whole, and by its beginnings. */
function readName(scan: Scan, start: number, end: number): void {
  const { prefix, exact } = scan.program
  if (end === start + 1) return
  startAt(scan.stretch, start)
  for (let length = 1; length < prefix.lengths.length && start + length <= end; length++) {
    if (prefix.lengths[length] === 0) continue
    holdTerm(scan, findTerm(prefix, stretchTo(scan.stretch, start + length)))
  }
  holdTerm(scan, findTerm(exact, stretchTo(scan.stretch, end)))
}

function holdTerm(scan: Scan, atom: number): void {
  if (atom >= 0) hold(scan, atom)
}

function readFields(scan: Scan, { author, lang, source }: Matchable): void {
  const { fields } = scan.program
  if (fields.from.size > 0 && author !== null) holdField(scan, fields.from, author.toLowerCase())
  if (fields.source.size > 0) holdField(scan, fields.source, source.toLowerCase())
  if (fields.lang.size === 0 || lang === null) return
  // lang:pt holds for pt-BR too; nobody's language has more than a few subtags
  const parts = lang.toLowerCase().slice(0, 64).split('-')
  for (let n = 1; n <= parts.length; n++) holdField(scan, fields.lang, parts.slice(0, n).join('-'))
}

function holdField(scan: Scan, field: Map<string, number>, value: string): void {
  const atom = field.get(value)
  if (atom !== undefined) hold(scan, atom)
}
