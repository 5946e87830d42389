// How near audit labels have come to telling what most posts say, and how many more of them it would take (settle.ts).
// Reads what audit.ts reads, so that it never says another thing than the shares on a page.
import type { Filter, LabelQuestion, Outlook } from '../answers.ts'
import type { Audited } from '../ppi.ts'
import { prospectOf } from '../settle.ts'
import { auditedRows, type Reading } from './audit.ts'
import type { Sql } from './sql.ts'

export interface OutlookQuestion {
  question: LabelQuestion
  sides: [string, string]
}

export async function outlook(sql: Sql, filter: Filter, { question, sides }: OutlookQuestion): Promise<Outlook | null> {
  const reading = await auditedRows(sql, filter, question)
  if (!reading) return null
  const { of, labels } = reading
  const most = labels.flatMap((label) => {
    const prospect = prospectOf(reading.posts(label), of)
    return prospect ? [[label, prospect] as const] : []
  })
  return { of, most: Object.fromEntries(most), ahead: prospectOf(lead(reading, sides), of) }
}

/** Each post on a scale from 0 (the second side) to 1 (the first), so that one half is a tie. */
function lead({ posts }: Reading, [first, second]: [string, string]): Audited[] {
  const others = posts(second)
  return posts(first).map((post, at) => {
    const { f, y } = others[at]!
    return { ...post, f: (1 + post.f - f) / 2, ...(post.y === undefined ? {} : { y: (1 + post.y - y!) / 2 }) }
  })
}
