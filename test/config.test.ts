// The configuration as a newcomer meets it: defaults that work, and mistakes answered with place and remedy.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { xRuleOf } from '../analyze/xRule.ts'
import { home, parseConfig, readConfig, secret } from '../config.ts'
import { kafkaOf } from '../configLog.ts'
import { UserError } from '../errors.ts'
import { distance } from '../spelling.ts'

const mistake = (text: string): string => {
  try {
    parseConfig(text, 'undercurrent.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return (error as UserError).message
  }
  throw new Error('the mistake was not noticed')
}

describe('defaults', () => {
  test('an empty file watches Bluesky and brings the sample', () => {
    const config = parseConfig('', 'undercurrent.yaml')
    expect(config.sources.bluesky).toMatchObject({
      hosts: [expect.any(String), expect.any(String)],
      rewind: 6 * 3_600_000,
    })
    expect(config.log.retention).toEqual({ age: 48 * 3_600_000, size: 8e9 })
    expect(config.sample).toBe(true)
    expect(config.topics).toEqual([])
  })

  test('the file of the checkout is valid and keeps the sample out of its live topics', () => {
    const { topics } = readConfig({}, {})
    expect(topics.length).toBeGreaterThan(0)
    for (const { id, query } of topics) expect(query, id).toContain('-source:sample')
  })

  test('flags win over the environment, which wins over the default', () => {
    const env = { UNDERCURRENT_PORT: '5000', UNDERCURRENT_DATA: '/tmp/from-env' }
    expect(readConfig({}, {}).port).toBe(4300)
    expect(readConfig({}, env)).toMatchObject({ port: 5000, dataDir: '/tmp/from-env' })
    expect(readConfig({ port: '0', data: '/tmp/flag' }, env)).toMatchObject({ port: 0, dataDir: '/tmp/flag' })
    expect(readConfig({ 'no-sample': true }, {}).sample).toBe(false)
  })

  test('a source is switched off with false', () => {
    expect(parseConfig('sources: { bluesky: false }', 'x').sources.bluesky).toBe(false)
  })

  describe('sources beside Bluesky', () => {
    const sourcesOf = (text: string) => parseConfig(`sources:\n${text}`, 'undercurrent.yaml').sources

    test('are off until somebody asks for them', () => {
      expect(parseConfig('', 'x').sources).toMatchObject({ x: false, mastodon: false, hackernews: false, feeds: [] })
    })

    test('X is not switched on without a word about money', () => {
      expect(mistake('sources: { x: {} }')).toMatch(/daily: is no amount: say the most that may be spent/)
      expect(mistake('sources: { x: { daily: 10, monthly: 0 } }')).toMatch(/monthly/)
      const { x } = sourcesOf('  x: { daily: 10, monthly: 200 }')
      expect(x).toEqual({
        ...{ host: 'https://api.x.com', price: 0.005, daily: 10, monthly: 200, keep: 'scores', width: 0.03 },
      })
    })

    test('one Mastodon instance may tell of the others, and none is listed twice', () => {
      const of = (...instances: string[]) => `sources: { mastodon: { instances: [${instances.join(', ')}] } }`
      const [a, b] = ['{ host: https://a.example, remote: true }', '{ host: https://b.example, remote: true }']
      expect(mistake(of(a!, b!))).toMatch(/instances\.1\.remote.* counted twice/s)
      expect(mistake(of('{ host: https://a.example }', '{ host: https://a.example/ }'))).toMatch(/listed twice/)
      expect(mistake(of('{ host: a.example }'))).toMatch(/instances\.0\.host.* must start with https/s)
      expect(mistake(of('{ host: https://a.example, tags: ["two words"] }'))).toMatch(/is no hashtag/)
      expect(sourcesOf('  mastodon: { instances: [{ host: https://a.example }] }').mastodon).toEqual({
        rewind: 6 * 3_600_000,
        instances: [{ host: 'https://a.example', tags: [], public: true, remote: false }],
      })
    })

    test('a feed listed twice, and a name in an address, are mistakes', () => {
      const feeds = '[{ url: https://a.example/rss }, { url: https://a.example/rss }]'
      expect(mistake(`sources: { feeds: ${feeds} }`)).toMatch(/feeds\.1\.url: is listed twice/)
      const host = 'https://me:secret@a.example'
      expect(mistake(`sources: { mastodon: { instances: [{ host: "${host}" }] } }`)).toMatch(
        /holds a name or password.*token_env/,
      )
    })

    test('a misspelt setting is answered with the nearest', () => {
      expect(mistake('sources: { x: { daily: 10, monthly: 200, prise: 1 } }')).toMatch(/did you mean "price"/)
      expect(mistake('sources: { x: { dayly: 10, monthly: 200 } }')).toMatch(/did you mean "daily"/)
      expect(mistake('sources: { hackernew: {} }')).toMatch(/did you mean "hackernews"/)
    })

    test('the token of X is a secret of the environment', () => {
      expect(readConfig({}, {}).xToken).toBeNull()
      expect(readConfig({}, { UNDERCURRENT_X_TOKEN: 'a-token' }).xToken).toBe('a-token')
    })
  })

  test('limits are changed one by one, or switched off', () => {
    const limitsOf = (text: string) => parseConfig(text, 'x').server.limits
    const usual = { rate: 50, burst: 200, costly_rate: 5, costly_burst: 20 }
    expect(limitsOf('')).toEqual(usual)
    expect(limitsOf('server: { hosts: [a.example] }')).toEqual(usual)
    expect(limitsOf('server: { limits: { rate: 0.5 } }')).toEqual({ ...usual, rate: 0.5 })
    expect(limitsOf('server: { limits: false }')).toBe(false)
    expect(() => limitsOf('server:\n  limits: { bust: 9 }')).toThrow('did you mean "burst"?')
    expect(() => limitsOf('server: { limits: { burst: 0 } }')).toThrow(/server\.limits/)
  })
})

describe('what others may lead us to', () => {
  test('is public unless the file names exceptions', () => {
    expect(parseConfig('', 'x').server.dial.allow).toEqual([])
    const allow = ['hooks.internal', '10.1.0.0/16', '::1']
    expect(parseConfig(`server: { dial: { allow: ${JSON.stringify(allow)} } }`, 'x').server.dial.allow).toEqual(allow)
  })

  test('feeds are read every ten minutes, and make no topic by themselves', () => {
    expect(parseConfig('', 'x').stories.feeds).toEqual([])
    const text =
      'stories: { feeds: [{ url: https://a.example/feed }, { url: http://b.example, every: 1h, approve: true }] }'
    expect(parseConfig(text, 'x').stories.feeds).toEqual([
      { url: 'https://a.example/feed', every: 600_000, approve: false },
      { url: 'http://b.example', every: 3_600_000, approve: true },
    ])
  })
})

describe('mistakes name the place and the remedy', () => {
  test.each([
    ['tpics: []', 'undercurrent.yaml:1:1: the file has no setting "tpics"; did you mean "topics"?'],
    [
      'sources:\n  bluesky:\n    rewindd: 6h\n',
      'undercurrent.yaml:3:5: sources.bluesky has no setting "rewindd"; did you mean "rewind"?',
    ],
    [
      'topics:\n  - id: a\n    quary: x\n',
      'undercurrent.yaml:3:5: topics.0 has no setting "quary"; did you mean "query"?',
    ],
    ['log: { retention: { zzzzzzzz: 1 } }', 'log.retention has no setting "zzzzzzzz"; it knows age, size'],
    ['sources:\n  bluesky:\n    rewind: 6x\n', ':3:13: sources.bluesky.rewind: is no duration'],
    ['log: { retention: { size: big } }', 'log.retention.size: is no size'],
    ['sources: { bluesky: { hosts: [https://a.b] } }', 'is no address: it must start with wss:// or ws://'],
    ['topics:\n  - id: a\n', ':2:5: topics.0.query'],
    ['topics: [{ id: a, query: x, targets: [a, b, c, d, e] }]', 'topics.0.targets'],
    ['narrator: { url: ftp://a, model: b }', 'narrator.url: is no address: it must start with http:// or https://'],
    ['narrator: { url: http://a }', 'narrator.model'],
    ['narrator: { url: http://a, modle: b }', 'narrator has no setting "modle"; did you mean "model"?'],
    ['server:\n  dial: { allow: ["10.0.0.0/33"] }', ':2:19: server.dial.allow.0: is no exception'],
    ['server: { dial: { alow: [] } }', 'server.dial has no setting "alow"; did you mean "allow"?'],
    ['stories: { feeds: [{ url: feed.xml }] }', 'stories.feeds.0.url: is no address'],
    ['stories:\n  feeds:\n    - { url: https://a.example, evry: 1h }', 'did you mean "every"?'],
    ['a: [', 'undercurrent.yaml:1:'],
  ])('%j', (text, message) => {
    expect(mistake(text)).toContain(message)
  })

  test('a port that is none', () => {
    for (const port of ['abc', '70000', '-1', '1.5']) expect(() => readConfig({ port }, {})).toThrow('is no port')
  })

  test('a file that was named and is not there', () => {
    expect(() => readConfig({ config: '/nowhere/undercurrent.yaml' }, {})).toThrow('cannot read /nowhere')
  })

  test('any text is either a configuration or a UserError', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80, unit: fc.constantFrom(...'abt:[]{}-,\n "#&*!|>%@`6h') }), (text) => {
        try {
          parseConfig(text, 'x')
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      { numRuns: 2_000, seed: 7 },
    )
  })
})

describe('a chat endpoint', () => {
  test('is none unless one is named, and its key comes from the environment alone', () => {
    expect(parseConfig('', 'x').narrator).toBeNull()
    const url = 'http://127.0.0.1:11434/v1'
    const named = parseConfig(`narrator: { url: ${url}, model: small }`, 'x')
    expect(named.narrator).toEqual({ url, model: 'small', timeout: 20_000 })
    expect(mistake(`narrator: { url: ${url}, model: small, key: secret }`)).toContain('has no setting "key"')
    expect(readConfig({}, {}).narratorKey).toBeNull()
    expect(readConfig({}, { UNDERCURRENT_NARRATOR_KEY: 'k' }).narratorKey).toBe('k')
  })
})

describe('secrets', () => {
  test('come from the variable, or from the file it names', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'uc-secret-')), 'key')
    writeFileSync(path, 'from a file\n')
    expect(secret('K', { K: 'direct' })).toBe('direct')
    expect(secret('K', { K_FILE: path })).toBe('from a file')
    expect(secret('K', {})).toBeNull()
    expect(() => secret('K', { K_FILE: '/nowhere' })).toThrow('cannot read')
  })
})

test('distance counts edits', () => {
  expect([distance('', 'abc'), distance('rewind', 'rewindd'), distance('kitten', 'sitting')]).toEqual([3, 1, 3])
})

test('the bundled topics can be asked of X as narrowly as they are written', () => {
  const { topics } = parseConfig(readFileSync(join(home, 'undercurrent.yaml'), 'utf8'), 'undercurrent.yaml')
  const queries = topics.map(({ query }) => query)
  expect(queries.length).toBeGreaterThan(0)
  // Whoever switches X on pays for every post of a rule: what X cannot narrow (a stem) would leave one half of an AND.
  for (const query of queries) {
    expect(xRuleOf(query)).toHaveProperty('value')
    expect(query).not.toContain('*')
  }
})

describe('the log on Kafka', () => {
  const written = (lines: string) => parseConfig(`log:\n  kafka:\n${lines}`, 'undercurrent.yaml').log.kafka!

  test('is off by default; brokers alone are enough', () => {
    expect(readConfig({}, {}).log.kafka).toBeNull()
    expect(written('    brokers: [kafka:9092]')).toEqual({
      ...{ brokers: ['kafka:9092'], prefix: 'undercurrent', partitions: 12, replication: 1 },
      ...{ tls: false, sasl: null, erase: 3_600_000 },
    })
  })

  test.each([
    ['clickhouse:8123', 'it must start with http:// or https://'],
    ['http://me:pass-word@clickhouse:8123', 'holds a user or password'],
  ])('UNDERCURRENT_STORE_URL=%s is refused and not repeated', (UNDERCURRENT_STORE_URL, reason) => {
    const read = () => readConfig({}, { UNDERCURRENT_STORE_URL })
    expect(read).toThrow(reason)
    expect(read).not.toThrow('pass-word')
  })

  test('the environment names brokers, and wins', () => {
    const { log } = readConfig({}, { UNDERCURRENT_KAFKA_BROKERS: 'a.example:1, b.example:2' })
    expect(log.kafka).toMatchObject({ brokers: ['a.example:1', 'b.example:2'], partitions: 12 })
    expect(() => readConfig({}, { UNDERCURRENT_KAFKA_BROKERS: 'kafka' })).toThrow(
      'UNDERCURRENT_KAFKA_BROKERS: "kafka" is no broker: write a host and a port',
    )
  })

  test('mistakes are told with their place', () => {
    const begin = 'log:\n  kafka:\n    brokers: [kafka:9092]\n'
    expect(mistake('log:\n  kafka:\n    brokers: [kafka]')).toMatch(/:3:15: log.kafka.brokers.0: is no broker/)
    expect(mistake('log:\n  kafka:\n    brokers: []')).toMatch(/log.kafka.brokers/)
    expect(mistake(`${begin}    partition: 3`)).toContain(
      'log.kafka has no setting "partition"; did you mean "partitions"?',
    )
    expect(mistake(`${begin}    sasl: { mechanism: gssapi, username: a }`)).toContain('log.kafka.sasl.mechanism')
    expect(mistake(`${begin}    sasl: { mechanism: plain, username: a, password: b }`)).toContain('"password"')
  })

  test('secrets come from the environment, authorities from a file', () => {
    const kafka = written('    brokers: [kafka:9092]\n    sasl: { mechanism: plain, username: reader }')
    expect(() => kafkaOf(kafka, null)).toThrow('the password of reader is not set')
    expect(kafkaOf(kafka, 'p')).toMatchObject({
      sasl: { mechanism: 'plain', user: 'reader', password: 'p' },
      tls: false,
    })
    const path = join(mkdtempSync(join(tmpdir(), 'undercurrent-ca-')), 'ca.pem')
    expect(() => kafkaOf({ ...kafka, tls: path }, 'p')).toThrow(`log.kafka.tls: cannot read ${path} (ENOENT)`)
    writeFileSync(path, 'PEM')
    expect(kafkaOf({ ...kafka, tls: path }, 'p').tls).toEqual({ ca: 'PEM' })
  })
})
