// `undercurrent rescore` as a process with the stand-in model, that kills itself with SIGKILL at the nth passing of a crash
// point. Arguments: data folder, configuration file, point, nth.
import { rescoreKept } from '../../commands/rescore.ts'
import { readConfig } from '../../config.ts'
import { armCrash } from '../../crash.ts'
import { fakeModel } from './model.ts'

const [data = '', config = '', point = '', nth = '1'] = process.argv.slice(2)
let left = Number(nth)
armCrash((passed) => {
  if (passed !== point || --left > 0) return
  process.kill(process.pid, 'SIGKILL')
  // The signal is delivered while we wait here: nothing of ours may run any more.
  for (;;);
})
const invocation = { flags: {}, words: [], json: true, model: '/nowhere' }
const doing = { loadModel: async () => fakeModel('fake@2'), nameOf: async () => 'fake@1' }
process.exitCode = await rescoreKept(readConfig({ data, config }, {}), invocation, doing)
