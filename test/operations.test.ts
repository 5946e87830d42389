// What watches undercurrent, against what it watches: every expression of the alerts and the dashboard names metrics and labels
// that there are, the runbook has a line for each alert, and no metric is forgotten.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
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

// By Prometheus' own tool where there is one (Debian: the package prometheus); the checks above are made everywhere.
if (spawnSync('promtool', ['--version']).status === 0) {
  test('promtool takes the alerts, and they speak when they should and not else', () => {
    const folder = fileURLToPath(new URL('../deploy', import.meta.url))
    const told = spawnSync('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: folder, encoding: 'utf8' })
    expect(told.status, `${told.stdout}${told.stderr}`).toBe(0)
  })
}

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
  const section = page.slice(page.indexOf('\n## Runbook'), page.indexOf('\n## Sizing'))
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

describe('the sizing table', () => {
  const result = (name: string) => JSON.parse(read(`bench/results/${name}.json`)).result
  const sizing = page.slice(page.indexOf('\n## Sizing'), page.indexOf('\n## Backup'))
  const pipe = result('pipe')
  const bytes = result('bytes')
  const stages = pipe.cpuSecondsPer1000Posts as Record<'all' | 'append' | 'read' | 'match' | 'score' | 'store', number>
  const perMatched = (stages.score + stages.store) / (pipe.matched / pipe.posts)
  const perAny = stages.append + stages.read + stages.match
  /** CPU-seconds for 1,000 posts of which a share is matched. */
  const cpu = (share: number) => perAny + share * perMatched
  const count = (value: number) => Math.round(value).toLocaleString('en-US')

  test('says what was measured, of each result file that it names', () => {
    const [, live] = result('jetstream')
    const overload = result('overload')
    const slowest = Math.max(...result('embeds').ours.map(({ p99 }: { p99: number }) => p99))
    const { append, read: reading, match, score, store } = stages
    const told = [append, reading, match, score, store].map((one) => one.toFixed(3))
    for (const figure of [
      `${count(result('match').postsPerSecond.median)} posts/s on one core`,
      `${count(result('score').ours.postsPerCpuSecond)} posts a CPU-second, ${count(result('score').ours.postsPerSecond)} a second`,
      `${count(pipe.postsPerSecond)} posts/s, of which ${pipe.scoredPerSecond} scored`,
      `${(stages.all + 1e-6).toFixed(3)} in one run; stage by stage: append ${told[0]}, read ${told[1]}, match ${told[2]}, score ${told[3]}, store ${told[4]}`,
      `${(live.visibleMs.p50 / 1000).toFixed(1)} s (half), ${(live.visibleMs.p99 / 1000).toFixed(1)} s (99 %)`,
      `${bytes.embeddedLog.bytesPerPost} bytes a post; takes in ${count(bytes.embeddedLog.postsPerSecond)} posts/s`,
      `${bytes.kafka.brokerBytesPerPost} bytes a post at the broker and ${bytes.kafka.copyBytesPerPost} in each`,
      `one process appends ${count(bytes.kafka.postsPerSecond)} posts/s`,
      `${bytes.embeddedLog.cpuSecondsPer1000Posts.toFixed(3)} CPU-seconds embedded, ${bytes.kafka.cpuSecondsPer1000Posts.toFixed(3)} on Kafka`,
      `${bytes.store.bytesPerMention} bytes a mention`,
      `${pipe.peakRssMb} MB, ${count(result('everything').peakMb)} MB with every source`,
      `${count(result('catchup-sqlite').postsPerSecond)} posts/s on the embedded log, ${count(result('catchup-kafka').postsPerSecond)} on Kafka`,
      `lag up to ${count(overload.mostLag)}, gone ${overload.drainedSeconds} s after the end; peak ${count(overload.peakRssMb)} MB`,
      `${count(result('embeds').rate)} a second, 99 % within ${Math.ceil(slowest)} ms`,
    ])
      expect(sizing).toContain(figure)
    const files = new Set([...sizing.matchAll(/([\w-]+)\.json/g)].map(([, name]) => name!))
    for (const name of files) expect(result(name), name).toBeDefined()
  })

  test('computes what it computes: a million posts, and two streams', () => {
    expect(sizing).toContain(
      `${perAny.toFixed(3)} CPU-seconds for 1,000 posts (append, read, match), and ${perMatched.toFixed(2)} more`,
    )
    for (const percent of [5, 10, 100]) {
      const hours = (cpu(percent / 100) * 1000) / 3600
      expect(sizing).toContain(`| ${percent} % | ${hours.toFixed(3)} P | ${(hours * 0.05).toFixed(3)} |`)
    }
    const cores = (rate: number) => (rate * cpu(0.05)) / 1000
    const logGb = (rate: number, each: number) => (rate * 48 * 3600 * each) / 1e9
    const storeGb = (rate: number) => (rate * 86_400 * 0.05 * bytes.store.bytesPerMention) / 1e9
    const { embeddedLog, kafka } = bytes
    for (const cell of [
      `| ${cores(45).toFixed(2)}, peak ${cores(180).toFixed(2)} | ${cores(5_800).toFixed(1)} |`,
      `| ${logGb(45, embeddedLog.bytesPerPost).toFixed(1)} GB | ${Math.round(logGb(5_800, embeddedLog.bytesPerPost))} GB embedded`,
      `${Math.round(logGb(5_800, kafka.brokerBytesPerPost))} GB at the broker and ${Math.round(logGb(5_800, kafka.copyBytesPerPost))} GB for each`,
      `| ${Math.round(storeGb(45) * 1000)} MB a day | ${storeGb(5_800).toFixed(1)} GB a day |`,
    ])
      expect(sizing).toContain(cell)
    const parts = [
      5.8 * kafka.cpuSecondsPer1000Posts,
      2 * 5.8 * embeddedLog.cpuSecondsPer1000Posts,
      5.8 * (cpu(0.05) - stages.append),
    ]
    const sum = parts.reduce((all, one) => all + one, 0)
    const [append, copies, analysis] = parts.map((one) => one.toFixed(1))
    const wrapped = sizing.replaceAll('\n', ' ')
    expect(wrapped).toContain(
      `about ${sum.toFixed(1)} cores (appending ${append}, two more copies ${copies}, analysis ${analysis})`,
    )
    expect(kafka.postsPerSecond * 2).toBeGreaterThan(5_800 * 0.9)
    expect(kafka.postsPerSecond * 2).toBeLessThan(5_800 * 1.1)
  })
})
