// Channels: what may be made by the API and what only the configuration file may say, secrets that are told once or never,
// and addresses that lead inside: refused when a channel is made and when it is called, with no connection.
import { describe, expect, test } from 'vitest'
import { mostChannels, type OpenChannel, openChannels } from '../../alerts/channels.ts'
import { openDial } from '../../dial.ts'
import { UserError } from '../../errors.ts'
import { makeSecret } from '../../signature.ts'
import { insideHosts, insideNames, names } from '../dialing.ts'
import { openSite, status } from '../doubles/site.ts'
import { alert, channel, eachWorld, settle } from './making.ts'

const world = eachWorld()
const everywhere = { vet: async () => {} }
const open = (configured: OpenChannel[] = [], dial: { vet(url: string): Promise<void> } = everywhere) =>
  openChannels({ log: world().log, configured, dial })
const failure = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(UserError)
  return error as UserError
}
const url = 'https://site.example/hook'

describe('a channel', () => {
  test('that is made is there after a restart, and signs with a secret that is told once', async () => {
    const made = await open().put({ id: 'desk', kind: 'webhook', url: 'https://site.example:443/hook#x' })
    const told = { id: 'desk', kind: 'webhook', url, from: '', to: [], origin: 'user' }
    expect(made).toEqual({ ...told, secret: made.secret })
    expect(made.secret).toMatch(/^whsec_/)
    await world().reopen()
    expect(await open().list()).toEqual([told])
    expect((await open().open())[0]!.secret).toBe(made.secret)
  })

  test('that is changed keeps its secret, unless another one is given', async () => {
    const all = open()
    const { secret } = await all.put({ id: 'desk', kind: 'webhook', url })
    expect(await all.put({ id: 'desk', kind: 'webhook', url: `${url}/2` })).not.toHaveProperty('secret')
    expect((await all.open())[0]).toMatchObject({ url: `${url}/2`, secret })
    const own = makeSecret()
    expect((await all.put({ id: 'desk', kind: 'webhook', url, secret: own })).secret).toBe(own)
    expect(await all.put({ id: 'desk', kind: 'slack', url })).not.toHaveProperty('secret')
    expect((await all.open())[0]).toMatchObject({ kind: 'slack', secret: null })
  })

  test('of a chat is told by its host and its last four characters, of a mail server without who we are there', async () => {
    const mail = channel('post', 'mail', {
      url: 'smtp://mail.example:587',
      from: 'a@b.example',
      to: ['c@d.example'],
      user: 'me',
      password: 'pw',
    })
    const all = open([mail, channel('hq', 'slack', { url: 'https://hooks.slack.com/services/T0/B0/abcdefgh' })])
    await all.put({ id: 'dis', kind: 'discord', url: 'https://discord.com/api/webhooks/1/s3cr3t-token' })
    const told = await all.list()
    expect(told.map((one) => one.url)).toEqual([
      'smtp://mail.example:587',
      'https://hooks.slack.com/…efgh',
      'https://discord.com/…oken',
    ])
    expect(JSON.stringify(told)).not.toMatch(/secret|password|pw|abcd|s3cr3t|"me"/)
    expect(told[0]).toMatchObject({ from: 'a@b.example', to: ['c@d.example'] })
  })

  test('that is dropped leaves nothing', async () => {
    const all = open()
    const { id } = await all.put({ kind: 'webhook', url })
    expect(id).toMatch(/^[0-9a-f]{12}$/)
    await all.drop(id)
    expect([await all.list(), await world().log.settings()]).toEqual([[], []])
    expect((await failure(all.drop(id))).status).toBe(404)
  })

  test('of the configuration file is changed there alone, and wins over one of its name', async () => {
    await open().put({ id: 'desk', kind: 'webhook', url })
    const all = open([channel('desk', 'slack', { url: 'https://chat.example/abcdef' })])
    expect((await all.list()).map(({ id, kind, origin }) => [id, kind, origin])).toEqual([['desk', 'slack', 'config']])
    for (const work of [all.put({ id: 'desk', kind: 'webhook', url }), all.drop('desk')])
      expect(await failure(work)).toMatchObject({ status: 409, hint: 'Change it there, and start again.' })
  })

  test.each([
    [{ kind: 'mail', url: 'smtp://mail.example' }, /stands in the configuration file/],
    [{ kind: 'telegram', url }, /"telegram" is no kind of channel/],
    [{ kind: 'x'.repeat(9_999), url }, /^.{0,80}$/],
    [{ kind: 'slack', url, secret: makeSecret() }, /takes no secret/],
    [{ kind: 'webhook', url, secret: 'whsec_short' }, /a secret is whsec_/],
    [{ kind: 'webhook', url, id: 'A b' }, /an id is/],
    [{ kind: 'webhook', url, id: 'a:b' }, /an id is/],
    [{ kind: 'webhook', url, id: '' }, /an id is/],
  ])('may not be %j', async (wanted, said) => {
    const error = await failure(open().put(wanted))
    expect([error.message, error.hint.length > 0]).toEqual([expect.stringMatching(said), true])
    expect(await open().list()).toEqual([])
  })

  test(`is one of ${mostChannels} at most`, async () => {
    const all = open()
    for (let nr = 0; nr < mostChannels; nr++) await all.put({ id: `c${nr}`, kind: 'webhook', url })
    expect((await failure(all.put({ kind: 'webhook', url }))).status).toBe(409)
    await all.put({ id: 'c1', kind: 'webhook', url })
  })
})

describe('three hundred addresses that lead inside', () => {
  const kinds = ['webhook', 'slack', 'discord', 'alertmanager'] as const

  test('make no channel, and nobody is called', async () => {
    await using site = await openSite()
    const all = open([], openDial({ resolve: names(insideNames) }))
    const urls = insideHosts.map((host) => `http://${host}:${site.port}/`)
    const errors = await Promise.all(urls.map((one, nr) => failure(all.put({ kind: kinds[nr % 4]!, url: one }))))
    expect(errors.length).toBeGreaterThan(300)
    expect(new Set(errors.map((error) => error.status))).toEqual(new Set([422]))
    for (const { message, hint } of errors) expect(message + hint).not.toMatch(/127\.|10\.0|169\.254|::1|undefined/)
    expect([site.connections(), await all.list()]).toEqual([0, []])
  })

  test('are not called though a channel has them, nor by a test of it', async () => {
    const at = world()
    await using site = await openSite()
    const channels = insideHosts.map((host, nr) =>
      channel(`c${nr}`, kinds[nr % 4]!, { url: `http://${host}:${site.port}/${'x'.repeat(20)}` }),
    )
    const ids = channels.map(({ id }) => id)
    at.begin(channels, { dial: openDial({ resolve: names(insideNames) }) })
    await at.issue('b', [alert('a')], { channels: ids })
    const errors = () => at.notify.deliveries().map(({ error, status: how }) => `${how} ${error}`)
    const refused = ['retrying not_public', 'retrying credentials', 'retrying bad_address']
    await expect.poll(() => new Set(errors()), { timeout: 15_000, interval: 50 }).toEqual(new Set(refused))
    expect(errors().length).toBeGreaterThan(300)
    const tested = await at.notify.test(
      { id: 'r', name: 'r', severity: 'info', channels: ids },
      AbortSignal.timeout(10_000),
    )
    expect(tested.every(({ ok, detail }) => !ok && !/127\.|169\.254/.test(detail))).toBe(true)
    expect(at.noted.join()).not.toMatch(/127\.0|xxxx/)
    await settle()
    expect(site.connections()).toBe(0)
  })

  test('are not reached by a redirect either, nor by a name that moved inside', async () => {
    const at = world()
    await using inside = await openSite()
    await using site = await openSite(status(307, { location: inside.url }))
    let questions = 0
    const resolve = async () => [{ address: questions++ ? '10.0.0.1' : '93.184.216.34', family: 4 }]
    const dial = openDial({ allow: ['127.0.0.1'], resolve })
    await dial.vet('http://moved.example')
    const moved = channel('moved', 'slack', { url: `http://moved.example:${inside.port}/` })
    at.begin([channel('front', 'webhook', { url: site.url }), moved], { dial })
    await at.issue('b', [alert('a')], { channels: ['front', 'moved'] })
    const errors = () =>
      at.notify
        .deliveries()
        .map((one) => `${one.channel} ${one.error} ${one.answer}`)
        .sort()
    await expect.poll(errors, { timeout: 5_000, interval: 5 }).toEqual(['front refused 307', 'moved not_public null'])
    expect(inside.connections()).toBe(0)
  })
})
