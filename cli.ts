#!/usr/bin/env node
// The command line: parses flags, runs one command, turns errors into one clear sentence and what to do next.
// Prints for people on stdout (JSON with --json); logs go to stderr. Heavy parts load only when a command needs them.
import { parseArgs } from 'node:util'
import { type Flags, readConfig } from './config.ts'
import { QueryError, UserError } from './errors.ts'
import { distance } from './spelling.ts'

const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  config: { type: 'string' },
  'no-sample': { type: 'boolean' },
  offline: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  topic: { type: 'string' },
  name: { type: 'string' },
  query: { type: 'string' },
  target: { type: 'string', multiple: true },
  map: { type: 'string', multiple: true },
  model: { type: 'string' },
  restart: { type: 'boolean' },
  scope: { type: 'string', multiple: true },
  expires: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  rule: { type: 'string' },
  'rule-file': { type: 'string' },
  state: { type: 'string' },
} as const

const usage = `undercurrent: what people say about a topic, and the posts behind every sentence

  undercurrent up        run everything: collect, score, serve the page (npm start)
  undercurrent ingest | analyze | serve        the same as three processes, with a store of their own (docs/operations.md)
  undercurrent import    FILE|- --topic ID [--query Q --name N --target T]   posts from NDJSON or CSV
  undercurrent score     [--model DIR] < posts.ndjson      the model alone: one line of scores per post
  undercurrent rescore   [--model DIR] [--from TIME|7d|start] [--restart]   the kept posts by another model, and what that changes
  undercurrent topics    [list | add ID --query Q | preview QUERY | drop ID]
  undercurrent alerts    [list [--topic ID --state S] | show ID | rules | test RULE | channels
                         | backtest [--from T --to T] --rule ID | --rule-file F]   of the running process
  undercurrent doctor    check this machine, the configuration and every source
  undercurrent key       the API key that may do everything
                         [list | make NAME --scope read|write|admin [--expires TIME] | revoke ID]

  --port N  --data DIR  --config FILE  --host H  --no-sample  --offline  --json

Configuration: undercurrent.yaml (docs/configuration.md).`

const commands = [
  'up',
  'import',
  'score',
  'topics',
  'alerts',
  'doctor',
  'key',
  'ingest',
  'analyze',
  'serve',
  'rescore',
] as const

export interface Invocation {
  flags: Flags
  words: string[]
  json: boolean
  topic?: string
  name?: string
  query?: string
  target?: string[]
  map?: string[]
  model?: string
  restart?: boolean
  scope?: string[]
  expires?: string
  from?: string
  to?: string
  rule?: string
  'rule-file'?: string
  state?: string
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv)
  const [command, ...words] = positionals
  if (values.help || !command) {
    console.log(usage)
    return command || values.help ? 0 : 2
  }
  const { port, host, data, config, offline, json = false, ...rest } = values
  const flags: Flags = { port, host, data, config, offline, 'no-sample': values['no-sample'] }
  const invocation: Invocation = { ...rest, flags, words, json }
  switch (command) {
    case 'up':
      return (await import('./commands/up.ts')).up(readConfig(flags))
    case 'ingest':
    case 'analyze':
    case 'serve':
      return (await import('./commands/role.ts')).role(readConfig(atPort(flags, command)), command)
    case 'import':
      return (await import('./commands/import.ts')).importPosts(readConfig(flags), invocation)
    case 'score':
      return (await import('./commands/score.ts')).score(readConfig(flags), invocation)
    case 'rescore':
      return (await import('./commands/rescore.ts')).rescoreKept(readConfig(flags), invocation)
    case 'topics':
      return (await import('./commands/topics.ts')).topics(readConfig(flags), invocation)
    case 'alerts':
      return (await import('./commands/alerts.ts')).alerts(readConfig(flags), invocation)
    case 'doctor':
      return (await import('./commands/doctor.ts')).doctor(flags, invocation)
    case 'key':
      return (await import('./commands/key.ts')).key(readConfig(flags), invocation)
    default:
      throw unknown(command)
  }
}

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true })
  } catch (cause) {
    const [message] = (cause as Error).message.split('. ')
    const flag = /^Unknown option '--?([\w-]+)/.exec(message!)?.[1]
    const near = flag && Object.keys(options).find((name) => distance(name, flag) <= 2)
    throw new UserError(message!, near ? `Did you mean --${near}?` : 'See undercurrent --help.')
  }
}

/** So that all three run on one machine. */
const usualPorts: Record<string, string> = { ingest: '4301', analyze: '4302' }
const atPort = (flags: Flags, role: string): Flags => ({ ...flags, usualPort: usualPorts[role] })

function unknown(command: string): UserError {
  const near = commands.find((name) => distance(name, command) <= 2)
  return new UserError(`there is no command "${command}"`, near ? `Did you mean ${near}?` : 'See undercurrent --help.')
}

/** Ends with the command's exit code; a closed pipe (`| head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    if (!(error instanceof UserError)) throw error
    const place = error instanceof QueryError ? ` (column ${error.column} of the query)` : ''
    console.error(`undercurrent: ${error.message}${place}\n  ${error.hint}`)
    process.exitCode = 1
  },
)
