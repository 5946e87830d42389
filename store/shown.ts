// Posts as they may leave the house whole, for files and the console: one row each, with the counts and the wishes that
// came after the post. The text is "" where its author asks not to be shown, or its source lets only ids be passed on.
// Hashes come along to join and to count by; whoever asks must leave them behind.
import { idsOnly } from '../terms.ts'
import { withCounts } from './filter.ts'

const hiding = `SELECT account FROM undercurrent.accounts WHERE kind = 'display'
  GROUP BY account HAVING argMax(wish, undercurrent.accounts.at) = 0`

const whole = `post, author, id, source, at, text, lang, quotable, topic, topic_version, model, copy, skipped, sentiment, emotion,
  stance, irony, offensive, hate, inclusion`

/** The live rows that `where` means. `told` is the text as it may be shown; `text` stays what was said, to search in. */
export function shown(where: string): string {
  return `SELECT ${whole}, likes_now, reposts_now,
      if(quotable = 1 AND source NOT IN ('${[...idsOnly].join("', '")}') AND author NOT IN (${hiding}), text, '') AS told
    FROM (${withCounts(where, whole)})`
}
