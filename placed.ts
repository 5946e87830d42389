// YAML that people write, checked against a schema: a mistake is told with file, line and column, and with the name that a
// misspelt one was probably meant to be. The only file that knows yaml. Reads nothing itself.
import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { UserError } from './errors.ts'
import { distance } from './spelling.ts'

export interface Expected<Schema> {
  /** For the messages. */
  path: string
  schema: Schema
  /** The settings of each place, by its path without numbers ('' is the top). */
  settings: Record<string, string[]>
  hint: string
}

/** What is written there. Throws UserError naming the place. */
export function checkedYaml<Schema extends z.ZodType>(text: string, expected: Expected<Schema>): z.output<Schema> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const mistake = (offset: number | undefined, what: string) => {
    const at = offset === undefined ? null : lines.linePos(offset)
    const place = at ? `${expected.path}:${at.line}:${at.col}` : expected.path
    return new UserError(`${place}: ${what}`, expected.hint)
  }
  const syntax = document.errors[0]
  if (syntax) throw mistake(syntax.pos[0], syntax.message)
  const checked = expected.schema.safeParse(plainOf(document, mistake) ?? {})
  if (checked.success) return checked.data
  // A misspelt key also reads as a missing one: the misspelling is the better message.
  const issues = checked.error.issues
  const issue = deepest(issues.find((one) => one.code === 'unrecognized_keys') ?? issues[0]!)
  const place = innermost(document, issue.path)
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0]! : null
  const offset = unknown ? keyOffset(document.getIn(issue.path, true) ?? document.contents, unknown) : place?.range?.[0]
  const where = issue.path.join('.') || 'the file'
  const what = unknown
    ? `${where} has no setting "${unknown}"${nearest(unknown, issue.path, expected.settings)}`
    : `${where}: ${issue.message.replace(/^Invalid input: /, '')}`
  throw mistake(offset, what)
}

function plainOf(document: Document, mistake: (offset: undefined, what: string) => UserError): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    // An alias without an anchor, or aliases that grow without bound.
    throw mistake(undefined, (cause as Error).message)
  }
}

type Issue = z.core.$ZodIssue
/** A union's own issue says nothing, but where it was given words; the branch that got furthest says what is wrong. */
function deepest(issue: Issue, path: PropertyKey[] = issue.path): Issue & { path: (string | number)[] } {
  const isMute = issue.code === 'invalid_union' && issue.message === 'Invalid input'
  const branch = isMute ? issue.errors.flat().sort((a, b) => b.path.length - a.path.length) : []
  // What is misspelt first: what is missing may be just that.
  const misspelt = branch.find((inner) => inner.code === 'unrecognized_keys')
  const first = misspelt ?? branch.find((inner) => inner.code !== 'invalid_value') ?? branch[0]
  if (first) return deepest(first, [...path, ...first.path])
  return { ...issue, path: path as (string | number)[] }
}

/** The node a path names, or the closest one around it that exists. */
function innermost(document: Document, path: (string | number)[]): { range?: [number, number, number] } | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth ? document.getIn(path.slice(0, depth), true) : document.contents
    if (node) return node as { range?: [number, number, number] }
  }
  return undefined
}

function keyOffset(map: unknown, key: string): number | undefined {
  if (!isMap(map)) return undefined
  const pair = map.items.find((entry) => String(entry.key) === key)
  return (pair?.key as { range?: [number, number, number] } | undefined)?.range?.[0]
}

function nearest(key: string, path: readonly PropertyKey[], settings: Record<string, string[]>): string {
  const known = settings[path.filter((part) => typeof part === 'string').join('.')] ?? []
  const [best] = known.map((name) => ({ name, far: distance(key, name) })).sort((a, b) => a.far - b.far)
  if (best && best.far <= 3) return `; did you mean "${best.name}"?`
  return known.length ? `; it knows ${known.join(', ')}` : ''
}
