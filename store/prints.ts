// Whether an answer about a topic may have moved, for all topics in one statement: what the start page asks before it
// asks anything dear. Reads keys only and not FINAL, so that it differs now and then without need (a merge in the
// background), and never stays when an answer moved: rows and the marks that void them are added, each with its version.
import { createHash } from 'node:crypto'
import type { TopicPrint } from '../answers.ts'
import type { Sql } from './sql.ts'

interface Row {
  topic: string
  nr: number
  posts: string
  city: string
}

export async function prints(sql: Sql, model: string): Promise<TopicPrint[]> {
  const mentions = await sql.ask<Row>(
    `SELECT topic, topic_version AS nr, toString(count()) AS posts, toString(sum(cityHash64(post, version))) AS city
     FROM undercurrent.mentions WHERE model = {model:String} GROUP BY topic, topic_version ORDER BY topic, nr`,
    { model },
  )
  const labels = await sql.askSmall<Omit<Row, 'nr'>>(
    `SELECT topic, toString(count()) AS posts,
       toString(sum(cityHash64(measure, target, wording, post, labeller, sample, words, said, probability, at))) AS city
     FROM undercurrent.labels FINAL GROUP BY topic`,
  )
  const [gaps] = await sql.askSmall<{ city: string }>(
    'SELECT toString(sum(cityHash64(source, since, until))) AS city FROM undercurrent.gaps FINAL',
  )
  const labelled = new Map(labels.map((row) => [row.topic, row]))
  return mentions.map(({ topic, nr, posts, city }) => {
    const own = labelled.get(topic)
    const print = digest([posts, city, own?.posts, own?.city, gaps?.city])
    return { topic, version: nr, print, labels: Number(own?.posts ?? 0) }
  })
}

const digest = (parts: (string | undefined)[]) =>
  createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 16)
