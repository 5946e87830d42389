// How posts write a phrase, and which of its spellings is shown. Pure. A spelling is a piece of a post to the letter.
import { owner, type Phrase, type Text, type Unit } from './phrases.ts'

/** The ways in which these texts write a phrase, with how many do; as written, case and all. */
export function spellingsOf(texts: Text[], { key, rows }: Pick<Phrase, 'key' | 'rows'>): Map<string, number> {
  const spellings = new Map<string, number>()
  for (const row of rows) {
    for (const text of new Set(placesOf(texts[row]!.units, key))) spellings.set(text, (spellings.get(text) ?? 0) + 1)
  }
  return spellings
}

/** The spelling to show: what most write, yet words apart, in the plural and in small letters where nearly as many do so. */
export function usual(spellings: Map<string, number>): string {
  const order = [...spellings].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const most = order[0]![1]
  const apart = order.filter(([text, n]) => /[ -]/.test(text) && n >= most / 5)
  const fair = (apart.length ? apart : order).filter(([, n], _, [first]) => n >= 0.6 * first![1]).map(([text]) => text)
  return fair.toSorted((a, b) => worth(b) - worth(a))[0]!
}

const worth = (text: string) => (/s$/i.test(text) ? 2 : 0) + (/^\P{Lu}*$/u.test(text) ? 1 : 0)

function placesOf(units: Unit[], key: string): string[] {
  const size = key.split(' ').length
  return units.flatMap((first, at) => {
    if (first.key === key) return owner(first.text)
    const run = units.slice(at, at + size)
    if (!key.startsWith(first.key) || run.some(({ joint, tag }, i) => i && (!joint || tag))) return []
    if (run.map((one) => one.key).join(' ') !== key) return []
    return owner(run.map(({ text, joint }, i) => (i ? joint : '') + text).join(''))
  })
}
