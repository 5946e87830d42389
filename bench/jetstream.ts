// `npm run demo:jetstream [-- --rates 45,200 --minutes 5 --seed 1 --kills 0]`: the whole product against the seeded
// Jetstream double. Prints when matched posts became visible, and whether the store equals the double's ledger.
import { parseArgs } from 'node:util'
import { keep } from './result.ts'
import { stream } from './stream.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { rates: text, minutes: text, seed: text, kills: text } })
const rates = (values.rates ?? '45,200').split(',').map(Number)
const results = []
for (const rate of rates) {
  const options = {
    rate,
    minutes: Number(values.minutes ?? 5),
    seed: Number(values.seed ?? 1),
    kills: Number(values.kills ?? 0),
  }
  console.log(`${rate} posts/s for ${options.minutes} min, seed ${options.seed}, ${options.kills} kills`)
  const result = await stream(options)
  process.stderr.write('\n')
  console.log(JSON.stringify(result, null, 2))
  results.push(result)
}
const command = ['npm run demo:jetstream --', ...process.argv.slice(2)].join(' ')
keep(Number(values.kills ?? 0) ? 'jetstream-kills' : 'jetstream', command, results)
const isClean = results.every(
  (result) => result.isClean && (result.visibleMs === null || result.visibleMs.p99 <= 3_000),
)
console.log(isClean ? 'clean: the store equals the ledger' : 'NOT CLEAN: see above')
process.exitCode = isClean ? 0 : 1
