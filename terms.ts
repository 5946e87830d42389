// What the terms of sources, and the way they are read, ask of every part: the one place that names them. Names of sources as
// posts carry them, in small letters.

/** Ids and scores may be passed on, words may not (decision 019). */
export const idsOnly: ReadonlySet<string> = new Set(['x'])

/** Read by a rule for each topic, from the moment the topic is there: no history for a new one. */
export const readByTopic: ReadonlySet<string> = new Set(['x'])

/** What posts carry as their source, of the name of what reads them: mastodon of mastodon:social.example. */
export const carriedBy = (name: string): string => name.split(':', 1)[0]!
