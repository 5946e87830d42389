// Folding: one spelling for what people read as one word, so that "Zürich", "ZÜRICH" and full-width "ｚｕｒｉｃｈ" are
// the same. Fold = NFKD, drop accents and invisible characters, fold case, compose again what is no accent (kana,
// Hangul, Indic vowels). Done a code point at a time by table into reused buffers: linear on any text, hostile ones
// included (String.normalize reorders runs of marks and is not). Must never throw, whatever the text holds.

/** What a folded unit is to the words around it. */
export const separator = 0
/** Part of a run of letters, digits and `_`. */
export const wordUnit = 1
/** A letter of a script that writes no spaces: a word by itself. */
export const denseUnit = 2
/** Belongs to the unit before it (the low half of a surrogate pair). */
export const joinUnit = 3

const ignoredUnit = 4
const slowUnit = 5
const unknownUnit = 255

/** Folded UTF-16 units with the kind of each; only the first `length` count. Reuse it: it grows to the longest text seen. */
export interface Folded {
  units: Uint16Array
  kinds: Uint8Array
  length: number
}

export const newFolded = (): Folded => ({ units: new Uint16Array(1024), kinds: new Uint8Array(1024), length: 0 })

// Accents and points of scripts that are read without them. Vowel signs of Indic and South-East Asian scripts are
// letters to their readers and stay, as do the two kana voicing marks.
const accents = /(?![\u3099\u309a])(?=\p{M})[\p{sc=Zinh}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}]/gu
// Zero-width space is a space. Tatweel only stretches a line.
const invisible = /(?!\u200b)[\p{Default_Ignorable_Code_Point}\p{Cf}\u0640]/gu
// Letters to Unicode, apostrophes to people: "комп'ютер" is typed with any of them.
const apostrophe = /[\u02b9-\u02bf\u02c8\u02ca\u02cb]/u
const letter = /[\p{L}\p{N}\p{M}_]/u
const dense = /[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u
// What joins the unit before it under NFC and is not dropped above: Hangul vowels and finals, kana voicing, Indic vowels.
const composing =
  /[\u1161-\u1175\u11a8-\u11c2\u3099\u309a\u093c\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0c56\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dca\u0dcf\u0ddf\u102e\u1b35]/

const kindByUnit = new Uint8Array(0x10000).fill(unknownUnit)
const foldedByUnit = new Uint16Array(0x10000)

function foldPoint(point: string): string {
  const bare = point.normalize('NFKD').replace(accents, '').replace(invisible, '')
  let folded = ''
  // Lower, upper, lower: ẞ, ß and SS meet at "ss", ς and σ at "σ". One at a time, for Σ looks at its neighbours.
  for (const letterOf of bare) folded += letterOf.toLowerCase().toUpperCase().toLowerCase()
  return folded.normalize('NFC').replace(accents, '').replace(/\s/gu, ' ')
}

function kindOf(point: string): number {
  if (!letter.test(point) || apostrophe.test(point)) return separator
  return dense.test(point) ? denseUnit : wordUnit
}

/** Fills the tables for one unit, at its first appearance. */
function learn(unit: number): number {
  const point = String.fromCharCode(unit)
  const folded = unit >= 0xd800 && unit <= 0xdfff ? undefined : foldPoint(point)
  if (folded === '') kindByUnit[unit] = ignoredUnit
  else if (folded === undefined || folded.length > 1 || composing.test(folded)) kindByUnit[unit] = slowUnit
  else {
    foldedByUnit[unit] = folded.charCodeAt(0)
    kindByUnit[unit] = kindOf(folded)
  }
  return kindByUnit[unit]!
}

interface Rare {
  units: number[]
  kinds: number[]
  /** May join the unit before it. */
  composes: boolean
}

const memo = new Map<number, Rare>()

function foldRare(code: number): Rare {
  const known = memo.get(code)
  if (known) return known
  const text = code >= 0xd800 && code <= 0xdfff ? ' ' : foldPoint(String.fromCodePoint(code))
  const rare: Rare = { units: [], kinds: [], composes: composing.test(text.charAt(0)) }
  for (const point of text) {
    const kind = kindOf(point)
    rare.units.push(point.charCodeAt(0))
    rare.kinds.push(kind)
    if (point.length === 1) continue
    rare.units.push(point.charCodeAt(1))
    rare.kinds.push(kind === separator ? separator : joinUnit)
  }
  if (memo.size >= 10_000) memo.clear() // bounded, whatever is posted
  memo.set(code, rare)
  return rare
}

function reserve(into: Folded, capacity: number): void {
  if (capacity <= into.units.length) return
  const units = new Uint16Array(capacity * 2)
  const kinds = new Uint8Array(capacity * 2)
  units.set(into.units)
  kinds.set(into.kinds)
  into.units = units
  into.kinds = kinds
}

/** Folds the code point at `index` of a text that the tables do not cover; returns how many units it took. */
function foldSlowly(text: string, index: number, into: Folded): number {
  const code = text.codePointAt(index)!
  const { units, kinds, composes } = foldRare(code)
  reserve(into, into.length + units.length + text.length - index)
  let from = 0
  if (composes && into.length > 0) {
    const joined = String.fromCharCode(into.units[into.length - 1]!, units[0]!).normalize('NFC')
    if (joined.length === 1) {
      into.units[into.length - 1] = joined.charCodeAt(0)
      from = 1
    }
  }
  for (let i = from; i < units.length; i++) {
    into.units[into.length] = units[i]!
    into.kinds[into.length++] = kinds[i]!
  }
  return code > 0xffff ? 2 : 1
}

/** Folds a text into reused buffers. */
export function fold(text: string, into: Folded): Folded {
  into.length = 0
  reserve(into, text.length)
  let { units, kinds } = into
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    let kind = kindByUnit[unit]!
    if (kind === unknownUnit) kind = learn(unit)
    if (kind <= joinUnit) {
      units[length] = foldedByUnit[unit]!
      kinds[length++] = kind
    } else if (kind === slowUnit) {
      into.length = length
      i += foldSlowly(text, i, into) - 1
      ;({ units, kinds, length } = into)
    }
  }
  into.length = length
  return into
}

/** The folded text as a string, for query terms and tests. */
export function foldText(text: string): string {
  const { units, length } = fold(text, newFolded())
  let folded = ''
  for (let i = 0; i < length; i += 8192) folded += String.fromCharCode(...units.subarray(i, Math.min(length, i + 8192)))
  return folded
}
