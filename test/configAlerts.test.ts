// Alerts and channels in the configuration: what holds where nothing is said, every way to write a rule, secrets from the
// environment alone, and mistakes with their place.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openChannels, parseConfig, readConfig } from '../config.ts'
import { UserError } from '../errors.ts'

const hourMs = 3_600_000
const folder = mkdtempSync(join(tmpdir(), 'uc-alerts-'))
const fileOf = (text: string) => {
  const path = join(folder, 'undercurrent.yaml')
  writeFileSync(path, text)
  return path
}
const mistake = (make: () => unknown): UserError => {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return error as UserError
  }
  throw new Error('the mistake was not noticed')
}

describe('alerts', () => {
  test('absent are one rule over everything, an empty list is none, and the file of the checkout says the same', () => {
    const usual = { id: 'shifts', name: 'Shifts', budget: { messages: 1, perMs: 168 * hourMs } }
    expect(parseConfig('', 'x').alerts).toEqual([usual])
    expect(parseConfig('alerts: []', 'x').alerts).toEqual([])
    const { alerts, channels } = readConfig({}, {})
    const [first, ...others] = alerts
    expect(first).toEqual({ ...usual, topics: [], measures: [], early: true, cooldownMs: 6 * hourMs })
    expect(others).toMatchObject([{ id: 'peace-talks', budget: { messages: 2, perMs: 24 * hourMs } }])
    expect(channels).toEqual([])
  })

  test('of both kinds are read as they are written', () => {
    const text = `
alerts:
  - { id: a, topics: tag:city, budget: 2 per month, quiet: "22:00-07:00 Europe/Berlin", channels: [team], dry: true }
  - { id: b, measure: sentiment.negative, above: 60%, over: 3h, for: 1h, severity: critical }
  - { id: c, measure: volume, below: 20, over: 1d }`
    const { alerts } = parseConfig(text, 'x')
    expect(alerts).toMatchObject([
      { topics: ['tag:city'], budget: { messages: 2, perMs: 720 * hourMs }, channels: ['team'], isDry: true },
      { level: { measure: 'sentiment.negative', above: 0.6, windowMs: 3 * hourMs }, forMs: hourMs },
      { level: { measure: 'volume', above: null, below: 20, windowMs: 24 * hourMs } },
    ])
    expect(alerts[0]!.quiet).toEqual({ from: '22:00', to: '07:00', zone: 'Europe/Berlin' })
  })

  test.each([
    ['alerts:\n  - id: a\n    buget: 1 per week\n', ':3:5: alerts.0 has no setting "buget"; did you mean "budget"?'],
    ['alerts:\n  - id: a\n    budget: often\n', ':3:13: alerts.0.budget: is no budget: write how many'],
    ['alerts:\n  - budget: 1 per fortnight\n', ':2:13: alerts.0.budget.per: is no time: write hour, day, week'],
    ['alerts:\n  - { above: lots }\n', 'alerts.0.above: is no share: write 60% or 0.6'],
    ['alerts:\n  - { for: 1 hour }\n', 'alerts.0.for: is no duration'],
    ['alerts:\n  - { quiet: 22-7 }\n', 'alerts.0.quiet: are no quiet hours'],
    ['alerts: shifts', 'x:1:9: alerts'],
  ])('%j: %s', (text, message) => expect(mistake(() => parseConfig(text, 'x')).message).toContain(message))
})

describe('channels', () => {
  const text = `
channels:
  - { id: team, kind: slack, url_env: TEAM }
  - { id: pager, kind: webhook, url: "https://hooks.example/a", secret_env: PAGER }
  - { id: desk, kind: mail, url: "smtp://mail.example:587", user: uc, password_env: MAIL, from: uc@a.example, to: desk@a.example }
  - { id: am, kind: alertmanager, url: "http://127.0.0.1:9093" }`
  const env = { TEAM: 'https://hooks.slack.example/services/x', PAGER: `whsec_${'A'.repeat(32)}`, MAIL: 'pass' }

  test('take their secrets from the environment, or from the file that the twin names', () => {
    const none = { secret: null, user: null, password: null, from: '', to: [], origin: 'config' }
    const password = join(folder, 'password')
    writeFileSync(password, 'from a file\n')
    const config = readConfig({ config: fileOf(text) }, {})
    const channels = openChannels(config, { ...env, MAIL: undefined, MAIL_FILE: password })
    expect(channels).toEqual([
      { ...none, id: 'team', kind: 'slack', url: env.TEAM },
      { ...none, id: 'pager', kind: 'webhook', url: 'https://hooks.example/a', secret: env.PAGER },
      {
        ...{ ...none, id: 'desk', kind: 'mail', url: 'smtp://mail.example:587', user: 'uc', password: 'from a file' },
        ...{ from: 'uc@a.example', to: ['desk@a.example'] },
      },
      { ...none, id: 'am', kind: 'alertmanager', url: 'http://127.0.0.1:9093' },
    ])
  })

  test('whose variable is not set, or holds no address, stop the start with what to do; other commands go on', () => {
    const config = readConfig({ config: fileOf(text) }, {})
    const unset = mistake(() => openChannels(config, { ...env, PAGER: '' }))
    expect(unset.message).toBe('channel "pager": the environment variable PAGER is not set')
    expect(unset.hint).toContain('PAGER_FILE')
    const odd = mistake(() => openChannels(config, { ...env, TEAM: 'hooks' }))
    expect(odd.message).toContain('what TEAM holds is no address')
    expect(odd.message).not.toContain('hooks.slack')
    const short = mistake(() => openChannels(config, { ...env, PAGER: 'whsec_short' }))
    expect(short.message).toBe('channel "pager": a secret is whsec_ and the base64 of 24 to 64 bytes')
  })

  test.each([
    ['id: a, kind: pager, url: https://a.example', 'channels.0.kind'],
    ['id: A b, kind: webhook, url: https://a.example', 'channels.0.id: is no id'],
    ['id: a, kind: webhook', 'channels.0.id: needs url, or url_env'],
    ['id: a, kind: webhook, url: https://a.example, url_env: X', 'channels.0.url: cannot stand beside url_env'],
    ['id: a, kind: webhook, url: ftp://a.example', 'channels.0.url: is no address: it must start with https://'],
    ['id: a, kind: webhook, url: https://u:p@a.example', 'without user and password'],
    ['id: a, kind: slack, url: https://a.example', 'channels.0.url: is a secret of yours'],
    ['id: a, kind: alertmanager, url: https://a.example, secret_env: X', 'channels.0.secret_env: is for webhooks only'],
    ['id: a, kind: webhook, url: https://a.example, to: b@c.example', 'channels.0.to: is for mail only'],
    ['id: a, kind: webhook, url: https://a.example, secret: x', 'channels.0 has no setting "secret"'],
    ['id: a, kind: webhook, url: https://a.example, secrt_env: x', 'did you mean "secret_env"?'],
    ['id: a, kind: webhook, url: https://a.example, secret_env: "a b"', 'is no name of an environment variable'],
    ['id: a, kind: mail, url: smtp://a.example, to: b@c.example', 'channels.0.id: needs from'],
    ['id: a, kind: mail, url: smtp://a.example, from: b@c.example', 'channels.0.id: needs to'],
    ['id: a, kind: mail, url: smtp://u:p@a.example, from: b@c.example, to: b@c.example', 'is no mail server'],
    ['id: a, kind: mail, url: https://a.example, from: b@c.example, to: b@c.example', 'is no mail server'],
    ['id: a, kind: mail, url: smtp://a.example, from: b@c.example, to: nobody', 'channels.0.to: is no mail address'],
    ['id: a, kind: mail, url: smtp://a.example, user: u, from: b@c.example, to: b@c.example', 'goes with password_env'],
  ])('%s: %s', (given, message) =>
    expect(mistake(() => parseConfig(`channels:\n  - { ${given} }\n`, 'x')).message).toContain(message),
  )

  test('need an id of their own', () => {
    const one = '{ id: a, kind: webhook, url: https://a.example }'
    expect(mistake(() => parseConfig(`channels:\n  - ${one}\n  - ${one}\n`, 'x')).message).toBe(
      'x:3:11: channels.1.id: is the id of two channels',
    )
  })
})
