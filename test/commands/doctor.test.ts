// `undercurrent doctor`: what is checked, what is said about it, and the exit code. Real processes, no network.
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startFront } from '../doubles/clickhouseFront.ts'
import { type Home, newHome } from '../process.ts'

interface Report {
  ok: boolean
  findings: { check: string; ok: boolean; detail: string }[]
}
let home: Home | null = null
afterEach(() => home?.[Symbol.dispose]())

async function doctor(config: object = {}, ...args: string[]): Promise<{ code: number | null; report: Report }> {
  home = newHome(config)
  const { code, stdout } = await home.run(['doctor', '--json', ...args])
  return { code, report: JSON.parse(stdout) }
}
const detail = ({ findings }: Report, check: string) => findings.find((one) => one.check.startsWith(check))

test('all is well on an empty machine, offline', async () => {
  const { code, report } = await doctor({ sources: { bluesky: { hosts: ['wss://unreachable.invalid'] } } }, '--offline')
  expect(report.findings.filter(({ ok }) => !ok)).toEqual([])
  expect({ code, ok: report.ok }).toEqual({ code: 0, ok: true })
  expect(report.findings.map(({ check }) => check)).toEqual([
    ...['configuration', 'runtime', 'data folder', 'model', 'process', 'bluesky unreachable.invalid'],
  ])
  expect(detail(report, 'model')!.detail).toMatch(/loads; reads .*en/)
  expect(detail(report, 'process')!.detail).toContain('not running')
})

test('a host that answers is well, one that does not is told, with what to do', async () => {
  const server = createServer((_, response) => response.writeHead(400).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { code, report } = await doctor({
    sources: { bluesky: { hosts: [`ws://127.0.0.1:${port}`, 'ws://127.0.0.1:1'] } },
  })
  server.close()
  expect(detail(report, `bluesky 127.0.0.1:${port}`)!.detail).toMatch(/^answers \(HTTP 400\), clock within \d+ s$/)
  expect(detail(report, 'bluesky 127.0.0.1:1')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('--offline'),
  })
  expect({ code, ok: report.ok }).toEqual({ code: 1, ok: false })
})

test('a Kafka and a store on servers: those that answer are well, those that do not are told', async () => {
  const away = { log: { kafka: { brokers: ['127.0.0.1:1'] } }, store: { url: 'http://127.0.0.1:1' } }
  const { code, report } = await doctor(away, '--offline')
  expect(code).toBe(1)
  expect(detail(report, 'log')!.detail).toMatch(/^no Kafka broker answers at 127.0.0.1:1. Start it, or mend log.kafka/)
  expect(detail(report, 'store')!.detail).toMatch(/^no ClickHouse server answers at 127.0.0.1:1. Start it, or mend/)
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-doctor-'))
  await using front = await startFront({ path: join(folder, 'server') })
  const there = await doctor({ store: { url: front.url } }, '--offline')
  expect(detail(there.report, 'store')!.detail).toMatch(/^ClickHouse \d+\.\d+\S* answers at 127.0.0.1:\d+$/)
}, 60_000)

test('a clock that is off is told', async () => {
  const server = createServer((_, response) =>
    response.writeHead(200, { date: new Date(Date.now() - 120_000).toUTCString() }).end(),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { report } = await doctor({ sources: { bluesky: { hosts: [`ws://127.0.0.1:${port}`] } } })
  server.close()
  expect(detail(report, 'bluesky')!.detail).toMatch(/this clock is 1\d\d s off\. Set the clock/)
})

test('a broken configuration and a missing model are findings, not crashes', async () => {
  const broken = await doctor({ topcs: [] })
  expect(broken).toMatchObject({ code: 1, report: { ok: false } })
  expect(detail(broken.report, 'configuration')!.detail).toContain('did you mean "topics"?')
  home![Symbol.dispose]()
  const bare = await doctor({ model: { folder: '/nowhere' } }, '--offline')
  expect(detail(bare.report, 'model')).toMatchObject({ ok: false, detail: expect.stringContaining('/nowhere') })
})

test('a running process is asked how it is', async () => {
  home = newHome()
  const up = await home.up()
  const { stdout, code } = await home.run(['doctor'])
  expect(stdout).toContain(`running at ${up.url}, lag 0`)
  expect(code).toBe(0)
  await up.end('SIGTERM')
})

test('a chat endpoint that is configured is asked once, and not when offline', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.writeHead(asked.length > 1 ? 401 : 200).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const config = { sources: { bluesky: false }, narrator: { url: `http://127.0.0.1:${port}/v1`, model: 'small' } }
  home = newHome(config, { UNDERCURRENT_NARRATOR_KEY: 'k' })
  const ask = async (...args: string[]) => {
    const { stdout } = await home!.run(['doctor', '--json', ...args])
    return detail(JSON.parse(stdout), 'narrator')
  }
  expect(await ask()).toMatchObject({ ok: true, detail: `small answers at 127.0.0.1:${port}` })
  expect(asked).toEqual(['POST /v1/chat/completions Bearer k'])
  expect(await ask('--offline')).toMatchObject({ ok: true, detail: 'not asked (--offline)' })
  expect(asked.length).toBe(1)
  expect(await ask()).toMatchObject({ ok: false, detail: expect.stringContaining('UNDERCURRENT_NARRATOR_KEY') })
  server.close()
})
