// A process to be killed: adds slices to the store in the given folder and says each time that one is durable.
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import { addition, noError, scoreOf } from './scores.ts'

const [folder, first] = process.argv.slice(2)
const store = await openStore({ path: `${folder}/store`, keys: openKeys(`${folder}/keys.json`), modelError: noError })
for (let slice = Number(first); ; slice++) {
  const scores = Array.from({ length: 20 }, (_, nr) => scoreOf(`${slice}-${nr}`, { arrival: slice * 20 + nr + 1 }))
  await store.add(addition(scores))
  await store.forget([
    { op: 'delete', source: 'file', id: `${slice}-0`, at: '2026-11-20T00:00:00.000Z', revision: null },
  ])
  process.stdout.write(`${slice}\n`)
}
