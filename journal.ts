// Structured logs: one JSON line per event on stderr. The only file that knows pino.
// Fields are counts, names, durations and errors; never post text, post ids or authors.
import { destination, pino } from 'pino'

/** Notes an event. Injected everywhere, so that tests and the quiet commands can listen or stay silent. */
export type Note = (event: string, fields: object) => void

/** A journal at a level (trace, debug, info, warn, error, silent). A field named `error` makes it a warning. */
export function openJournal(level: string): Note {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ fd: 2, sync: true }),
  )
  return (event, fields) => {
    const { error, ...rest } = fields as { error?: unknown }
    if (error === undefined) logger.info(rest, event)
    else logger.warn({ ...rest, error: error instanceof Error ? error.message : String(error) }, event)
  }
}

export const silent: Note = () => {}
