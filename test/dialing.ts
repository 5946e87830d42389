// Calls of tests to sites on this machine, and why one was refused.
import { openDial } from '../dial.ts'
import { DialError, type DialReason } from '../refusals.ts'

export const home = openDial({ allow: ['127.0.0.1'] })
export const failure = async (work: Promise<unknown>): Promise<DialError> => {
  const error = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof DialError)) throw error
  return error
}
export const reasonOf = async (work: Promise<unknown>): Promise<DialReason> => (await failure(work)).reason
