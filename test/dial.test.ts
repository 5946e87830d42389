// Calls to addresses that strangers gave us, over real sockets: what is refused before, at and after connecting, in any
// spelling; names that change their mind; and redirects. (Sites that never end: dial.hostile.test.ts.)
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDial, type Resolve } from '../dial.ts'
import { type DialReason, dialReasons, urlOf } from '../refusals.ts'
import { failure, home, insideHosts, insideNames, names, reasonOf } from './dialing.ts'
import { openSite, type Site, status } from './doubles/site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site[Symbol.asyncDispose]())

describe('an address that is allowed', () => {
  test('is called as it was given, without cookie, proxy or kept connection', async () => {
    site.answer((_, response) => void response.writeHead(201, { 'set-cookie': 'a=b', 'x-told': 'yes' }).end('thanks'))
    const answer = await home(`${site.url}/a/b?c=d#e`, { headers: { accept: 'text/plain' } })
    expect(answer).toMatchObject({ status: 201, headers: { 'x-told': 'yes' }, url: `${site.url}/a/b?c=d` })
    expect(answer.body.toString()).toBe('thanks')
    await home(site.url)
    const [first, second] = site.asked
    expect(first).toMatchObject({ method: 'GET', path: '/a/b?c=d', body: '' })
    expect(first!.headers).toMatchObject({ host: `127.0.0.1:${site.port}`, connection: 'close', accept: 'text/plain' })
    expect(second!.headers.cookie).toBeUndefined()
    expect(site.connections()).toBe(2)
  })

  test('is sent a body with its length in bytes', async () => {
    site.answer(status(204))
    const before = site.asked.length
    expect((await home(site.url, { method: 'POST', body: '{"a":"😀"}', mostBytes: 0 })).status).toBe(204)
    expect(site.asked[before]).toMatchObject({ method: 'POST', body: '{"a":"😀"}' })
    expect(site.asked[before]!.headers).toMatchObject({ 'content-length': '12', 'accept-encoding': 'identity' })
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (text: string) => Buffer.from(text)],
  ])('may answer in %s', async (encoding, pack) => {
    site.answer(
      (_, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(pack('a word '.repeat(999))),
    )
    expect((await home(site.url)).body.toString()).toBe('a word '.repeat(999))
  })

  test('may be named in the configuration: then its name may lead inside', async () => {
    site.answer(status(200))
    const resolve = names({ 'hooks.internal': ['127.0.0.1'], 'other.internal': ['127.0.0.1'] })
    const dial = openDial({ allow: ['hooks.internal'], resolve })
    expect((await dial(`http://hooks.internal:${site.port}/`)).status).toBe(200)
    expect(site.asked.at(-1)!.headers.host).toBe(`hooks.internal:${site.port}`)
    expect(await reasonOf(dial(`http://other.internal:${site.port}/`))).toBe('not_public')
    expect(await reasonOf(dial(site.url))).toBe('not_public')
  })
})

describe('refused before anybody is called', () => {
  const closed = openDial({ resolve: async () => Promise.reject(new Error('nobody asks')) })
  test.each([
    ['not_public', 'http://127.0.0.1'],
    ['not_public', 'http://127.1'],
    ['not_public', 'http://2130706433'],
    ['not_public', 'http://0x7f000001'],
    ['not_public', 'http://0x7f.1'],
    ['not_public', 'http://0177.0.0.01'],
    ['not_public', 'http://127.0.0.1.'],
    ['not_public', 'http://１２７.０.０.１'],
    ['not_public', 'http://127。0。0。1'],
    ['not_public', 'http://%31%32%37.0.0.1'],
    ['not_public', 'http://0'],
    ['not_public', 'http://[::]'],
    ['not_public', 'http://[::1]'],
    ['not_public', 'http://[0:0:0:0:0:0:0:1]'],
    ['not_public', 'http://[::ffff:127.0.0.1]'],
    ['not_public', 'http://[::ffff:7f00:1]'],
    ['not_public', 'http://[64:ff9b::7f00:1]'],
    ['not_public', 'http://[fd00:ec2::254]/latest'],
    ['not_public', 'http://169.254.169.254/latest/meta-data'],
    ['not_public', 'http://①⑥⑨.254.169.254/'],
    ['not_public', 'http://255.255.255.255'],
    ['not_public', 'http://localhost'],
    ['bad_address', 'http://[fe80::1%25eth0]'],
    ['bad_address', 'http://256.1.1.1'],
    ['bad_address', 'http://1.2.3.4.5'],
    ['bad_address', 'site.example/hook'],
    ['bad_address', '//site.example'],
    ['bad_address', ''],
    ['bad_address', `https://site.example/${'a'.repeat(2_048)}`],
    ['bad_scheme', 'file:///etc/passwd'],
    ['bad_scheme', 'gopher://127.0.0.1:70/'],
    ['bad_scheme', 'javascript:alert(1)'],
    ['bad_scheme', 'data:text/plain,a'],
    ['bad_scheme', 'ws://site.example'],
    ['credentials', 'http://user@site.example'],
    ['credentials', 'http://:pass@site.example'],
    ['credentials', 'http://site.example:80@127.0.0.1/'],
    ['not_public', 'http://127.0.0.1\\@site.example:x@127.0.0.1/'],
    ['bad_port', 'http://site.example:25'],
    ['bad_port', 'http://site.example:6000'],
    ['bad_port', 'https://site.example:0'],
  ])('%s: %s', async (reason, url) => {
    const error = await failure(closed(url))
    expect([error.reason, error.status]).toEqual([reason, 422])
    expect(error.message + error.hint).not.toMatch(/127|169|etc\/passwd|undefined/)
  })

  test('a backslash is a slash, as it is for browsers: what stands before it is the host', () => {
    expect(urlOf('http:\\\\site.example\\@127.0.0.1/').hostname).toBe('site.example')
  })

  test('the port that a scheme has anyway is none of the blocked ones', () => {
    for (const url of ['http://site.example:80', 'https://site.example:443', 'https://site.example:8443'])
      expect(urlOf(url).hostname).toBe('site.example')
  })
})

test('three hundred spellings of this machine, and nobody was reached', async () => {
  const before = site.connections()
  const urls = insideHosts.map((host) => `http://${host}:${site.port}/`)
  expect(urls.length).toBeGreaterThan(300)
  const dial = openDial({ resolve: names(insideNames) })
  const reasons = await Promise.all(urls.map((url) => reasonOf(dial(url))))
  expect(new Set(reasons)).toEqual(new Set(['not_public', 'credentials', 'bad_address']))
  expect(site.connections()).toBe(before)
})

test('no proxy of the environment is used', async () => {
  await using proxy = await openSite()
  site.answer(status(200))
  const lines = `import { openDial } from './dial.ts'
    console.log((await openDial({ allow: ['127.0.0.1'] })(process.argv[1])).status)`
  const env = {
    ...process.env,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy.url,
    http_proxy: proxy.url,
    NO_PROXY: '',
    no_proxy: '',
  }
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', lines, `${site.url}/direct`], { env })
  expect(stdout).toBe('200\n')
  expect([proxy.connections(), site.asked.at(-1)!.path]).toEqual([0, '/direct'])
})

describe('a name', () => {
  const port = () => site.port
  test.each([
    ['inside', ['10.1.2.3']],
    ['inside and outside: any of them could be tried', ['93.184.216.34', '127.0.0.1']],
    ['an address that carries one inside', ['::ffff:127.0.0.1']],
    ['nowhere', []],
    ['something that is no address', ['nonsense']],
  ])('that leads %s is refused, and the error does not say where', async (_, addresses) => {
    const dial = openDial({ resolve: names({ 'site.example': addresses }) })
    const error = await failure(dial(`http://site.example:${port()}/`))
    expect(error.reason).toBe('not_public')
    expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/\d\.\d|::|ENOTFOUND/)
    expect(await reasonOf(dial.vet('http://site.example'))).toBe('not_public')
  })

  test('that is unknown reads as one that leads inside: names in here cannot be guessed', async () => {
    const dial = openDial({ resolve: names({ 'db.internal': ['10.0.0.5'] }) })
    const [inside, unknown] = await Promise.all([
      failure(dial('http://db.internal')),
      failure(dial('http://no.internal')),
    ])
    expect([inside.message, inside.hint]).toEqual([unknown.message, unknown.hint])
  })

  test('is asked for once for each call, and those addresses are called: it cannot change its mind in between', async () => {
    // Public at the first question, here at the second: what reaches the site would be the second answer.
    let questions = 0
    const resolve: Resolve = async () => [{ address: questions++ === 0 ? '192.0.0.9' : '127.0.0.1', family: 4 }]
    const before = site.connections()
    const dial = openDial({ allow: ['192.0.0.9'], resolve })
    const call = { timeoutMs: 300 }
    expect(['timeout', 'unreachable']).toContain(await reasonOf(dial(`http://site.example:${port()}/`, call)))
    expect(questions).toBe(1)
    expect(await reasonOf(dial(`http://site.example:${port()}/`, call))).toBe('not_public')
    expect([questions, site.connections()]).toEqual([2, before])
  })

  test('that was vetted is judged again when it is called', async () => {
    let questions = 0
    const resolve: Resolve = async () => [{ address: questions++ === 0 ? '93.184.216.34' : '127.0.0.1', family: 4 }]
    const dial = openDial({ resolve })
    await dial.vet('http://site.example')
    expect(await reasonOf(dial(`http://site.example:${port()}/`))).toBe('not_public')
  })

  test('that nobody ever resolves costs no more than the time limit', async () => {
    const dial = openDial({ resolve: () => new Promise(() => {}) })
    expect(await reasonOf(dial('http://site.example', { timeoutMs: 50 }))).toBe('timeout')
  })

  test('is what TLS checks', async () => {
    await using tls = await openTlsSite('site.example')
    const resolve = names({ 'site.example': ['127.0.0.1'], 'other.example': ['127.0.0.1'] })
    const dial = openDial({ allow: ['127.0.0.1'], resolve, ca: tls.ca })
    expect((await dial(`https://site.example:${tls.port}/`)).body.toString()).toBe('safe')
    expect(await reasonOf(dial(`https://other.example:${tls.port}/`))).toBe('unreachable')
    const untrusting = openDial({ allow: ['127.0.0.1'], resolve })
    expect(await reasonOf(untrusting(`https://site.example:${tls.port}/`))).toBe('unreachable')
  })
})

async function openTlsSite(name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'uc-tls-'))
  const [keyPath, certPath] = [join(folder, 'key'), join(folder, 'cert')]
  const options = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name} -addext subjectAltName=DNS:${name}`
  execFileSync('openssl', [...options.split(' '), '-keyout', keyPath, '-out', certPath], { stdio: 'ignore' })
  const [key, cert] = [readFileSync(keyPath), readFileSync(certPath, 'utf8')]
  rmSync(folder, { recursive: true })
  const server = createTls({ key, cert }, (_, response) => void response.end('safe'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: (server.address() as AddressInfo).port, ca: cert, [Symbol.asyncDispose]: close }
}

describe('a redirect', () => {
  const resolve = names({ 'front.example': ['127.0.0.1'] })
  /** The first site is allowed by its name; nothing else in here is. */
  const dial = openDial({ allow: ['front.example'], resolve })
  const front = () => `http://front.example:${site.port}`
  const redirecting = (to: string, code = 302) => site.answer(status(code, { location: to }))

  test.each([
    ['not_public', () => `http://127.0.0.1:${site.port}/inside`],
    ['not_public', () => `http://localhost:${site.port}/inside`],
    ['not_public', () => '//169.254.169.254/latest/meta-data'],
    ['not_public', () => 'http://[::ffff:7f00:1]/'],
    ['bad_scheme', () => 'file:///etc/passwd'],
    ['bad_scheme', () => 'gopher://front.example/'],
    ['credentials', () => 'http://a:b@front.example/'],
    ['bad_port', () => 'http://front.example:22/'],
    ['redirect', () => 'http://['],
    ['redirect', () => '/again'],
  ] as [DialReason, () => string][])('that is refused as %s, however it was come by (%#)', async (reason, to) => {
    redirecting(to())
    const before = site.asked.length
    expect(await reasonOf(dial(front(), { redirects: 3 }))).toBe(reason)
    expect(site.asked.slice(before).map(({ path }) => path)).not.toContain('/inside')
    expect(site.asked.length - before).toBe(to() === '/again' ? 4 : 1)
  })

  test('is followed three times, wherever the first led', async () => {
    site.answer(({ path }, response) => {
      const left = Number(path.slice(1) || 3)
      response.writeHead(left ? 307 : 200, left ? { location: `/${left - 1}` } : {}).end(left ? '' : 'there')
    })
    const answer = await dial(`${front()}/3`, { redirects: 3 })
    expect([answer.body.toString(), answer.url]).toEqual(['there', `${front()}/0`])
    expect(await reasonOf(dial(`${front()}/4`, { redirects: 3 }))).toBe('redirect')
  })

  test('of a POST, or where none is wanted, is the answer', async () => {
    redirecting(`${front()}/else`, 307)
    const before = site.asked.length
    expect((await dial(front(), { method: 'POST', body: 'signed' })).status).toBe(307)
    expect((await dial(front())).status).toBe(307)
    expect(site.asked.length - before).toBe(2)
  })
})

test('where nobody listens: unreachable, without a word about the network', async () => {
  const gone = await openSite()
  await gone[Symbol.asyncDispose]()
  const error = await failure(home(gone.url))
  expect(error.reason).toBe('unreachable')
  expect(error.message + error.hint).not.toMatch(/ECONN|127/)
  expect(dialReasons).toContain(error.reason)
})
