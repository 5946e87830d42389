// Hostile text as one plain line, and titles that fit. Pure. A topic's name or a theme's phrase stays what it is: letters in
// a line; it can start no line of its own, turn no direction of reading and push no word of ours out of a title.

const longestTitle = 120

/** Without line breaks, invisible signs and signs that turn the direction of reading. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, (sign) => (sign === '\u200d' || sign === '\u200c' ? sign : ''))
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
}

/** At most so long, cut between two words where there are some. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const part = text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')
  const words = part.replace(/\s+\S*$/u, '')
  return `${words.length > most / 2 ? words : part}…`
}

/** What `make` makes of the texts, which are cut, the longest first, until it fits. */
export function fitted(make: (...texts: string[]) => string, ...texts: string[]): string {
  const lines = texts.map(oneLine)
  for (let most = longestTitle; most >= 8; most -= 4) {
    const title = make(...lines.map((text) => cut(text, most)))
    if (title.length <= longestTitle) return title
  }
  return cut(make(...lines.map((text) => cut(text, 8))), longestTitle)
}

/** The source that an alert of kind collection about all topics tells of: its detail begins with it. */
export const sourceIn = ({ detail }: { detail: string }): string => detail.slice(0, Math.max(0, detail.indexOf(' ')))

export const isOfAll = ({ topic }: { topic: { topic: string } }): boolean => topic.topic === ''
