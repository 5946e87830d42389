// Statements to begin with, about the first topic that is there. docs/sql.md shows the same; a test runs them all.
import type { Topic } from '../types.ts'

export interface Example {
  name: string
  statement: string
}

/** Text as SQL; ids of topics and targets hold no quote, and would be harmless if one did. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '').replaceAll("'", "''")}'`

export function examplesFor(topics: Pick<Topic, 'id' | 'targets'>[]): Example[] {
  const topic = topics.find(({ targets }) => targets.length) ?? topics[0]
  const about = `topic = ${quoted(topic?.id ?? 'TOPIC')}`
  const target = quoted(topic?.targets[0]?.id ?? 'TARGET')
  return statements.map(({ name, statement }) => ({
    name,
    statement: statement.replaceAll('ABOUT', about).replaceAll('TARGET', target),
  }))
}

/** ABOUT and TARGET stand for the topic's own. */
const statements: Example[] = [
  {
    name: 'Posts of each topic, and since when',
    statement: `SELECT topic, count() AS n, countIf(scored) AS with_scores, min(at) AS since, max(at) AS until
FROM posts
GROUP BY topic
ORDER BY n DESC`,
  },
  {
    name: 'Negative tone by the hour',
    statement: `SELECT toStartOfHour(at) AS hour, count() AS n, round(avg(sentiment['negative']), 3) AS negative
FROM posts
WHERE ABOUT AND scored
GROUP BY hour
ORDER BY hour`,
  },
  {
    name: 'For and against, by language',
    statement: `SELECT lang, count() AS n,
  round(avg(stance[TARGET]['favor']), 3) AS in_favor,
  round(avg(stance[TARGET]['against']), 3) AS opposed
FROM posts
WHERE ABOUT AND scored
GROUP BY lang
HAVING n >= 10
ORDER BY n DESC`,
  },
  {
    name: 'Feelings, the strongest first',
    statement: `SELECT feeling, round(avg(p), 3) AS share
FROM posts
ARRAY JOIN mapKeys(emotion) AS feeling, mapValues(emotion) AS p
WHERE ABOUT
GROUP BY feeling
ORDER BY share DESC`,
  },
  {
    name: 'Texts that are posted again and again',
    statement: `SELECT count() AS n, any(text) AS words, min(at) AS since, max(at) AS until
FROM posts
WHERE cluster != ''
GROUP BY topic, cluster
HAVING n > 1
ORDER BY n DESC
LIMIT 20`,
  },
  {
    name: 'Words that angry posts use more than others',
    statement: `SELECT word, countIf(anger > 0.5) AS angry, countIf(anger <= 0.5) AS other
FROM (
  SELECT arrayJoin(arrayDistinct(splitByNonAlpha(lowerUTF8(text)))) AS word, emotion['anger'] AS anger
  FROM posts
  WHERE ABOUT AND scored
)
WHERE lengthUTF8(word) > 4
GROUP BY word
HAVING angry + other >= 5
ORDER BY angry / (angry + other) DESC, angry DESC
LIMIT 30`,
  },
]
