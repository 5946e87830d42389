// docs/embedding.md names what boxes promise, and promises nothing else: every part, variable, attribute, event and JSON
// field stands there, and the sums it does are those of the code.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { boxLanguages } from '../../dashboards/box.ts'
import { ordinary } from './boxes.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const page = read('docs/embedding.md')
const [css, js, markup] = [
  read('dashboards/web/embed.css'),
  read('dashboards/web/embed.js'),
  read('dashboards/boxHtml.ts'),
]
const all = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))].sort()
const told = (names: string[]) => names.filter((name) => !page.includes(`\`${name}\``))

/** Rows of the table under a heading, by their first cell. */
function firstCells(heading: string): string[] {
  const part = page.slice(page.indexOf(heading)).split('\n## ')[0]!
  const cells = [...part.matchAll(/^\| ([^|]*)/gm)].map(([, cell]) => cell!)
  return all(cells.join('\n'), /`([^`]+)`/g)
}

describe('docs/embedding.md names', () => {
  test('every variable, and no other', () => {
    const names = all(css, /var\((--undercurrent-[a-z]+)/g)
    expect(names.length).toBeGreaterThan(8)
    expect(told(names)).toEqual([])
    expect(all(page, /`(--undercurrent-[a-z]+)`/g)).toEqual(names)
  })

  test('every part, and no other', () => {
    const names = all(markup, /part="([a-z]+)"/g)
    expect(names.length).toBeGreaterThan(12)
    const table = page.slice(page.indexOf('| part | what |')).split('\n\n')[0]!
    expect(all(table.replace(/^(\| [^|]*).*$/gm, '$1'), /`([a-z]+)`/g)).toEqual(names)
  })

  test('every attribute and event of the element', () => {
    const asked = all(js, /(?:getAttribute|toggleAttribute)\('([a-z]+)'/g)
    const events = all(js, /`undercurrent-\$\{([^}]*)\}`/g).flatMap((words) => all(words, /'([a-z]+)'/g))
    expect([asked, [...new Set(events)].sort()]).toEqual([
      ['ready', 'stale', 'story', 'topic'],
      ['ready', 'update'],
    ])
    expect(told([...asked, 'lang', 'undercurrent-ready', 'undercurrent-update', ...boxLanguages])).toEqual([])
    expect(page).toContain(/type: '(undercurrent:resize)'/.exec(js)![1])
  })

  test('every field of the JSON', () => {
    const fields = [...Object.keys(ordinary), 'html']
    const named = firstCells('## The box as JSON')
    expect(fields.filter((name) => !named.includes(name))).toEqual([])
    expect(named.filter((name) => !fields.includes(name))).toEqual([])
    const part = page.slice(page.indexOf('## The box as JSON'))
    for (const name of [...Object.keys(ordinary.claims[0]!), ...Object.keys(ordinary.camps[0]!)])
      expect([name, new RegExp(`\\b${name}\\b`).test(part)]).toEqual([name, true])
  })
})

describe('docs/embedding.md does the sum', () => {
  test('of what caches, the shelf and the element wait', () => {
    const seconds = (text: string, pattern: RegExp) => Number(pattern.exec(text)![1]!.replace('_', '')) / 1_000
    const [, maxAge, whileAsking] = /\[maxAge, whileAsking\] = \[(\d+), (\d+)\]/
      .exec(read('dashboards/embeds.ts'))!
      .map(Number)
    const every = seconds(js, /everyMs, staleMs\] = \[([\d_]+)/)
    const stale = seconds(js, /everyMs, staleMs\] = \[[\d_]+, ([\d_]+)/)
    const grace = seconds(read('dashboards/shelf.ts'), /const graceMs = ([\d_]+)/)
    const front = seconds(read('dashboards/frontCache.ts'), /const staleMs = ([\d_]+)/)
    expect([maxAge, whileAsking, every, stale, grace, front]).toEqual([5, 5, 20, 60, 20, 5])
    for (const words of [
      `max-age=${maxAge}, stale-while-revalidate=${whileAsking}`,
      `asks every ${every} s`,
      `for ${stale} s`,
      `up to ${grace} s`,
      `at most ${front} s`,
    ])
      expect(page).toContain(words)
    // The oldest box, the thread in front, a CDN, and the element that has just asked; what is left is for reading.
    expect(grace + front + maxAge! + whileAsking! + every).toBeLessThanOrEqual(55)
  })

  test('of the heights that are reserved', () => {
    const heights = all(css, /var\(--undercurrent-height, (\d+em)\)/g)
    for (const height of heights) expect(page).toContain(`\`${height}\``)
  })
})
