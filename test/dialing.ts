// Calls of tests to sites on this machine, why one was refused, and the ways to write an address that leads inside.
import { openDial, type Resolve } from '../dial.ts'
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

/** Every name leads where the map says. */
export const names =
  (map: Record<string, string[]>): Resolve =>
  async (host) => {
    const found = map[host]
    if (!found) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }

const bytes = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255)
const octal = (byte: number) => `0${byte.toString(8).padStart(3, '0')}`
const wide = (text: string) =>
  text.replace(/[0-9.]/g, (one) => String.fromCodePoint((one.codePointAt(0) ?? 0) + 0xfee0))
const encoded = (text: string) => [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
const spellings = (address: number): string[] => {
  const [a, b, c, d] = bytes(address) as [number, number, number, number]
  const plain = `${a}.${b}.${c}.${d}`
  const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)]
  return [
    ...[plain, `${plain}.`, wide(plain), encoded(plain), plain.replaceAll('.', '。'), plain.replaceAll('.', '%2e')],
    ...[
      `${address}`,
      `0x${address.toString(16)}`,
      `0X${address.toString(16).toUpperCase()}`,
      `0${address.toString(8)}`,
    ],
    ...[
      `${a}.${address & 0xffffff}`,
      `${a}.${b}.${address & 0xffff}`,
      `0x${a.toString(16)}.${b}.0${c.toString(8)}.${d}`,
    ],
    ...[
      bytes(address).map(octal).join('.'),
      bytes(address)
        .map((byte) => `0x${byte.toString(16)}`)
        .join('.'),
    ],
    ...[`[::ffff:${plain}]`, `[::ffff:${high}:${low}]`, `[0:0:0:0:0:FFFF:${high}:${low}]`, `[::${plain}]`],
    ...[`[64:ff9b::${plain}]`, `[64:ff9b::${high}:${low}]`, `[2002:${high}:${low}::]`, `[64:ff9b:1::${high}:${low}]`],
    ...[`user@${plain}`, `site.example@${plain}`, `${plain}\\@site.example`],
  ]
}
const addresses = [
  '7f000001',
  '7f000002',
  '7fffffff',
  '00000000',
  '0a000001',
  'a9fea9fe',
  'c0a80001',
  'ac100001',
  '64400001',
  'ffffffff',
  'e0000001',
  'a83f8110',
]
const hosts = addresses.flatMap((hex) => spellings(Number.parseInt(hex, 16)))
const rest = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.example',
  'b.example',
  'c.example',
  '[::]',
  '[::1]',
  '[::1%25lo]',
  '[fe80::1]',
  '[fd00::1]',
  'ⓛocalhost',
  'loca\tlhost',
]

/** Over three hundred hosts that lead to this machine or into a network of ours. */
export const insideHosts: string[] = [...hosts, ...rest]
export const insideNames = { 'a.example': ['127.0.0.1'], 'b.example': ['::1'], 'c.example': ['::ffff:127.0.0.1'] }
