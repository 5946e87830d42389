// Which characters a font has a glyph for, read from its own table (cmap), so that nothing is drawn as an empty box.
// Expects a TrueType file of ours; one it cannot read is ours to mend, and throws.

/** Whether a font has a glyph for a code point. */
export type Coverage = (code: number) => boolean

/** The coverage of a font: its segments of code points (cmap format 4), by halving. */
export function coverageOf(font: Uint8Array): Coverage {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength)
  const cmap = tableOf(view, 'cmap')
  const subtables = Array.from(
    { length: view.getUint16(cmap + 2) },
    (_, at) => cmap + view.getUint32(cmap + 8 + at * 8),
  )
  const start = subtables.find((at) => view.getUint16(at) === 4)
  if (start === undefined) throw new Error('the font has no table of characters in format 4')
  const segments = view.getUint16(start + 6) / 2
  const at = (column: number, segment: number) => start + 14 + (column * segments + segment) * 2 + (column > 0 ? 2 : 0)
  return (code) => {
    if (code > 0xfffe) return false
    let [low, high] = [0, segments - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (view.getUint16(at(0, middle)) < code) low = middle + 1
      else high = middle
    }
    const first = view.getUint16(at(1, low))
    if (code < first) return false
    const [delta, range] = [view.getUint16(at(2, low)), view.getUint16(at(3, low))]
    const glyph = range ? view.getUint16(at(3, low) + range + (code - first) * 2) : code
    return glyph !== 0 && ((glyph + delta) & 0xffff) !== 0
  }
}

function tableOf(view: DataView, name: string): number {
  for (let at = 12; at < 12 + view.getUint16(4) * 16; at += 16) {
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)))
    if (tag === name) return view.getUint32(at + 8)
  }
  throw new Error(`the font has no table "${name}"`)
}

/** Directions and joints that other people's text may hold: they would act on what stands around it. */
const unseen = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]|[\ufe00-\ufe0f]/g
/** More marks than a language puts on a letter, one above the other, would be drawn over the lines around. */
const heap = /\p{M}{4}/u

/** Text as it would be drawn: composed, one space between words, nothing that cannot be seen. */
export const drawn = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replace(unseen, '')
    .replace(/[\s\p{Cc}]+/gu, (gap) => (/^[\u00a0\u2009\u202f]$/.test(gap) ? '\u00a0' : ' '))
    .trim()

/** Whether every character of a text can be drawn, and none over another line. What was broken before is not shown. */
export function isDrawable(text: string, has: Coverage): boolean {
  for (const char of text) if (!has(char.codePointAt(0)!) || char === '\ufffd') return false
  return !heap.test(text)
}

const picture = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator})(?:\u200d|\ufe0f|\u20e3)*/gu

/** A name without the pictures that people put into names and the font has not: it stays the same name. */
export const withoutPictures = (name: string, has: Coverage): string =>
  drawn(name.replace(picture, (found) => (has(found.codePointAt(0)!) ? found : ' ')))
