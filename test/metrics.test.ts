// What a Prometheus server scrapes: every counter under our name, every drop reason as a label, the process' own numbers.
import { describe, expect, test } from 'vitest'
import { dropped, exposition, lookBeforeScrape, metrics, registry } from '../metrics.ts'
import { dropReasons } from '../types.ts'

describe('metrics', () => {
  test('every drop is counted under its source and reason', async () => {
    for (const reason of dropReasons) dropped('test', reason)
    dropped('test', 'stale', 4)
    const text = await exposition()
    for (const reason of dropReasons) {
      const count = reason === 'stale' ? 5 : 1
      expect(text).toContain(`undercurrent_dropped_total{source="test",reason="${reason}"} ${count}`)
    }
  })

  test('all are ours by name, and counters end in _total', async () => {
    await exposition()
    const ours = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('undercurrent_'))
    expect(ours.length).toBe(Object.keys(metrics).length)
    for (const { name, type, help } of ours) {
      expect(help).not.toBe('')
      expect(name.endsWith('_total'), name).toBe(String(type) === 'counter')
    }
  })

  test('the process tells of itself, also when scraped twice', async () => {
    await exposition()
    expect(await exposition()).toMatch(/^process_resident_memory_bytes \d+/m)
  })

  test('what is looked at before a scrape is told by it; a look that fails hides nothing', async () => {
    lookBeforeScrape(async () => metrics.lag.set({ reader: 'test' }, 7))
    expect(await exposition()).toContain('undercurrent_reader_lag{reader="test"} 7')
    lookBeforeScrape(() => Promise.reject(new Error('the log is away')))
    expect(await exposition()).toContain('undercurrent_reader_lag{reader="test"} 7')
    lookBeforeScrape(null)
  })

  test('no label can carry what a person wrote or who it was', async () => {
    const allowed = new Set([
      'source',
      'reason',
      'reader',
      'stage',
      'question',
      'outcome',
      'rate',
      'kind',
      'span',
      'state',
    ])
    const labels = Object.values(metrics).flatMap(
      (metric) => (metric as unknown as { labelNames: string[] }).labelNames,
    )
    expect(labels.filter((label) => !allowed.has(label))).toEqual([])
  })
})
