// Countries, by the names that the runtime has in English: many stories have one, so none is a story by itself. Pure.
const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const named = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
const countries = new Set(
  letters.flatMap((one) => letters.flatMap((other) => named.of(one + other)?.toLowerCase() ?? [])),
)

/** `words`: folded. */
export const isCountry = (words: string): boolean => countries.has(words)
