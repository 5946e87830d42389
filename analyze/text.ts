// Post text -> the text the tokenizer sees. The twin of training/text.py: same rules, same order,
// held together by test/analyze/text.golden.json. Pure, linear time, no dependencies.
// Patterns use explicit ASCII classes, because \s, \w and ignore-case differ between the two languages.
// It must never change without retraining (or at least re-measuring) the bundled model.

const longestInput = 2000 // code points; 128 tokens never need more
const longestOutput = 1200

const escapePattern = /\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})/g
const entityPattern = /&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,6});/g
const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['hellip', '...'],
  ['mdash', '-'],
  ['ndash', '-'],
  ['rsquo', "'"],
  ['lsquo', "'"],
  ['ldquo', '"'],
  ['rdquo', '"'],
])
const styled = /[\uff01-\uff5e\u{1d400}-\u{1d7ff}]+/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
const space = /[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu
const invisible =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points, removed one by one
  /[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffd\ud800-\udfff\u{1f3fb}-\u{1f3ff}\u{e0000}-\u{e007f}]+/gu
const selectors = /[\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu
const singleQuotes = /[\u2018\u2019\u201b\u2032\u02bc\u00b4`]/g
const doubleQuotes = /[\u201c\u201d\u201f\u2033\u00ab\u00bb]/g
const link = /(?:[hH][tT][tT][pP][sS]?:\/\/|[wW][wW][wW]\.)[!-~]+/g
const mention = /(?<![A-Za-z0-9_])@[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*(?:@[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*)?/g
const semst = /#[sS][eE][mM][sS][tT](?![A-Za-z0-9_])/g
const hashtag = /#([A-Za-z0-9_]+)/g
const run = /([!-/:-~])\1{3,}/g
const nonAscii = /[\u0080-\uffff]/

/** Emoji sequence -> words. Keys carry no variation selector and no skin tone. */
export type EmojiTable = {
  readonly names: ReadonlyMap<string, string>
  readonly firsts: ReadonlySet<string>
  readonly longest: number // in code points
}

/** `names` is the parsed emoji.json of a model folder. */
export function emojiTable(names: Readonly<Record<string, string>>): EmojiTable {
  const keys = Object.keys(names)
  return {
    names: new Map(Object.entries(names)),
    firsts: new Set(keys.map((key) => String.fromCodePoint(key.codePointAt(0) ?? 0))),
    longest: keys.reduce((most, key) => Math.max(most, [...key].length), 0),
  }
}

function fromCode(code: number): string {
  const scalar = code > 0 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000)
  return scalar ? String.fromCodePoint(code) : ''
}

function decodeEscapes(text: string): string {
  return text.replace(escapePattern, (_, high: string, low: string, single: string) =>
    single
      ? fromCode(Number.parseInt(single, 16))
      : String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)),
  )
}

function decodeEntities(text: string): string {
  return text.replace(entityPattern, (whole, body: string) => {
    if (!body.startsWith('#')) return named.get(body) ?? whole
    const hex = body[1] === 'x' || body[1] === 'X'
    return fromCode(hex ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10))
  })
}

function emojiAt(points: string[], at: number, table: EmojiTable): { key: string; length: number } {
  if (table.firsts.has(points[at] ?? ''))
    for (let n = Math.min(table.longest, points.length - at); n > 0; n--) {
      const key = points.slice(at, at + n).join('')
      if (table.names.has(key)) return { key, length: n }
    }
  return { key: '', length: 1 }
}

/** Emoji become their names; the same one repeated counts twice at most. */
function nameEmoji(text: string, table: EmojiTable): string {
  const points = [...text.replace(selectors, '')]
  let out = ''
  let last = ''
  let times = 0
  for (let at = 0; at < points.length; ) {
    const { key, length } = emojiAt(points, at, table)
    times = key !== '' && key === last ? times + 1 : 1
    last = key
    if (key === '') out += points[at]
    else if (times <= 2) out += ` ${table.names.get(key)} `
    at += length
  }
  return out
}

function splitHashtag(_: string, body: string): string {
  const words = body
    .replace(/_+/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/([A-Za-z])([0-9])/g, '$1 $2')
    .replace(/([0-9])([A-Za-z])/g, '$1 $2')
  return `#${words}`
}

/** The first `most` code points, without walking the rest of a long text. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return [...text.slice(0, 2 * most)].slice(0, most).join('')
}

export function normalise(text: string, emoji: EmojiTable): string {
  let out = decodeEntities(decodeEscapes(cut(text, longestInput)))
  if (nonAscii.test(out)) {
    out = nameEmoji(out, emoji).replace(styled, (letters) => letters.normalize('NFKC'))
  }
  out = out.replace(space, ' ').replace(invisible, '')
  out = out.replace(singleQuotes, "'").replace(doubleQuotes, '"').replaceAll('\u2026', '...')
  out = out.replace(link, 'http').replace(mention, '@user').replace(semst, '')
  out = out.replace(hashtag, splitHashtag).replace(run, '$1$1$1')
  return cut(out, longestOutput).replace(/ {2,}/g, ' ').replace(/^ | $/g, '')
}
