// What every page must look like, in a real browser: light and dark, at several widths, axe finds no serious violation and
// nothing is wider than the screen. UNDERCURRENT_SHOTS=folder keeps pictures.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.UNDERCURRENT_SHOTS

interface Violation {
  id: string
  impact: string
  nodes: { html: string; failureSummary: string }[]
}

/** Runs in the page. */
const run = `axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ html: html.slice(0, 200), failureSummary })) })))`
export const whenWhole = `new Promise((resolve) => {
  const look = () => document.querySelector('[data-later]:not([data-filled])') ? setTimeout(look, 20) : resolve()
  look()
})`

/** Looks at an open page in every dress. Axe runs at the narrowest and the widest. */
export async function look(page: Page, name: string, widths: number[]): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} px`).toBeLessThanOrEqual(width)
      if (shots) await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: true })
      if (width !== Math.min(...widths) && width !== Math.max(...widths)) continue
      await page.evaluate(axe)
      const found = await page.evaluate<Violation[]>(run)
      const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious, `${width} px, ${colorScheme}`).toEqual([])
    }
  }
}
