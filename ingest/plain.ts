// Hostile markup and bytes of unknown encoding become plain text. What comes out is still hostile text, but text: whoever
// shows it escapes it as any other. Linear in its input, whatever that is; never throws.

/** What is in these is not for reading. */
const unread = /<(script|style|template|noscript|iframe|svg|math)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi
/** Tags that do not part words. */
const inline =
  /<\/?(?:a|abbr|b|bdi|bdo|cite|code|em|font|i|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?>/gi
const comments = /<!--[\s\S]*?(?:-->|$)/g
const tags = /<[/!?]?[a-z][^<>]*>/gi
/** Invisible, or changes the direction of what stands beside it. */
const hidden = /[\p{Cc}\p{Cs}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu
const longestMarkup = 50_000

/** The words of an HTML fragment on one line of at most `most` characters. */
export const plainOf = (markup: string, most: number): string => {
  const cut = markup.slice(0, longestMarkup)
  const words = cut.replace(comments, '').replace(unread, ' ').replace(inline, '').replace(tags, ' ')
  return lineOf(decoded(words), most)
}

/** Text that is plain already, on one line of at most `most` characters. */
export function lineOf(text: string, most: number): string {
  const line = text.slice(0, longestMarkup).replace(/\s+/g, ' ').replace(hidden, '').trim()
  const characters = Array.from(line.slice(0, (most + 1) * 2))
  if (characters.length <= most) return line
  const short = characters.slice(0, most - 1).join('')
  return `${short.replace(/\s+\S{0,20}$/, '')}…`
}

/** The names from U+00A0 to U+00FF, in order, and those that writers of headlines use beside them. */
const latin =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'.split(
    ' ',
  )
const others: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", hellip: '…', ndash: '–', mdash: '—', minus: '−' },
  ...{ lsquo: '‘', rsquo: '’', sbquo: '‚', ldquo: '“', rdquo: '”', bdquo: '„', lsaquo: '‹', rsaquo: '›' },
  ...{ bull: '•', euro: '€', trade: '™', permil: '‰', dagger: '†', prime: '′', ensp: ' ', emsp: ' ', thinsp: ' ' },
  ...{
    zwj: '\u200d',
    zwnj: '\u200c',
    OElig: 'Œ',
    oelig: 'œ',
    Scaron: 'Š',
    scaron: 'š',
    Yuml: 'Ÿ',
    larr: '←',
    rarr: '→',
  },
}
const named = new Map([
  ...latin.map((name, at) => [name, String.fromCharCode(0xa0 + at)] as const),
  ...Object.entries(others),
])

/** Once: what an entity stands for is never read as one. Unknown ones stay as they are. */
function decoded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,10}));/g,
    (all, ten, hex, name) => {
      if (name) return named.get(name) ?? all
      const code = ten ? Number(ten) : Number.parseInt(hex, 16)
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : '\ufffd'
    },
  )
}

/** Bytes as text: as their mark says, as UTF-8 where they are that, as its headers or itself say, as what is left. */
export function textOf(bytes: Uint8Array, contentType = ''): string {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  const [, said] = /charset\s*=\s*"?([\w:.-]+)/i.exec(contentType) ?? []
  const [, declared] = /^[^<]{0,9}<\?xml[^>]*\bencoding\s*=\s*["']([\w:.-]+)/i.exec(start) ?? []
  const marked = /^\xff\xfe/.test(start) ? 'utf-16le' : /^\xfe\xff/.test(start) ? 'utf-16be' : null
  for (const label of marked ? [marked] : ['utf-8', said, declared, 'windows-1252']) {
    const text = label && decodedAs(label, bytes)
    if (text) return text
  }
  return new TextDecoder().decode(bytes)
}

/** Null where the label is unknown, or the bytes are not in it. */
function decodedAs(label: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
