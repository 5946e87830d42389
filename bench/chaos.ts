// `npm run chaos -- --log sqlite --kills N --seed S [--rate 45 --model stand-in|real]`: the whole product under kill -9 at
// named crash points and at random, while topics come, change and go, against the ledger of the simulated network.
// Exit 0: nothing lost, doubled or brought back, and every planned fault happened. The last line is the verdict.
import { parseArgs } from 'node:util'
import { chaos } from './chaos/play.ts'
import { keep } from './result.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { log: text, kills: text, seed: text, rate: text, model: text } })
if ((values.log ?? 'sqlite') !== 'sqlite') {
  console.error(`there is no log "${values.log}" in this version; use --log sqlite`)
  process.exit(2)
}
const options = {
  ...{ rate: Number(values.rate ?? 45), seed: Number(values.seed ?? 1), kills: Number(values.kills ?? 20) },
  model: values.model ?? 'stand-in',
}
console.log(JSON.stringify(options))
const result = await chaos(options)
process.stderr.write('\n')
keep('chaos', ['npm run chaos --', ...process.argv.slice(2)].join(' '), { ...options, ...result })
for (const line of result.said) console.log(line)
for (const fault of result.unfired) console.log(`planned and never happened: ${fault}`)
const { lost, doubled, resurrected, wrong, isClean } = result
console.log(
  `${isClean ? 'CLEAN' : 'NOT CLEAN'}: ${options.kills} kills, ${result.live} live posts, ${result.topics} topics, ${lost} lost, ${doubled} doubled, ${resurrected} resurrected, ${wrong} wrong, ${result.unfired.length} faults unfired`,
)
process.exitCode = isClean ? 0 : 1
