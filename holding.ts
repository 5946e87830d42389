// Whether a text holds a phrase, as themes are counted: by whole words, in any of their spellings. Pure.

/** As spellings are looked for: lower case, straight apostrophes. */
export const plain = (text: string) => text.toLowerCase().replaceAll('’', "'")

/** Whether a text brings a theme up: one of its spellings stands in it, between what is no letter, digit or _. */
export function mentions({ forms }: { forms: string[] }): (text: string) => boolean {
  const any = holding(forms)
  return (text) => any.test(plain(text))
}

/** Of spellings in lower case. None: nothing is held. */
export function holding(forms: string[]): RegExp {
  const either = forms.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')
  return new RegExp(forms.length ? `(?<![\\p{L}\\p{N}_])(?:${either})(?![\\p{L}\\p{N}_])` : '(?!)', 'u')
}
