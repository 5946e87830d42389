// What the terms of sources ask of every part, and what their names are: the one place that names them. Names of sources as
// posts carry them, in small letters.

/** Ids and scores may be passed on, words may not (decision 019). */
export const idsOnly: ReadonlySet<string> = new Set(['x'])

/** What posts carry as their source, of the name of what reads them: mastodon of mastodon:social.example. */
export const carriedBy = (name: string): string => name.split(':', 1)[0]!
