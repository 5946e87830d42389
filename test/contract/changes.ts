// Invented changes for tests of a log, and what a test asks of one. No test runner in here: child processes use it too.
import type { Change, Log, Logged, PostChange } from '../../types.ts'

export const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 12, minute)).toISOString()
export const post = (id: string, fields: Partial<PostChange> = {}): PostChange => ({
  op: 'create',
  source: 'test',
  id,
  author: `author of ${id}`,
  text: `words of ${id}`,
  at: at(0),
  lang: 'en',
  likes: null,
  reposts: null,
  replyTo: null,
  revision: null,
  quotable: true,
  ...fields,
})
export const gone = (id: string, revision: string | null = null): Change => {
  return { op: 'delete', source: 'test', id, at: at(1), revision }
}
export const account = (op: 'withdraw' | 'restore', author: string, minute: number): Change => {
  return { op, source: 'test', author, at: at(minute) }
}
export const append = (log: Log, changes: Change[], cursor: string | null = null) =>
  log.append({ source: 'test', changes, cursor })

export const never = new AbortController().signal
/** Everything a reader is given up to the head. */
export async function readAll(
  log: Log,
  reader = 'all',
  options: { limit?: number; commit?: boolean } = {},
): Promise<Logged[]> {
  const found: Logged[] = []
  const { head: until } = await log.status()
  for await (const slice of log.read(reader, never, { until, limit: options.limit })) {
    found.push(...slice.changes)
    if (options.commit !== false) await slice.commit()
  }
  return found
}
export const ids = (changes: Logged[]) => changes.map(({ change }) => ('id' in change ? change.id : change.op))

export async function scanned(log: Log, signal: AbortSignal = never): Promise<PostChange[]> {
  const found: PostChange[] = []
  for await (const block of log.scan(signal)) found.push(...block)
  return found
}

/** Resolves once `isSo`; fails the test when that takes too long. */
export async function eventually(isSo: () => Promise<boolean>, limitMs = 15_000): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it never became so')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
