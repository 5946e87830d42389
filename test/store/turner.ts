// A process that shares keys.json: turns at a word on stdin and tells every hash of an author, or holds the lock for ever.
import { once } from 'node:events'
import { holdWaiting } from '../../held.ts'
import { openKeys } from '../../store/keys.ts'

const [path, task] = process.argv.slice(2)
if (task === 'hold') {
  const held = holdWaiting(`${path}.lock`)
  process.stdout.write('held\n')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
  held[Symbol.dispose]()
} else {
  const keys = openKeys(path!, () => Number(task))
  process.stdout.write('open\n')
  await once(process.stdin, 'data')
  keys.turn()
  process.stdout.write(`${JSON.stringify(keys.authors('s', 'a'))}\n`)
}
