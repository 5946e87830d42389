// How commands find a running undercurrent on this data folder, and the key its API wants.
// A file left behind by a killed process is harmless: an address counts only when it answers.
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, openFolder } from './config.ts'
import { UserError } from './errors.ts'

/** The key that writes need: from the environment, else the one kept in the data folder (made at first use). */
export function apiKey(config: Config): { key: string; isNew: boolean } {
  if (config.apiKey) return { key: config.apiKey, isNew: false }
  const path = join(config.dataDir, 'api-key')
  const kept = readOr(path, '').trim()
  if (kept) return { key: kept, isNew: false }
  openFolder(config)
  const key = `uc_${randomBytes(24).toString('base64url')}`
  writeFileSync(path, `${key}\n`, { mode: 0o600 })
  chmodSync(path, 0o600)
  return { key, isNew: true }
}

/** Leaves our address in the data folder; returns how to take it away again. */
export function announce(config: Config, url: string): () => void {
  const path = join(config.dataDir, 'daemon.json')
  writeFileSync(path, JSON.stringify({ url, pid: process.pid }))
  return () => rmSync(path, { force: true })
}

/** The address of the process that serves this data folder now; null when none answers. */
export async function running(config: Config): Promise<string | null> {
  try {
    const { url, pid } = JSON.parse(readOr(join(config.dataDir, 'daemon.json'), '{}')) as { url?: string; pid?: number }
    if (!url) return null
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })
    const body = (await response.json()) as { pid?: number }
    return body.pid === pid ? url : null
  } catch {
    return null
  }
}

/**
 * Asks a running undercurrent, with the key: bound beyond loopback it wants one for reads too. `body` goes as JSON, by POST.
 * A problem it answers with is the problem told.
 */
export async function askRunning<T>(config: Config, url: string, body?: unknown): Promise<T> {
  const authorization = `Bearer ${apiKey(config).key}`
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const response = await fetch(url, { headers, ...sent })
  if (response.ok) return (await response.json()) as T
  const { title, detail, status } = (await response.json().catch(() => ({}))) as Partial<Problem>
  if (title && detail) throw new UserError(title, detail, status)
  throw new UserError(
    `the running undercurrent answered ${url} with ${response.status}`,
    'undercurrent doctor says more.',
  )
}

interface Problem {
  title: string
  detail: string
  status: number
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
