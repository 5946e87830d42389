// `npm run chaos -- --on up|sqlite|kafka --kills N --seed S [--rate 45 --model stand-in|real --brokers N --stores N ...]`:
// the product under kill -9 at named crash points and at random, while topics come, change and go, against the ledger of the
// simulated network. up: one process on the embedded store; sqlite, kafka: a process for each role on that log, and a store
// behind HTTP. Exit 0: nothing lost, doubled or brought back, and every planned fault happened. The last line is the verdict.
import { parseArgs } from 'node:util'
import { chaos } from './chaos/play.ts'
import type { StageOptions } from './chaos/stage.ts'
import { keep } from './result.ts'

const text = { type: 'string' } as const
const counts = { brokers: text, rebalances: text, stores: text, 'store-kills': text }
const { values } = parseArgs({
  options: { on: text, log: text, kills: text, seed: text, rate: text, model: text, as: text, ...counts },
})
// `--log sqlite|kafka` is the name that tools of others use (shared/DESIGN.md).
const on = (values.on ?? values.log ?? 'up') as StageOptions['on']
if (!['up', 'sqlite', 'kafka'].includes(on)) {
  console.error(`there is no stage "${on}": use --on up, --on sqlite or --on kafka`)
  process.exit(2)
}
const times = (given: string | undefined) => Number(given ?? 0)
const faults = {
  ...(on !== 'up' && { store: times(values.stores), 'store killed': times(values['store-kills']) }),
  ...(on === 'kafka' && { broker: times(values.brokers), rebalance: times(values.rebalances) }),
}
const options = {
  ...{ on, rate: Number(values.rate ?? 45), seed: Number(values.seed ?? 1), kills: Number(values.kills ?? 20), faults },
  model: values.model ?? 'stand-in',
}
console.log(JSON.stringify(options))
const result = await chaos(options)
process.stderr.write('\n')
const name = values.as ?? `chaos-${on}`
keep(name, ['npm run chaos --', ...process.argv.slice(2)].join(' '), { ...options, ...result })
for (const line of result.said) console.log(line)
for (const fault of result.unfired) console.log(`planned and never happened: ${fault}`)
console.log(`fired: ${JSON.stringify(result.fired)}; ended by themselves: ${JSON.stringify(result.ended)}`)
const { lost, doubled, resurrected, wrong, isClean } = result
console.log(
  `${isClean ? 'CLEAN' : 'NOT CLEAN'}: ${options.kills} kills, ${result.live} live posts, ${result.topics} topics, ${lost} lost, ${doubled} doubled, ${resurrected} resurrected, ${wrong} wrong, ${result.unfired.length} faults unfired`,
)
process.exitCode = isClean ? 0 : 1
