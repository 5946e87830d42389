// The chrome of a box in four languages: every language says everything, numbers and times are written as its readers
// write them, and names from outside stay names.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { boxLanguages } from '../../dashboards/box.ts'
import { phrases } from '../../dashboards/boxPhrases.ts'
import { boxWords, languageOf } from '../../dashboards/boxWords.ts'

/** Spaces of every width as plain ones, isolates gone: what a reader sees. */
const seen = (text: string) => text.replace(/[\u00a0\u2009\u202f]/g, ' ').replace(/[\u2066-\u2069]/g, '')
const window = { from: '2026-11-21T13:05:00.000Z', to: '2026-11-22T13:05:00.000Z' }
const update = { at: '2026-11-22T14:02:00.000Z', added: 1, removed: 2, changed: 0, isWithdrawn: false, lines: [] }

describe('counts', () => {
  it.each([
    ['en', '1 post by 1 account', '0 posts by 0 accounts', '12,345 posts by 1,200 accounts', '1,000,000 posts'],
    [
      'fr',
      '1 publication de 1 compte',
      '0 publication de 0 compte',
      '12 345 publications de 1 200 comptes',
      '1 000 000 de publications',
    ],
    [
      'de',
      '1 Beitrag von 1 Konto',
      '0 Beiträge von 0 Konten',
      '12.345 Beiträge von 1.200 Konten',
      '1.000.000 Beiträge',
    ],
    [
      'es',
      '1 publicación de 1 cuenta',
      '0 publicaciones de 0 cuentas',
      '12.345 publicaciones de 1.200 cuentas',
      '1.000.000 de publicaciones',
    ],
  ] as const)('in %s follow its plural rules and its way of writing numbers', (language, one, none, many, million) => {
    const { basis, posts } = boxWords(language)
    expect(seen(basis(1, 1))).toBe(one)
    expect(seen(basis(0, 0))).toBe(none)
    expect(seen(basis(12_345, 1_200))).toBe(many)
    expect(seen(posts(1_000_000))).toBe(million)
  })
})

describe('times', () => {
  it.each([
    ['en', '21 Nov 2026, 13:05 – 22 Nov 2026, 13:05 UTC'],
    ['fr', '21 nov. 2026, 13:05 – 22 nov. 2026, 13:05 UTC'],
    ['de', '21. Nov. 2026, 13:05 – 22. Nov. 2026, 13:05 UTC'],
    ['es', '21 nov 2026, 13:05 – 22 nov 2026, 13:05 UTC'],
  ] as const)('in %s are UTC, and say so', (language, told) => {
    expect(seen(boxWords(language).period(window))).toBe(told)
  })

  it.each([
    ['en', 'Updated 14:02 UTC, 22 November: 2 sentences removed, 1 sentence added'],
    ['fr', 'Mis à jour à 14:02 UTC le 22 novembre : 2 phrases retirées, 1 phrase ajoutée'],
    ['de', 'Aktualisiert um 14:02 UTC am 22. November: 2 Sätze entfernt, 1 Satz ergänzt'],
    ['es', 'Actualizado a las 14:02 UTC del 22 de noviembre: 2 frases retiradas, 1 frase añadida'],
  ] as const)('an update in %s says when, and what changed', (language, told) => {
    const words = boxWords(language)
    expect(seen(words.updated(update))).toBe(told)
    expect(seen(words.updated({ ...update, added: 0, removed: 0 }))).toBe(told.slice(0, told.search(/ ?:\s[12]/)))
    expect(words.staleAt).toContain('{moment}')
  })

  it('a paragraph that is gone is told as withdrawn, without counts of sentences', () => {
    const gone = { ...update, isWithdrawn: true }
    expect(boxWords('en').updated(gone)).toBe(
      'Updated 14:02 UTC, 22 November: The text that stood here has been withdrawn.',
    )
    expect(boxWords('de').updated(gone)).toContain(boxWords('de').withdrawn)
  })

  it('midnight is the beginning of a day, and the first of a month an ordinal in French', () => {
    const at = '2026-12-01T00:00:00.000Z'
    expect(boxWords('en').updated({ ...update, at })).toContain('00:00 UTC, 1 December')
    expect(boxWords('fr').updated({ ...update, at })).toContain('00:00 UTC le 1er décembre')
    expect(boxWords('fr').updated({ ...update, at: '2026-12-11T00:00:00.000Z' })).toContain('11 décembre')
  })
})

describe('names from outside', () => {
  const name = 'a {topic} $& \u202e<b>'
  it.each(boxLanguages)('in %s are isolated, filled in once, and nothing else', (language) => {
    const words = boxWords(language)
    for (const told of [words.about(name), words.checkAt(name), words.readAt(name), words.sources([name, 'X'])])
      expect(told).toContain(`\u2068${name}\u2069`)
    expect(words.refusal('{reason}')).toContain('{reason}')
  })

  it('of sources are listed, and their number is minded', () => {
    expect(seen(boxWords('en').sources(['Bluesky', 'X']))).toBe('Sources: Bluesky, X')
    expect(seen(boxWords('de').sources(['Bundled sample']))).toBe('Quelle: mitgeliefertes Beispiel')
    expect(seen(boxWords('fr').sources(['X']))).toBe('Source : X')
    expect(boxWords('es').sources([])).toBe('')
  })
})

describe('the table', () => {
  const slots = (phrase: unknown): string[] =>
    typeof phrase === 'string'
      ? [...phrase.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort()
      : Object.values(phrase as object).flatMap(slots)

  it.each(boxLanguages)('in %s fills the same places as in English', (language) => {
    const { reasons: _, sourceNames: __, ...rest } = phrases[language]
    for (const [key, phrase] of Object.entries(rest))
      expect([...new Set(slots(phrase))], key).toEqual([...new Set(slots(phrases.en[key as 'basis']))])
    expect(Object.entries(rest).filter(([key, phrase]) => phrase === '' && key !== 'inEnglish')).toEqual([])
  })

  it('knows every reason that a refusal gives', () => {
    const folder = new URL('../../perspectives/', import.meta.url)
    const told = readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(new URL(name, folder), 'utf8').matchAll(/\breason: '([^']+)'/g)])
      .map(([, reason]) => reason!)
    expect(told.length).toBeGreaterThan(4)
    for (const language of ['fr', 'de', 'es'] as const)
      for (const reason of told) expect(boxWords(language).refusal(reason), reason).not.toContain(reason)
    expect(boxWords('en').refusal('too few voices')).toBe('No paragraph: too few voices.')
  })

  it('French keeps its colons, quotation marks and percent signs from the beginning of a line', () => {
    const broken = JSON.stringify(phrases.fr).match(/ [:;!?»%]|« /g)
    expect(broken).toBeNull()
    expect(JSON.stringify(phrases.es)).not.toMatch(/ %/)
  })

  it('is made once', () => expect(boxWords('fr')).toBe(boxWords('fr')))
})

describe('the language', () => {
  it.each([
    ['fr', 'fr'],
    ['FR-ca', 'fr'],
    ['de_AT', 'de'],
    [' es ', 'es'],
    ['it', 'en'],
    ['', 'en'],
    [undefined, 'en'],
    ['__proto__', 'en'],
    ['fr'.repeat(1_000_000), 'en'],
  ] as const)('asked %.20s: %s', (asked, language) => expect(languageOf(asked)).toBe(language))
})
