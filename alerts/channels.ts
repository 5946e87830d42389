// Where alerts are told: channels of the configuration file, which alone changes them, and those made by the API, kept as
// settings in the log. A secret must be readable to sign, and the address of a chat is one, too: both stay in here and in
// the call that uses them, and are never in a list, a note or an error.
import { randomBytes } from 'node:crypto'
import { type Channel, type ChannelKind, channelKinds } from '../alarms.ts'
import type { ConfiguredChannel } from '../configAlerts.ts'
import type { Dial } from '../dial.ts'
import { CorruptionError, UserError } from '../errors.ts'
import { urlOf } from '../refusals.ts'
import { set, settingsUnder } from '../settings.ts'
import { checkedSecret, makeSecret } from '../signature.ts'
import type { Log } from '../types.ts'

/** As it is called, with its secrets. */
export type OpenChannel = ConfiguredChannel

export interface WantedChannel {
  id?: string
  kind: string
  url: string
  secret?: string
}

export interface Channels {
  /** All, with their secrets: those of the configuration win. */
  open(): Promise<OpenChannel[]>
  /** All, as they may be told. */
  list(): Promise<Channel[]>
  /** Makes or changes one. Its secret is told once, when it is made or replaced. Throws UserError on what is none. */
  put(wanted: WantedChannel): Promise<Channel & { secret?: string }>
  drop(id: string): Promise<void>
}

const prefix = 'channel:'
export const mostChannels = 50
const idPattern = /^[a-z0-9_-]{1,64}$/

export interface ChannelParts {
  log: Pick<Log, 'settings' | 'append'>
  configured: readonly OpenChannel[]
  dial: Pick<Dial, 'vet'>
}

export function openChannels({ log, configured, dial }: ChannelParts): Channels {
  const own = () => ownChannels(log)
  const open = async () => {
    const isFree = ({ id }: OpenChannel) => !configured.some((one) => one.id === id)
    return [...configured, ...(await own()).filter(isFree)]
  }
  const refuseConfigured = (id: string) => {
    if (configured.some((one) => one.id === id))
      throw new UserError(`channel ${id} stands in the configuration file`, 'Change it there, and start again.', 409)
  }
  return {
    open,
    list: async () => (await open()).map(toldChannel),
    put: async (wanted) => {
      const id = wanted.id ?? randomBytes(6).toString('hex')
      if (!idPattern.test(id))
        throw new UserError('an id is 1 to 64 of a-z, 0-9, - and _', 'Leave it out, and one is made.')
      refuseConfigured(id)
      const kind = kindOf(wanted.kind)
      await dial.vet(wanted.url)
      const all = await own()
      const before = all.find((one) => one.id === id)
      if (!before && all.length >= mostChannels)
        throw new UserError(`there are ${mostChannels} channels already`, 'Delete one that nobody uses.', 409)
      const secret = secretFor(kind, wanted.secret, before)
      const channel = { kind, url: urlOf(wanted.url).href, secret }
      await set(log, { [prefix + id]: JSON.stringify(channel) })
      const isNew = secret !== null && secret !== before?.secret
      return { ...toldChannel(ownChannel(id, channel)), ...(isNew ? { secret } : {}) }
    },
    drop: async (id) => {
      refuseConfigured(id)
      if (!(await own()).some((one) => one.id === id))
        throw new UserError('there is no such channel', 'GET /v1/alerts/channels lists them.', 404)
      await set(log, { [prefix + id]: null })
    },
  }
}

function kindOf(kind: string): ChannelKind {
  if (kind === 'mail')
    throw new UserError(
      'a mail channel stands in the configuration file',
      'Add it to channels: in undercurrent.yaml: a mail server is called wherever it is, so its address is the operator’s word.',
    )
  const known = channelKinds.find((one) => one === kind)
  if (!known) throw new UserError(`${JSON.stringify(kind.slice(0, 40))} is no kind of channel`, kindHint)
  return known
}
const kindHint = `Use one of ${channelKinds.filter((one) => one !== 'mail').join(', ')}.`

/** Only a webhook is signed. One that is changed keeps its secret, unless another one is given. */
function secretFor(kind: ChannelKind, given: string | undefined, before: OpenChannel | undefined): string | null {
  if (kind === 'webhook') return given === undefined ? (before?.secret ?? makeSecret()) : checkedSecret(given)
  if (given === undefined) return null
  throw new UserError(`a ${kind} channel takes no secret`, 'Leave it out: only webhooks are signed.')
}

type KeptChannel = Pick<OpenChannel, 'kind' | 'url' | 'secret'>
const ownChannel = (id: string, kept: KeptChannel): OpenChannel => ({
  ...{ id, kind: kept.kind, url: kept.url, from: '', to: [], origin: 'user', secret: kept.secret },
  ...{ user: null, password: null },
})

async function ownChannels(log: Pick<Log, 'settings'>): Promise<OpenChannel[]> {
  return [...(await settingsUnder(log, prefix))].map(([id, text]) => {
    try {
      return ownChannel(id, JSON.parse(text) as KeptChannel)
    } catch (cause) {
      throw new CorruptionError(`channel ${id} in the log is not what this version wrote`, { cause })
    }
  })
}

/** Without its secrets: of the address of a chat, its host and the last four characters. */
export function toldChannel({ id, kind, url, from, to, origin }: OpenChannel): Channel {
  return { id, kind, url: toldUrl(kind, url), from, to, origin }
}

function toldUrl(kind: ChannelKind, text: string): string {
  const url = URL.parse(text)
  if (!url) return ''
  if (kind === 'slack' || kind === 'discord') return `${url.protocol}//${url.host}/…${url.href.slice(-4)}`
  return text
}
