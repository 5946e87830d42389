// A process of the product under test: what `undercurrent up`, or a role of it (`--role`), runs, with three things production has no word for.
// Words over the channel to its parent arm a crash point ("crash POINT NTH": SIGKILL itself at the nth passing) or jump the
// clock ("clock MS"): never stdin, which the embedded engine reads. The model is the stand-in unless --model real. `--broken`
// breaks the product on purpose, so that a test can tell whether the oracle sees it.
import { parseArgs } from 'node:util'
import { readConfig } from '../../config.ts'
import { armCrash, type CrashPoint } from '../../crash.ts'
import { openJournal } from '../../journal.ts'
import { everyRole, open, openModel, type Pipeline, type Role } from '../../pipeline.ts'
import { listenProbes } from '../../probes.ts'
import { serve } from '../../serve.ts'
import type { Slice } from '../../types.ts'
import { fakeModel } from './model.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { data: text, config: text, model: text, broken: text, key: text, role: text },
})

let shiftMs = 0
const RealDate = Date
class ShiftedDate extends RealDate {
  constructor(...given: []) {
    super(...(given.length ? given : ([RealDate.now() + shiftMs] as unknown as [])))
  }
  static override now = () => RealDate.now() + shiftMs
}
globalThis.Date = ShiftedDate as DateConstructor

let armed: { point: string; left: number } | null = null
armCrash((point: CrashPoint) => {
  if (armed?.point !== point || --armed.left > 0) return
  process.kill(process.pid, 'SIGKILL')
  // The signal is delivered while we wait here: nothing of ours may run any more.
  for (;;);
})
process.on('message', (line: string) => {
  const [word, first = '', second = '1'] = line.split(' ')
  if (word === 'crash') armed = { point: first, left: Number(second) }
  if (word === 'disarm') armed = null
  if (word === 'clock') shiftMs += Number(first)
})
process.on('disconnect', () => process.exit(0))
// Told to end, it ends as soon as its own work lets it.
process.channel?.unref()

/** A product that is wrong in one way. Its parts are the very objects that the pipeline works with. */
const faults: Record<string, (pipeline: Pipeline) => void> = {
  /** Commits before the store has the rows: a crash between the two loses them. */
  'commit-first': ({ log }) => {
    const read = log.read.bind(log)
    log.read = async function* (...given): AsyncGenerator<Slice> {
      for await (const slice of read(...given)) {
        await slice.commit()
        yield { ...slice, commit: async () => {} }
      }
    }
  },
  /** Deletes and withdrawals reach no store. */
  'forget-nothing': ({ store }) => {
    store.forget = async () => {}
  },
}

const config = { ...readConfig({ ...values, port: '0', 'no-sample': true }), apiKey: values.key ?? 'chaos' }
const note = openJournal('warn')
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const loadModel = values.model === 'real' ? openModel : async () => fakeModel('stand-in@1')
// What takes minutes for people's sake takes moments here.
const store = { eraseAfterMs: 500, timeoutMs: 2_000, patientMs: 10_000 }
const roles = values.role ? [values.role as Role] : everyRole
await using pipeline = await open(config, note, { loadModel, roles, store })
if (values.broken) faults[values.broken]!(pipeline)
const { apiKey: key } = config
await using server = roles.includes('serve')
  ? await serve(pipeline, { key, signal: stop.signal, note })
  : await listenProbes({ ...config, key })
console.log(`undercurrent is at ${server.url}`)
await pipeline.run(stop.signal)
