// How the console says no: what is refused, where it stands, and what to do instead. Pure; only the asker's own words.
import { shownViews } from '../columns.ts'
import { QueryError } from '../errors.ts'
import type { Token } from './tokens.ts'

const listed = Object.entries(shownViews).map(
  ([view, columns]) => `${view} has ${columns.map(({ name }) => name).join(', ')}`,
)
const viewNames = Object.keys(shownViews).join(' and ')

export const unknownName = ({ text, column }: Token): QueryError =>
  new QueryError(`there is no column "${text}"`, column, `${listed.join('; ')}. Texts stand in single quotes.`)

export const unknownTable = ({ text, column }: Token): QueryError =>
  new QueryError(
    `"${text}" is no table of the console`,
    column,
    `After FROM, JOIN and IN stand ${viewNames}, a subquery in brackets, or a name given before by WITH name AS (SELECT ...).`,
  )

export const refusedCall = ({ text, column }: Token): QueryError =>
  new QueryError(
    `the function ${text}() is not allowed here`,
    column,
    'Functions that compute are; none that reads files, addresses, settings or other tables. docs/sql.md lists them.',
  )

const hints: Record<string, string> = {
  SETTINGS: 'The limits of the console are fixed.',
  FORMAT: 'Leave it out: the answer is JSON, and the page has a CSV.',
  INTO: 'Leave it out: the answer comes back, and the page has a CSV.',
  FINAL: 'Leave it out: the views hold every post once.',
  SAMPLE: 'Leave it out; ORDER BY rand() LIMIT 100 draws posts by chance.',
  PREWHERE: 'Write WHERE.',
  EXCEPT: 'Name the columns you want.',
  REPLACE: 'Name the columns you want.',
  APPLY: 'Name the columns you want.',
  COLUMNS: 'Name the columns you want.',
  TOTALS: 'Ask for the total in a statement of its own.',
}

export const refusedWord = ({ text, column }: Token): QueryError => {
  const hint = hints[text.toUpperCase()] ?? 'The console only reads: one SELECT about posts or topics.'
  return new QueryError(`${text.toUpperCase()} is not allowed here`, column, `${hint} As a name it stands in "quotes".`)
}
