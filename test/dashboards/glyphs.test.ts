// What a font can draw: read from the bundled fonts themselves, against characters known to be in them and not to be.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { coverageOf, drawn, isDrawable, withoutPictures } from '../../dashboards/glyphs.ts'

const fontOf = (name: string) => readFileSync(new URL(`../../dashboards/fonts/${name}.ttf`, import.meta.url))
const has = coverageOf(fontOf('NotoSans-Regular'))

describe('the bundled fonts', () => {
  it.each(['NotoSans-Regular', 'NotoSans-Bold'])(
    '%s has Latin, Greek and Cyrillic, and knows what it has not',
    (name) => {
      const own = coverageOf(fontOf(name))
      for (const char of 'Az09ÀßĐłŞțƏἀΩώЖїҐҚ“”„«»‘’–—…€₴%\u00a0\u2009\u202f')
        expect(own(char.codePointAt(0)!), char).toBe(true)
      for (const char of '運אمก가👻𒀀→\uffff\u{10ffff}') expect(own(char.codePointAt(0)!), char).toBe(false)
      const alphabets = [
        [0x20, 0x7e],
        [0xa0, 0x17f],
        [0x391, 0x3a1],
        [0x3b1, 0x3c9],
        [0x400, 0x52f],
        [0x1ea0, 0x1ef9],
      ]
      for (const [from, to] of alphabets)
        for (let code = from!; code <= to!; code++) expect(own(code), code.toString(16)).toBe(true)
    },
  )

  it('a file that is no font says so', () => {
    expect(() => coverageOf(new Uint8Array(64))).toThrow('the font has no table "cmap"')
  })
})

describe('a text', () => {
  it.each([
    ['plain', 'About half (54%, 48–60%).', true],
    ['composed', 'Nguye\u0302\u0303n', true],
    ['stressed', 'замо\u0301к', true],
    ['Hindi', 'त्रिंशत्', true],
    ['Japanese', '運賃', false],
    ['an emoji', 'fine 👻', false],
    ['Hebrew', 'שלום', false],
    ['a broken character', 'a\ud800b', false],
    ['heaped marks', `a${'\u0300\u0316'.repeat(4)}b`, false],
    ['nothing', '', true],
  ])('%s: can be drawn or not', (_, text, can) => {
    expect(isDrawable(drawn(text), has)).toBe(can)
  })

  it('is drawn without what cannot be seen', () => {
    expect(drawn('\u202ea\u2066b\u2069 \u0000 c\n\nd\u200be\ufeff ')).toBe('ab c de')
    expect(drawn('1\u202f234\u2009–\u00a05')).toBe('1\u00a0234\u00a0–\u00a05')
    expect(drawn('e\u0301')).toBe('é')
  })

  it('a name loses its pictures and nothing else', () => {
    expect(withoutPictures('Rates up 🚀🚀 © 2026, 👩‍👩‍👧‍👦 & 🇫🇷 #1', has)).toBe('Rates up © 2026, & #1')
    expect(withoutPictures('運賃 🚄', has)).toBe('運賃')
    expect(withoutPictures('👻', has)).toBe('')
  })
})
