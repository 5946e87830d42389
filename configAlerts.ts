// The part of the configuration that is about alerts: rules, and the channels that they are told on. A secret never stands
// in the file: it names the variable that holds it, or whose NAME_FILE twin names the file. Reads no environment itself.
import { z } from 'zod'
import { type Channel, channelKinds } from './alarms.ts'
import { UserError } from './errors.ts'
import { ruleForm, ruleKeys, usualRule } from './ruleForm.ts'
import { checkedSecret } from './signature.ts'
import { variable } from './written.ts'

const channel = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9_-]{1,64}$/, 'is no id: use 1 to 64 of a-z, 0-9, - and _'),
    kind: z.enum(channelKinds),
    url: z.string().min(1).max(2_048).optional(),
    url_env: variable.optional(),
    secret_env: variable.optional(),
    user: z.string().min(1).max(320).optional(),
    password_env: variable.optional(),
    from: z.string().min(3).max(320).optional(),
    to: z
      .union([
        z
          .string()
          .min(3)
          .max(320)
          .transform((one) => [one]),
        z.array(z.string().min(3).max(320)).min(1).max(50),
      ])
      .optional(),
  })
  .superRefine((given, context) => {
    const mistake = mistakeOf(given)
    if (mistake) context.addIssue({ code: 'custom', path: [mistake[0]], message: mistake[1] })
  })
export type FileChannel = z.output<typeof channel>

export const alertsSchema = {
  alerts: z.array(ruleForm).max(200).default([usualRule]),
  channels: z
    .array(channel)
    .max(100)
    .default([])
    .superRefine((all, context) => {
      const twice = all.findIndex(({ id }, at) => all.findIndex((one) => one.id === id) < at)
      if (twice >= 0) context.addIssue({ code: 'custom', path: [twice, 'id'], message: 'is the id of two channels' })
    }),
}
/** For what was misspelt: the settings of each place. */
export const alertShapes = { alerts: ruleKeys, channels: Object.keys(channel.shape) }

const ofMail = ['user', 'password_env', 'from', 'to'] as const

/** What is wrong with a channel: at which setting, and what. */
function mistakeOf(given: Omit<FileChannel, 'to'> & { to?: unknown }): [at: string, what: string] | null {
  const { kind, url, url_env } = given
  const isMail = kind === 'mail'
  if (!url && !url_env) return ['id', 'needs url, or url_env with the name of the variable that holds it']
  if (url && url_env) return ['url', 'cannot stand beside url_env: give one of them']
  if (url && (kind === 'slack' || kind === 'discord'))
    return ['url', 'is a secret of yours: put it into an environment variable and give its name as url_env']
  if (url && !isAddress(url, isMail)) return ['url', wanted(isMail)]
  if (given.secret_env && kind !== 'webhook') return ['secret_env', 'is for webhooks only']
  const stray = isMail ? undefined : ofMail.find((name) => given[name] !== undefined)
  if (stray) return [stray, 'is for mail only']
  if (isMail && !given.from) return ['id', 'needs from, the address that mail comes from']
  if (isMail && !given.to) return ['id', 'needs to, the addresses that mail goes to']
  const broken =
    isMail && [given.from, given.to].flat().find((one) => !/^[^\s@]+@[^\s@]+$|<[^\s@<>]+@[^\s@<>]+>$/.test(String(one)))
  if (broken) return [broken === given.from ? 'from' : 'to', `is no mail address: "${broken}"`]
  return isMail && Boolean(given.user) !== Boolean(given.password_env)
    ? ['user', 'goes with password_env: give both, or none']
    : null
}

const wanted = (isMail: boolean) =>
  isMail
    ? 'is no mail server: write smtp://host:port or smtps://host:port, without user and password'
    : 'is no address: it must start with https:// or http://, without user and password'

function isAddress(text: string, isMail: boolean): boolean {
  const url = URL.parse(text)
  const schemes = isMail ? ['smtp:', 'smtps:'] : ['https:', 'http:']
  return url !== null && schemes.includes(url.protocol) && url.hostname !== '' && !url.username && !url.password
}

/** A channel of the file with what the environment holds for it. */
export interface ConfiguredChannel extends Channel {
  /** webhook: what its calls are signed with; null: they are not. */
  secret: string | null
  /** mail: how we tell the server who we are; null: it does not ask. */
  user: string | null
  password: string | null
}

/** The channels with their secrets. Throws UserError on a variable that is not set, or that holds no address. */
export function channelsOf(channels: FileChannel[], secret: (name: string) => string | null): ConfiguredChannel[] {
  return channels.map((channel) => {
    const { id, kind, url, url_env, secret_env, user = null, password_env, from = '', to = [] } = channel
    const read = (name: string) => {
      const value = secret(name)
      if (value) return value
      const hint = `Set ${name}, or ${name}_FILE to the path of a file that holds it; or take the channel out.`
      throw new UserError(`channel "${id}": the environment variable ${name} is not set`, hint)
    }
    const address = url ?? read(url_env!)
    if (!isAddress(address, kind === 'mail'))
      throw new UserError(
        `channel "${id}": what ${url_env} holds ${wanted(kind === 'mail')}`,
        'Mend it and start again.',
      )
    const own = {
      secret: secret_env ? signing(id, read(secret_env)) : null,
      password: password_env ? read(password_env) : null,
    }
    return { id, kind, url: address, from, to, origin: 'config', user, ...own }
  })
}

function signing(id: string, secret: string): string {
  try {
    return checkedSecret(secret)
  } catch (error) {
    throw new UserError(`channel "${id}": ${(error as UserError).message}`, (error as UserError).hint)
  }
}
