// `npm run chaos -- --log sqlite --kills N --seed S [--rate 45 --minutes M]`: the whole product under kill -9 at random
// moments, against the double's ledger. Exit 0: nothing lost, doubled or brought back. The last line is the verdict.
import { parseArgs } from 'node:util'
import { keep } from './result.ts'
import { stream } from './stream.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { log: text, kills: text, seed: text, rate: text, minutes: text } })
if ((values.log ?? 'sqlite') !== 'sqlite') {
  console.error(`there is no log "${values.log}" in this version; use --log sqlite`)
  process.exit(2)
}
const kills = Number(values.kills ?? 20)
const minutes = Number(values.minutes ?? Math.max(0.5, kills / 10))
const options = { rate: Number(values.rate ?? 45), seed: Number(values.seed ?? 1), minutes, kills }
console.log(JSON.stringify(options))
const result = await stream(options)
process.stderr.write('\n')
keep('chaos', ['npm run chaos --', ...process.argv.slice(2)].join(' '), result)
const { lost, doubled, resurrected, wrongText, matchedLive, isClean } = result
console.log(
  `${isClean ? 'CLEAN' : 'NOT CLEAN'}: ${kills} kills, ${matchedLive} live posts of the topic, ${lost} lost, ${doubled} doubled, ${resurrected} resurrected, ${wrongText} with a wrong text`,
)
process.exitCode = isClean ? 0 : 1
