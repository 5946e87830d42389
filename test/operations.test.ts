// What watches undercurrent, against what it watches: every expression of the alerts and the dashboard names metrics and labels
// that there are, the runbook has a line for each alert, and no metric is forgotten.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exposition, metrics, registry } from '../metrics.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const page = read('docs/operations.md')

interface Alert {
  alert: string
  expr: string
  for?: string
  labels: { severity: string }
  annotations: { summary: string }
}
const alerts = (parse(read('deploy/alerts.yml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
)

interface Panel {
  id: number
  title: string
  type: string
  description: string
  datasource: { type: string; uid: string }
  gridPos: { x: number; y: number; w: number; h: number }
  targets: { refId: string; expr: string; legendFormat: string; datasource: { type: string; uid: string } }[]
}
const dashboard = JSON.parse(read('deploy/grafana/dashboards/undercurrent.json')) as { uid: string; panels: Panel[] }
const compose = read('docker-compose.yml')

/** What may be asked, with its labels: ours and the process's own, and what Prometheus adds. */
const known = new Map<string, Set<string>>([
  ['up', new Set()],
  ['ALERTS', new Set(['alertname', 'alertstate', 'severity'])],
])
beforeAll(async () => {
  await exposition()
  for (const { name, type } of await registry.getMetricsAsJSON()) {
    const { labelNames = [] } = registry.getSingleMetric(name) as unknown as { labelNames?: string[] }
    const isHistogram = String(type) === 'histogram'
    for (const end of isHistogram ? ['_bucket', '_sum', '_count'] : [''])
      known.set(name + end, new Set([...labelNames, ...(end === '_bucket' ? ['le'] : [])]))
  }
})
const everywhere = ['job', 'instance']
const functions =
  'sum|max|min|count|rate|increase|deriv|histogram_quantile|absent|time|min_over_time|vector|clamp_min'.split('|')

/** What is wrong with an expression; nothing is good. A part of PromQL: what it does not know is wrong, too. */
function flaws(expr: string): string[] {
  const found: string[] = []
  const mind = (isGood: boolean, flaw: string) => isGood || found.push(flaw)
  const used = [...expr.matchAll(/\b[a-zA-Z_]\w*(?=\s*[{[)\s]|$)/g)]
    .map(([name]) => name)
    .filter((name) => known.has(name))
  mind(used.length > 0, 'asks no metric')
  const labels = new Set([...everywhere, ...used.flatMap((name) => [...known.get(name)!])])
  for (const name of used.filter((one) => /_(total|bucket)$/.test(one)))
    mind(
      new RegExp(`(rate|increase)\\(${name}\\b[^)]*\\[`).test(expr),
      `${name} counts for ever: it wants rate or increase`,
    )
  let rest = expr.replace(/([a-zA-Z_]\w*)\{([^{}]*)\}/g, (_, name: string, inner: string) => {
    for (const part of inner.split(/,\s*/)) {
      const [, label] = /^(\w+)(?:=~|!~|!=|=)"[^"]*"$/.exec(part) ?? []
      mind(!!label && [...everywhere, ...(known.get(name) ?? [])].includes(label), `${name}{${part}}`)
    }
    return name
  })
  rest = rest.replace(/\b(?:by|without|on|ignoring)\s*\(([^()]*)\)/g, (_, list: string) => {
    for (const label of list.split(/,\s*/).filter(Boolean)) mind(labels.has(label), `by ${label}`)
    return ''
  })
  rest = rest.replace(/(\w)\[(?:\d+[smhd]|\$__rate_interval)\]/g, '$1')
  rest = rest.replace(/\b(and|or|unless)\b/g, '').replace(/\b\d+(\.\d+)?\b/g, '')
  for (const [word, name, called] of rest.matchAll(/([a-zA-Z_]\w*)\s*(\()?/g))
    mind(called ? functions.includes(name!) : known.has(name!), word)
  rest = rest.replace(/[a-zA-Z_]\w*/g, '')
  mind(/^(?:[\s()+*/<>,-]|==|!=|>=|<=)*$/.test(rest), `leaves ${rest.trim()}`)
  let depth = 0
  for (const sign of rest) {
    depth += sign === '(' ? 1 : sign === ')' ? -1 : 0
    mind(depth >= 0, 'closes what is not open')
  }
  mind(depth === 0, 'stays open')
  return found
}

describe('the check of expressions', () => {
  test.each([
    'sum(rate(undercurrent_dropped_total{reason="stale"}[5m]))',
    'time() - (max(undercurrent_alerts_looked_until_seconds) > 0) > 3600',
    'up == 1',
  ])('takes %s', (expr) => expect(flaws(expr)).toEqual([]))

  test.each([
    ['a metric that there is not', 'sum(rate(undercurrent_droped_total[5m]))'],
    ['a label that there is not', 'sum(rate(undercurrent_dropped_total{why="stale"}[5m]))'],
    ['a grouping that there is not', 'sum by (topic) (rate(undercurrent_dropped_total[5m]))'],
    ['a function that there is not', 'summ(up)'],
    ['an open parenthesis', 'sum(rate(undercurrent_dropped_total[5m])'],
    ['one too many', 'sum(up))'],
    ['a range that is none', 'rate(undercurrent_dropped_total[5 minutes])'],
    ['a counter as it is', 'undercurrent_gaps_total > 0'],
    ['a histogram without buckets', 'histogram_quantile(0.5, rate(undercurrent_query_seconds[5m]))'],
    ['no metric', '1 > 0'],
  ])('refuses %s', (_, expr) => expect(flaws(expr)).not.toEqual([]))
})

describe('deploy/alerts.yml', () => {
  test('asks what there is, and says what is wrong in words', () => {
    expect(alerts.length).toBeGreaterThan(20)
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
    for (const { alert, expr, labels, annotations, for: lasting } of alerts) {
      expect(flaws(expr), alert).toEqual([])
      expect(['page', 'ticket'], alert).toContain(labels.severity)
      expect(lasting ?? '1m', alert).toMatch(/^\d+[mh]$/)
      for (const [, label] of annotations.summary.matchAll(/\{\{ \$labels\.(\w+) \}\}/g))
        expect(/\bby \(/.test(expr) ? groupings(expr) : labelsOf(expr), `${alert}: ${label}`).toContain(label)
    }
  })

  test('is what Prometheus reads, with every role', () => {
    const prometheus = parse(read('deploy/prometheus.yml')) as {
      rule_files: string[]
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[]; authorization: object }[]
    }
    expect(prometheus.rule_files.every((path) => compose.includes(`:${path}:ro`))).toBe(true)
    const asked = prometheus.scrape_configs.map(({ job_name: job, dns_sd_configs: [where] }) => [job, where])
    expect(asked.map(([job]) => job)).toEqual(['ingest', 'analyze', 'serve'])
    for (const { job_name: job, dns_sd_configs: found, authorization } of prometheus.scrape_configs) {
      expect(found[0]!.names).toEqual([job])
      expect(compose).toContain(`http://127.0.0.1:${found[0]!.port}/readyz`)
      expect(authorization).toEqual({ credentials_file: '/run/secrets/api-key' })
    }
  })
})

const groupings = (expr: string) => [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/))
const labelsOf = (expr: string) => [...known].flatMap(([name, labels]) => (expr.includes(name) ? [...labels] : []))

describe('the dashboard', () => {
  const { panels } = dashboard

  test('asks what there is, of the datasource that is provisioned', () => {
    const [source] = (
      parse(read('deploy/grafana/provisioning/datasources/prometheus.yml')) as {
        datasources: { type: string; uid: string; url: string }[]
      }
    ).datasources
    expect(source!.url).toBe('http://prometheus:9090')
    for (const { title, datasource, targets } of panels) {
      expect(targets.length, title).toBeGreaterThan(0)
      for (const target of targets) {
        expect(flaws(target.expr), title).toEqual([])
        expect([datasource, target.datasource], title).toEqual(Array(2).fill({ type: source!.type, uid: source!.uid }))
        for (const [, label] of target.legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(groupings(target.expr), `${title}: ${label}`).toContain(label)
      }
    }
  })

  test('has panels of their own id, each with a word about it, none on top of another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    expect(panels.filter(({ description }) => !description).map(({ title }) => title)).toEqual([])
    for (const { title, targets } of panels)
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, nr) => `${x + (nr % w)},${y + Math.floor(nr / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
  })

  test('is the page that Grafana opens with', () => {
    const [provider] = (
      parse(read('deploy/grafana/provisioning/dashboards/undercurrent.yml')) as {
        providers: { options: { path: string } }[]
      }
    ).providers
    expect(compose).toContain(`./deploy/grafana/dashboards:${provider!.options.path}:ro`)
    expect(compose).toContain(`DASHBOARD_PATH: ${provider!.options.path}/${dashboard.uid}.json`)
  })
})

describe('the runbook', () => {
  const section = page.slice(page.indexOf('\n## Runbook'))
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))

  test('has a line for each alert, with the metric it asks', () => {
    const names = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
    const told = rows.flatMap((row) => {
      const [, first, second, what] = row.split('|')
      expect(what!.trim().length, row).toBeGreaterThan(30)
      return names(first!).map((alert) => ({ alert, metrics: names(second!) }))
    })
    expect(told.map(({ alert }) => alert)).toEqual(alerts.map(({ alert }) => alert))
    for (const { alert, metrics: named } of told) {
      const { expr } = alerts.find((one) => one.alert === alert)!
      expect(
        named.filter((name) => !expr.includes(name)),
        alert,
      ).toEqual([])
    }
  })

  test('leaves no metric out, but those that need no alarm', () => {
    const list = /These need no alarm[\s\S]*?\./.exec(section)![0]
    const none = [...list.matchAll(/`(undercurrent_\w+)`/g)].map(([, name]) => name!)
    const ours = Object.values(metrics).map((metric) => (metric as unknown as { name: string }).name)
    const asked = ours.filter((name) => rows.some((row) => row.includes(`\`${name}\``)))
    expect([...asked, ...none].toSorted()).toEqual(ours.toSorted())
  })
})
