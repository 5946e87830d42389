// Why a call to an address of others fails, and which addresses are refused before anybody is asked. The words are for
// whoever gave the address: they name the rule, and nothing of the network we stand in.
import { UserError } from './errors.ts'

/** Why a call failed. A closed list: those before `unreachable` are rules of ours, asking again cannot help. */
export const dialReasons = [
  'bad_address', // no URL, or over 2,048 characters
  'bad_scheme', // neither http nor https
  'credentials', // a name or password in the address
  'bad_port', // one that browsers block, too
  'not_public', // leads to a network that is not public, or nowhere
  'redirect', // one that is not followed: too many, or none of ours to follow
  'unreachable', // no connection, or one that broke
  'timeout',
  'too_large',
  'malformed', // no HTTP, or not in the encoding it says
] as const
export type DialReason = (typeof dialReasons)[number]

/** Nobody was called. */
export const isRule = (reason: string): boolean =>
  (dialReasons.slice(0, dialReasons.indexOf('unreachable')) as readonly string[]).includes(reason)

export class DialError extends UserError {
  readonly reason: DialReason
  constructor(reason: DialReason, message: string, hint: string) {
    super(message, hint, isRule(reason) ? 422 : 502)
    this.name = 'DialError'
    this.reason = reason
  }
}

const mostUrl = 2_048
/** As in the Fetch standard: a request there could be read as another protocol's. */
const badPorts = new Set(
  '0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'.split(
    ' ',
  ),
)
/** The name leads inside, or nowhere: it is not told which. */
export const notPublic = (): DialError =>
  new DialError(
    'not_public',
    'this address does not lead to the public internet',
    'Give a name that resolves to public addresses; server.dial.allow in the configuration file makes exceptions.',
  )

/** The address as a URL that may be called, as far as it can be told without asking anybody. Throws DialError. */
export function urlOf(text: string): URL {
  const url = text.length <= mostUrl ? URL.parse(text) : null
  const hint = 'Give an address like https://site.example/hook.'
  if (!url) throw new DialError('bad_address', 'this is no address', hint)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new DialError('bad_scheme', 'an address begins with https:// or http://', hint)
  if (url.username || url.password)
    throw new DialError(
      'credentials',
      'an address holds no name and no password',
      'Leave out what stands before the @.',
    )
  if (badPorts.has(url.port))
    throw new DialError('bad_port', `port ${url.port} belongs to another protocol`, 'Use another port, best none.')
  url.hash = ''
  return url
}

/** What broke on the way. */
export function failureOf(error: NodeJS.ErrnoException): DialError {
  if (error.code?.startsWith('HPE_')) return malformed()
  return new DialError('unreachable', 'the address could not be reached', 'Check that it answers from the internet.')
}
export const malformed = (): DialError =>
  new DialError('malformed', 'what answered does not speak HTTP as it says', 'Mend its answer.')
