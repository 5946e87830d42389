// A real browser for tests of pages: Debian's chromium, detected. Without one the tests are skipped and say so; where
// UNDERCURRENT_REQUIRE_BROWSER=1 they fail instead. A page under watch notes whatever it should never do.
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = places.find((path) => existsSync(path))

/** Whether tests that need a browser have to be left out here. */
export const isWithout = !executablePath && process.env.UNDERCURRENT_REQUIRE_BROWSER !== '1'
if (isWithout)
  console.warn(
    `SKIPPED: the browser tests need chromium, and none is at ${places.join(', ')} (apt-get install chromium)`,
  )

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']

export async function openBrowser(): Promise<Browser> {
  if (!executablePath)
    throw new Error('UNDERCURRENT_REQUIRE_BROWSER=1, and there is no chromium: apt-get install chromium')
  return chromium.launch({ executablePath, args: [...flags, ...quiet] })
}

/** What went wrong on a page so far: errors it logged, rules it broke, addresses elsewhere that it asked for. */
export function watch(page: Page, url: string): string[] {
  const troubles: string[] = []
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('dialog', (dialog) => {
    troubles.push(`a dialog: ${dialog.message()}`)
    dialog.dismiss().catch(() => {})
  })
  page.on('request', (request) => request.url().startsWith(url) || troubles.push(request.url()))
  return troubles
}
