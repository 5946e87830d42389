// Which addresses are public: every special range at both its ends and just outside, addresses that carry others inside,
// and what may stand among the exceptions.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allowedBy, isException, isPublic, mayReach } from '../addresses.ts'

describe('an address is not public', () => {
  test.each([
    ['0.0.0.0', '0.255.255.255', 'this network'],
    ['10.0.0.0', '10.255.255.255', 'private'],
    ['100.64.0.0', '100.127.255.255', 'shared by a carrier'],
    ['127.0.0.0', '127.255.255.255', 'loopback'],
    ['169.254.0.0', '169.254.169.254', 'link-local, metadata'],
    ['172.16.0.0', '172.31.255.255', 'private'],
    ['192.0.0.0', '192.0.0.255', 'protocol assignments'],
    ['192.0.2.0', '192.0.2.255', 'documentation'],
    ['192.88.99.0', '192.88.99.255', '6to4 relays'],
    ['192.168.0.0', '192.168.255.255', 'private'],
    ['198.18.0.0', '198.19.255.255', 'benchmarks'],
    ['198.51.100.0', '198.51.100.255', 'documentation'],
    ['203.0.113.0', '203.0.113.255', 'documentation'],
    ['224.0.0.0', '239.255.255.255', 'multicast'],
    ['240.0.0.0', '255.255.255.255', 'reserved, broadcast'],
    ['168.63.129.16', '168.63.129.16', 'metadata of a host'],
    ['::', '::1', 'unspecified, loopback'],
    ['fc00::', 'fdff:ffff::1', 'unique local'],
    ['fd00:ec2::254', 'fd00:ec2::254', 'metadata'],
    ['fe80::', 'fe80::1%eth0', 'link-local'],
    ['fec0::1', 'feff::1', 'site-local'],
    ['ff00::', 'ff02::1', 'multicast'],
    ['2001::', '2001:0:4136:e378:8000:63bf:3fff:fdd2', 'Teredo'],
    ['2001:db8::', '2001:db8:ffff::1', 'documentation'],
    ['2002::', '2002:7f00:1::', '6to4'],
    ['3fff::1', '3fff:fff::1', 'documentation'],
    ['100::1', '64:ff9b:1::1', 'discard, local translation'],
    ['::127.0.0.1', '::7f00:1', 'IPv4 in IPv6, long gone'],
    ['::ffff:127.0.0.1', '::ffff:7f00:1', 'IPv4-mapped'],
    ['::ffff:10.1.2.3', '0:0:0:0:0:ffff:a01:203', 'IPv4-mapped'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1', 'translated'],
    ['64:ff9b::169.254.169.254', '64:ff9b::1', 'translated'],
    ['::ffff:1', '64:ff9b::', 'short'],
  ])('%s .. %s: %s', (first, last) => {
    expect([isPublic(first), isPublic(last)]).toEqual([false, false])
  })

  test('when it is none', () => {
    for (const text of [
      '',
      'localhost',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.4/8',
      '::g',
      '[::1]',
      ' 8.8.8.8',
      '8.8.8.8 ',
      '0x8.8.8.8',
    ])
      expect([text, isPublic(text)]).toEqual([text, false])
  })
})

test.each([
  ['1.0.0.0', '9.255.255.255'],
  ['11.0.0.0', '100.63.255.255'],
  ['100.128.0.0', '126.255.255.255'],
  ['128.0.0.0', '169.253.255.255'],
  ['169.255.0.0', '172.15.255.255'],
  ['172.32.0.0', '191.255.255.255'],
  ['192.0.1.0', '192.0.3.0'],
  ['192.169.0.0', '198.17.255.255'],
  ['198.20.0.0', '223.255.255.255'],
  ['2606:4700::1', '2a00:1450::1'],
  ['2001:4860:4860::8888', '2003::1'],
  ['::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
])('%s and %s are public', (first, last) => {
  expect([isPublic(first), isPublic(last)]).toEqual([true, true])
})

test('what an address carries inside decides, whichever it is', () => {
  const byte = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(byte, byte, byte, byte, (...bytes) => {
      const plain = bytes.join('.')
      for (const outer of ['::ffff:', '64:ff9b::'])
        expect([plain, isPublic(outer + plain)]).toEqual([plain, isPublic(plain)])
    }),
    { numRuns: 2_000, seed: 11 },
  )
})

describe('an exception', () => {
  test.each([
    'localhost',
    'hooks.internal',
    'Hooks.Internal.',
    '10.0.0.1',
    '10.1.0.0/16',
    '0.0.0.0/0',
    '::1',
    'fd00::/8',
  ])('may be %s', (text) => {
    expect(isException(text)).toBe(true)
    allowedBy([text])
  })

  test.each([
    '',
    '*',
    '*.internal',
    'a b',
    'http://a',
    'a:80',
    '10.0.0.1:80',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10/8',
    '::/129',
    '127.1',
    '[::1]',
    'a/8',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
  ])('may not be %j', (text) => {
    expect(isException(text)).toBe(false)
  })

  test('holds for what it names, and for nothing beside it', () => {
    const allowed = allowedBy(['hooks.internal', '10.1.0.0/16', '127.0.0.1', 'fd00::/64'])
    const may = (address: string, host = 'site.example') => mayReach(address, host, allowed)
    expect(may('192.168.0.1', 'hooks.internal')).toBe(true)
    expect(may('192.168.0.1', 'hooks.internal.')).toBe(true)
    expect(may('192.168.0.1', 'x.hooks.internal')).toBe(false)
    expect([may('10.1.2.3'), may('10.2.2.3')]).toEqual([true, false])
    expect([may('127.0.0.1'), may('127.0.0.2'), may('::ffff:127.0.0.1'), may('::1')]).toEqual([
      true,
      false,
      true,
      false,
    ])
    expect([may('fd00::1'), may('fd00:0:0:1::1')]).toEqual([true, false])
    expect(may('8.8.8.8')).toBe(true)
  })
})
