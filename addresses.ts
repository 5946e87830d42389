// Which network addresses belong to the public internet, and which others the configuration lets us reach. Pure. What is
// in doubt is not public: an address that cannot be read, or that carries another one inside, is judged by the strictest
// reading. Keep in step with IANA's registries of special-purpose addresses.
import { BlockList, isIP } from 'node:net'

/** Not public though they look it: this network, private, shared, link-local, documentation, benchmarks, multicast, ... */
const closed4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32', // a public number that a large host answers inside with its metadata
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Of IPv6 only this is given out; what lies outside (loopback, ULA, link-local, multicast) is closed without a list. */
const given6 = '2000::/3'
/** Protocol assignments with Teredo, documentation, 6to4: some carry an IPv4 address, none is where a site lives. */
const closed6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

function listOf(ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address, bits] = range.split('/') as [string, string]
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
const private4 = listOf(closed4)
const public6 = listOf([given6])
const private6 = listOf(closed6)

/** True for an address that anybody on the internet could reach. */
export function isPublic(address: string): boolean {
  const plain = unwrapped(address)
  if (isIP(plain) === 4) return !private4.check(plain, 'ipv4')
  return isIP(plain) === 6 && public6.check(plain, 'ipv6') && !private6.check(plain, 'ipv6')
}

/** The IPv4 address inside ::ffff:a.b.c.d and 64:ff9b::a.b.c.d, as which the network treats it; else the address. */
function unwrapped(address: string): string {
  if (isIP(address) !== 6) return address
  // The URL parser writes IPv6 in one way; it refuses zones (fe80::1%eth0), which are link-local anyway.
  const host = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? ''
  const [, high, low] = /^(?:::ffff|64:ff9b:):([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host) ?? []
  if (!high || !low) return isIP(host) ? unshort(host) : ''
  const bytes = [high, low].flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255])
  return bytes.join('.')
}

/** 64:ff9b::1234 is 64:ff9b::0.0.18.52: this network, and never public. */
const unshort = (host: string) => (/^(?:::ffff|64:ff9b):/.test(host) ? '0.0.0.0' : host)

/** Exceptions as the configuration writes them: host names, addresses, ranges. */
export interface Allowed {
  hosts: Set<string>
  addresses: BlockList
}

/** A host name as the URL parser writes it; null where it is none. */
function hostOf(text: string): string | null {
  if (!/^[^\s/?#@:[\]\\%*]+$/.test(text)) return null
  return URL.parse(`http://${text}`)?.hostname.replace(/\.$/, '') || null
}

/** True for what may stand in server.dial.allow. */
export function isException(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (bits === undefined) return family > 0 || (hostOf(text) !== null && isIP(hostOf(text)!) === 0)
  const most = family === 6 ? 128 : 32
  return family > 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
}

/** What `isException` was asked about before. */
export function allowedBy(exceptions: readonly string[]): Allowed {
  const hosts = new Set<string>()
  const ranges: string[] = []
  for (const text of exceptions) {
    const [address = '', bits] = text.split('/')
    const family = isIP(address)
    if (family) ranges.push(`${address}/${bits ?? (family === 6 ? 128 : 32)}`)
    else hosts.add(hostOf(text)!)
  }
  return { hosts, addresses: listOf(ranges) }
}

/** True where one may connect to `address`, asked for under the name `host`. */
export function mayReach(address: string, host: string, { hosts, addresses }: Allowed): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  return hosts.has(host.replace(/\.$/, '')) || addresses.check(address, family) || isPublic(address)
}
