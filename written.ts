// How values are written in the configuration: durations, sizes, addresses, exceptions. The messages complete a sentence
// that begins with the place of the setting.
import { z } from 'zod'
import { isException } from './addresses.ts'

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const sizes = { kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 } as const

/** '6h' to milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'is no duration: write a number and a unit, like 6h, 90s or 2d')
  .transform((text) => Number.parseFloat(text) * units[/[a-z]+$/.exec(text)![0] as keyof typeof units])
/** '8 GB' to bytes. */
export const bytes = z
  .string()
  .regex(/^\d+(\.\d+)? ?(kb|mb|gb|tb)$/i, 'is no size: write a number and a unit, like 500 MB or 8 GB')
  .transform((text) => Number.parseFloat(text) * sizes[text.slice(-2).toLowerCase() as keyof typeof sizes])
/** An address of one of these schemes. */
export const address = (...schemes: string[]) =>
  z.string().refine((text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)) && URL.canParse(text), {
    error: `is no address: it must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  })
/** An entry of server.dial.allow. */
export const exception = z.string().refine(isException, {
  error: 'is no exception: write a host name, an address, or a range like 10.1.0.0/16',
})
/** Where a secret is: an environment variable, or its twin NAME_FILE that names a file. */
export const variable = z.string().regex(/^[A-Z_][A-Z0-9_]*$/i, 'is no name of an environment variable')
