// Where a page of posts ended: the key of its last post, opaque to whoever carries it. It comes back from outside, so
// every part is checked; it can only ever say where to go on, never what to show.

import type { PostsQuery } from '../answers.ts'
import { UserError } from '../errors.ts'

export type Sort = NonNullable<PostsQuery['sort']>

export interface Cursor {
  /** The value the page is ordered by, as text. */
  value: string
  ms: number
  post: string
}

export function writeCursor(sort: Sort, { value, ms, post }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, value, ms, post])).toString('base64url')
}

export function readCursor(text: string, sort: Sort): Cursor {
  try {
    const [of, value, ms, post] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    const whole =
      of === sort &&
      /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value) &&
      (sort === 'typical' || sort === 'certain' || /^-?\d{1,18}$/.test(value)) &&
      Number.isSafeInteger(ms) &&
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(post)
    if (whole) return { value, ms, post }
  } catch {
    // not JSON, or not a list: answered below
  }
  throw new UserError(
    'the cursor is not one of ours',
    'Start again without a cursor, and keep the same sort while paging.',
  )
}
