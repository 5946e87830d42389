// The rules of the house (CONTRIBUTING.md), enforced on the files as they are: who may import whom, where third-party
// clients live, how long files and functions may be, how much of it is tested, and that the docs name every name.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { alertShapes } from '../configAlerts.ts'
import { logShapes } from '../configLog.ts'
import { sourceShapes } from '../configSources.ts'
import { registry } from '../metrics.ts'
import { cutReasons } from '../perspectives/check.ts'
import { quantifiers } from '../perspectives/words.ts'
import { dropReasons, skipReasons } from '../types.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
const files = listed.split('\n').filter(Boolean)
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const lines = (path: string) => read(path).split('\n').length - 1

const stages = ['ingest', 'log', 'analyze', 'store', 'perspectives', 'alerts', 'dashboards']
const isTest = (path: string) => path.startsWith('test/')
const sources = files.filter((path) => path.endsWith('.ts') && !isTest(path) && !/^(bench|eval)\//.test(path))
const stageOf = (path: string) => stages.find((stage) => path.startsWith(`${stage}/`))

interface Import {
  from: string
  to: string
}
function importsOf(path: string): Import[] {
  const found = read(path).matchAll(
    /(?:^import\s+|^(?:import|export)\b[^'"=;]*?\bfrom\s+|\bimport\()['"]([^'"]+)['"]/gm,
  )
  return [...found].map(([, to]) => ({ from: path, to: to! }))
}
const imports = sources.flatMap(importsOf)
const local = imports
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to }) => ({ from, to: normalize(join(dirname(from), to)) }))
const packageOf = (to: string) => (to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : to.split('/')[0]!)

/** Rank in: types <- root helpers <- stages <- pipeline <- serve <- commands <- cli. */
function rank(path: string): number {
  const ranks: Record<string, number> = {
    'types.ts': 0,
    'answers.ts': 0.5,
    'articles.ts': 0.5,
    'given.ts': 0.5,
    'alarms.ts': 0.5,
    'sides.ts': 0.5,
    'spelt.ts': 2.4,
    'attachedX.ts': 2.5,
    'attached.ts': 2.5,
    'pipeline.ts': 3,
    'concludingWorker.ts': 2.5,
    'watching.ts': 3.5,
    'serve.ts': 4,
    'cli.ts': 6,
  }
  if (path in ranks) return ranks[path]!
  if (path.startsWith('commands/') || path.startsWith('eval/')) return 5
  return stageOf(path) ? 2 : 1
}

describe('imports', () => {
  test('types.ts imports nothing, answers.ts nothing but seams', () => {
    expect(importsOf('types.ts')).toEqual([])
    expect(importsOf('answers.ts').map(({ to }) => to)).toEqual(['./articles.ts', './sides.ts', './types.ts'])
  })

  test('go down the house: types <- root helpers <- stages <- pipeline <- serve <- commands <- cli', () => {
    const isUp = ({ from, to }: Import) => rank(to) > rank(from) && !isTypeOnly(from, to)
    expect(local.filter(isUp)).toEqual([])
  })

  test('a stage folder never imports another stage folder', () => {
    const crosses = ({ from, to }: Import) => stageOf(from) && stageOf(to) && stageOf(from) !== stageOf(to)
    expect(local.filter(crosses)).toEqual([])
  })

  test('each third-party client appears in one file', () => {
    // Definitions of routes and pages are the use of hono, as zod is of schemas: a language, not a client.
    const languages = new Set(['hono', '@hono/zod-openapi', 'zod'])
    const users = new Map<string, Set<string>>()
    for (const { from, to } of imports) {
      if (to.startsWith('.') || to.startsWith('node:') || languages.has(packageOf(to))) continue
      users.set(packageOf(to), (users.get(packageOf(to)) ?? new Set()).add(from))
    }
    const shared = [...users]
      .filter(([, from]) => from.size > 1)
      .map(([name, from]) => `${name}: ${[...from].join(', ')}`)
    expect(shared).toEqual([])
  })

  test('only config.ts reads the environment', () => {
    expect(sources.filter((path) => path !== 'config.ts' && /process\.env\b/.test(read(path)))).toEqual([])
  })
})

function isTypeOnly(from: string, to: string): boolean {
  const name = to.split('/').at(-1)!.replaceAll('.', '\\.')
  return new RegExp(`^import type [^'"]*['"][^'"]*${name}['"]`, 'm').test(read(from))
}

describe('size', () => {
  test('a file has at most 400 lines, and most have under 250', () => {
    const long = files.filter((path) => /\.(ts|py)$/.test(path) && lines(path) > 400)
    expect(long).toEqual([])
    // The nouns and seams are one reading.
    const code = sources.filter((path) => lines(path) > 250 && !['types.ts', 'answers.ts', 'alarms.ts'].includes(path))
    expect(code).toEqual([])
  })

  test('a function has under 40 lines', () => {
    expect(sources.flatMap(longFunctions)).toEqual([])
  })

  test('a function that others call takes at most three parameters', () => {
    const many = /^export (?:async )?function\*? \w+(?:<[^>]*>)?\(((?:[^(){}]|\{[^}]*\}|\([^)]*\))*)\)/gm
    const over = sources.flatMap((path) =>
      [...read(path).matchAll(many)]
        .filter(([, list]) => topLevelCommas(list!) > 3)
        .map(([head]) => `${path}: ${head.split('\n')[0]}`),
    )
    expect(over).toEqual([])
  })

  test('there are at least 0.9 lines of test per line of source', () => {
    const count = (paths: string[]) => paths.reduce((sum, path) => sum + lines(path), 0)
    const tests = files.filter((path) => isTest(path) && path.endsWith('.ts'))
    expect(count(tests) / count(sources)).toBeGreaterThan(0.9)
  })
})

/** Functions that open at the left margin or in a class body, by their closing brace at the same indent. */
function longFunctions(path: string): string[] {
  const text = read(path).split('\n')
  return text.flatMap((line, start) => {
    const head =
      /^(\s{0,2})(?:export )?(?:async )?(?:function\*? (\w+)|(?:static |async |\*|#)*(#?\w+)\(.*\).*\{$)/.exec(line)
    if (!head || /^\s*(if|for|while|switch|return|describe|test)\b/.test(line)) return []
    const end = text.findIndex((other, at) => at > start && other.startsWith(`${head[1]}}`))
    return end - start >= 40 ? [`${path}:${start + 1} ${head[2] ?? head[3]} has ${end - start + 1} lines`] : []
  })
}

function topLevelCommas(list: string): number {
  let depth = 0
  const parts = [...list].reduce((count, char) => {
    if ('({[<'.includes(char)) depth++
    if (')}]>'.includes(char)) depth--
    return count + (char === ',' && depth === 0 ? 1 : 0)
  }, 0)
  return list.trim() ? parts + (list.trim().endsWith(',') ? 0 : 1) : 0
}

describe('every file', () => {
  test('opens with what it is', () => {
    const silent = sources.filter((path) => !/^(#!.*\n)?(\/\/ .+\n|\/\*\*)/.test(read(path)))
    expect(silent).toEqual([])
  })

  test('no to-do is left behind', () => {
    expect(sources.filter((path) => /\b(TODO|FIXME|XXX)\b/.test(read(path)))).toEqual([])
  })
})

describe('package-lock.json', () => {
  type Entry = { resolved?: string; optionalDependencies?: Record<string, string> }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> }

  test('holds every platform’s packages: npm drops those it could not look up, and then npm ci refuses the file', () => {
    const wanted = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      path ? Object.keys(optionalDependencies).map((name) => [path, name] as const) : [],
    )
    const missing = wanted.filter(
      ([path, name]) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
    )
    expect(missing).toEqual([])
    expect(wanted.length).toBeGreaterThan(10)
  })

  test('names no registry: whoever installs uses their own', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved)).toEqual([])
  })
})

describe('the docs name', () => {
  test('every metric', async () => {
    const page = read('docs/metrics.md')
    const names = (await registry.getMetricsAsJSON())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('undercurrent_'))
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  test('every reason for dropping, skipping and cutting', () => {
    const page = read('docs/metrics.md')
    expect([...dropReasons, ...skipReasons, ...cutReasons].filter((reason) => !page.includes(`\`${reason}\``))).toEqual(
      [],
    )
  })

  test('every setting of the configuration', () => {
    const page = read('docs/configuration.md')
    const schema = read('config.ts')
    const keys = [...schema.slice(0, schema.indexOf('export type FileConfig')).matchAll(/^\s+(\w+): (?!\/)/gm)]
      .map(([, key]) => key!)
      .concat(Object.values({ ...alertShapes, ...sourceShapes, ...logShapes }).flat())
    const variables = [...schema.matchAll(/UNDERCURRENT_[A-Z_]+/g)].map(([name]) => name)
    const names = [...keys.filter((key) => key !== 'error'), ...variables]
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  test('every quantifier with its bounds', () => {
    const page = read('docs/wording.md')
    const rows = page.split('\n').map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .join('|'),
    )
    expect(quantifiers.filter(({ word, low, high }) => !rows.includes(`|${word}|${low}|${high}|`))).toEqual([])
  })

  test('every dependency with its reason', () => {
    const page = read('docs/dependencies.md')
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
    const names = Object.keys({ ...dependencies, ...devDependencies })
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
    const ranges = Object.values({ ...dependencies, ...devDependencies }).filter(
      (version) => !/^\d+\.\d+\.\d+$/.test(version),
    )
    expect(ranges).toEqual([])
  })
})
