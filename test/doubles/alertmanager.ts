// A real Alertmanager (Debian's prometheus-alertmanager), on ports of this machine. Without one the tests are skipped and say
// so; where UNDERCURRENT_REQUIRE_ALERTMANAGER=1 they fail instead.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports.ts'

const places = ['/usr/bin/prometheus-alertmanager', '/usr/bin/alertmanager', '/usr/local/bin/alertmanager']
const found = places.find((path) => existsSync(path))

/** Whether tests that need one have to be left out here. */
export const isWithout = !found && process.env.UNDERCURRENT_REQUIRE_ALERTMANAGER !== '1'
if (isWithout)
  console.warn(
    `SKIPPED: these tests need Alertmanager, and none is at ${places.join(', ')} (apt-get install prometheus-alertmanager)`,
  )

export interface Firing {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
  updatedAt: string
  generatorURL: string
  status: { state: string }
}

export interface Alertmanager extends AsyncDisposable {
  url: string
  /** What it shows as firing now. */
  firing(): Promise<Firing[]>
}

/** `receiver`: where it sends what it has grouped. */
export async function openAlertmanager(receiver: string): Promise<Alertmanager> {
  if (!found)
    throw new Error('UNDERCURRENT_REQUIRE_ALERTMANAGER=1, and there is none: apt-get install prometheus-alertmanager')
  const folder = mkdtempSync(join(tmpdir(), 'uc-alertmanager-'))
  const route = "{receiver: us, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}"
  const config = `route: ${route}\nreceivers: [{name: us, webhook_configs: [{url: '${receiver}', send_resolved: true}]}]\n`
  writeFileSync(join(folder, 'c.yml'), config)
  const address = `127.0.0.1:${await freePort()}`
  const flags = ['--config.file', join(folder, 'c.yml'), '--storage.path', folder, '--cluster.listen-address', '']
  const child = spawn(found, [...flags, '--web.listen-address', address, '--log.level', 'error'], { stdio: 'ignore' })
  const url = `http://${address}`
  await ready(`${url}/-/ready`, child)
  return {
    url,
    firing: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as Firing[],
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error(`Alertmanager ended with ${child.exitCode}`)
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('Alertmanager is not ready')
}
