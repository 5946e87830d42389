// Hostile markup and bytes become plain text on one line; what no one should read is gone; and no input takes long.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineOf, plainOf, textOf } from '../../ingest/plain.ts'

describe('markup becomes words', () => {
  test.each([
    ['Talks <b>resume</b> in <em class="x">Geneva</em>', 'Talks resume in Geneva'],
    ['<p>One.</p><p>Two.</p>', 'One. Two.'],
    ['a<br/>b<hr>c', 'a b c'],
    ['half<i>way</i>', 'halfway'],
    ['Tom &amp; Jerry &#8211; &#x201C;now&#x201d; caf&eacute;&nbsp;&hellip;', 'Tom & Jerry – “now” café …'],
    ['&amp;lt;b&amp;gt; is a tag', '&lt;b&gt; is a tag'],
    ['1 < 2 and 3 > 2, x<3', '1 < 2 and 3 > 2, x<3'],
    ['<script>alert(1)</script>Rain', 'Rain'],
    ['<SCRIPT src=//x>alert(1)</SCRIPT >Rain', 'Rain'],
    ['Rain<script>alert(1)', 'Rain'],
    ['<style>p{}</style><svg onload=alert(1)><text>x</text></svg>Rain', 'Rain'],
    ['<!-- hidden -->Rain<!-- open', 'Rain'],
    ['<img src=x onerror=alert(1)>Rain', 'Rain'],
    ['<![CDATA[Rain]]>', '<![CDATA[Rain]]>'],
    ['&lt;img src=x onerror=alert(1)&gt;', '<img src=x onerror=alert(1)>'],
    ['&unknown; &#0; &#xD800; &#1114112; &#99999999;', '&unknown; \ufffd \ufffd \ufffd &#99999999;'],
    ['a\u202eb\u200fc\u0000d\u2066e', 'abcde'],
    ['  many\n\n  lines\tand  tabs ', 'many lines and tabs'],
    ['', ''],
    ['<>', '<>'],
    ['<', '<'],
  ])('%j: %j', (markup, words) => {
    expect(plainOf(markup, 200)).toBe(words)
  })

  test('is cut between two words, in whole characters', () => {
    expect(plainOf('one two three four', 12)).toBe('one two…')
    expect(plainOf('one two', 7)).toBe('one two')
    expect(lineOf('😀'.repeat(30), 10)).toBe(`${'😀'.repeat(9)}…`)
  })

  test.each(['<', '<a', '<script>', '<!--', '&', '&#', '<a "', "<a '", '<a b="', '</', ' ', '\u202e', '<p><b>'])(
    'takes no time for a megabyte of %j',
    (part) => {
      const start = performance.now()
      plainOf(part.repeat(1_000_000 / part.length), 1_000)
      expect(performance.now() - start).toBeLessThan(1_500)
    },
  )

  test('never throws, never keeps a tag that is whole, and is never longer than asked', () => {
    const part = fc.constantFrom(
      '<b>',
      '</b>',
      '<script>',
      '<!--',
      '-->',
      '&lt;',
      '&amp;',
      'rain ',
      '😀',
      '<',
      '>',
      '"',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const words = plainOf(parts.join(''), 80)
        expect(Array.from(words).length).toBeLessThanOrEqual(80)
        expect(words).not.toMatch(/[\n\t]| {2}/)
        // An entity may spell one out: that is text.
        if (!parts.includes('&lt;')) expect(words).not.toMatch(/<\/?(?:b|script)>/)
      }),
      { numRuns: 2_000, seed: 4 },
    )
  })
})

describe('bytes become text', () => {
  const xml = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?><a>café – „so“</a>`
  const latin = (text: string) => Buffer.from(text.replace(/[–„“]/g, '-'), 'latin1')
  test.each([
    ['UTF-8, said so', Buffer.from(xml('utf-8')), 'text/xml; charset=utf-8', /café – „so“/],
    ['UTF-8, said to be Latin-1', Buffer.from(xml('iso-8859-1')), 'text/xml; charset=iso-8859-1', /café – „so“/],
    ['Latin-1, said by the headers', latin(xml('utf-8')), 'text/xml; charset="ISO-8859-1"', /café/],
    ['Latin-1, said by itself', latin(xml('ISO-8859-1')), 'text/xml', /café/],
    ['Latin-1, said to be UTF-8', latin(xml('utf-8')), 'text/xml; charset=utf-8', /café/],
    ['an encoding that nobody knows', latin(xml('klingon')), 'text/xml; charset=klingon', /café/],
    ['Shift_JIS', Buffer.from([0x83, 0x65, 0x83, 0x58, 0x83, 0x67]), 'text/xml; charset=shift_jis', /^テスト$/],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${xml('utf-8')}`), '', /^<\?xml/],
    ['UTF-16, little end first', Buffer.from(`\ufeff${xml('utf-16')}`, 'utf16le'), '', /^<\?xml.*café – „so“/],
    ['UTF-16, big end first', Buffer.from(`\ufeff${xml('utf-16')}`, 'utf16le').swap16(), '', /^<\?xml.*café/],
    ['nothing', Buffer.alloc(0), '', /^$/],
  ])('%s', (_, bytes, type, text) => {
    expect(textOf(bytes, type)).toMatch(text)
  })
})
