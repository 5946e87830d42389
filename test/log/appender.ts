// A process that appends for ever, three changes at a time, and says each batch's number once it is durable.
// Started and killed by sqlite.test.ts.
import { openSqliteLog } from '../../log/sqlite.ts'
import { post } from '../contract/changes.ts'

const [path, key] = process.argv.slice(2)
const retention = { hours: 48, bytes: 1e9 }
const log = await openSqliteLog({ path: path!, retention, hashKey: Buffer.from(key!, 'hex') })
for (let batch = Number(await log.cursor('killed')) + 1; ; batch++) {
  const changes = [0, 1, 2].map((index) => post(`${batch}.${index}`))
  await log.append({ source: 'killed', changes, cursor: String(batch) })
  process.stdout.write(`${batch}\n`)
}
