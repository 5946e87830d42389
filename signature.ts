// Standard Webhooks: who gets a call of ours can tell that it is ours, whole and recent (docs/webhooks.md shows how).
// May assume that secrets were checked when they came in. Never writes a secret anywhere but into what it returns.
import { createHmac, randomBytes } from 'node:crypto'
import { UserError } from './errors.ts'

const prefix = 'whsec_'
const [fewest, most] = [24, 64]

export const makeSecret = (): string => prefix + randomBytes(32).toString('base64')

/** The secret as given. Throws UserError on what is none: whsec_ and the base64 of 24 to 64 bytes. */
export function checkedSecret(text: string): string {
  const bytes = keyOf(text)
  const isWhole = text === prefix + bytes.toString('base64')
  if (isWhole && bytes.length >= fewest && bytes.length <= most) return text
  throw new UserError(
    `a secret is ${prefix} and the base64 of ${fewest} to ${most} bytes`,
    'Leave it out, and one is made; or: printf "whsec_%s" "$(head -c 32 /dev/urandom | base64)".',
  )
}

const keyOf = (secret: string) => Buffer.from(secret.slice(prefix.length), 'base64')

export interface Signed {
  /** The same for every try to deliver the same thing. No dot in it: it is what parts the signed text. */
  id: string
  /** Of this try. */
  nowMs: number
  body: string
}

/** The headers of one try, signed with every secret: while one is being replaced, either verifies. */
export function signatureHeaders({ id, nowMs, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000))
  const signed = secrets.map((secret) =>
    createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64'),
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signed.map((one) => `v1,${one}`).join(' '),
  }
}
