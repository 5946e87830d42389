// `npm run bench -- NAME [ARGS]`: runs bench/NAME.ts's `run` and keeps what it returns in bench/results/NAME.json.
import { readdir, readFile } from 'node:fs/promises'
import { keep } from './result.ts'

const folder = import.meta.dirname

/** Benchmarks are the files of this folder that export `run`. */
async function names(): Promise<string[]> {
  const found: string[] = []
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.ts') || file === 'run.ts') continue
    const text = await readFile(`${folder}/${file}`, 'utf8')
    if (/^export (async )?function run\b/m.test(text)) found.push(file.slice(0, -3))
  }
  return found.sort()
}

const [name = '', ...args] = process.argv.slice(2)
const known = await names()
if (!known.includes(name)) {
  console.error(`npm run bench -- NAME, where NAME is one of: ${known.join(', ')}`)
  process.exit(2)
}
interface Bench {
  run: (args: string[]) => Promise<object> | object
  /** The result's name, where these arguments make another measurement of it; absent: that of the bench. */
  nameOf?: (args: string[]) => string
}
const { run, nameOf = () => name } = (await import(`./${name}.ts`)) as Bench
keep(nameOf(args), ['npm run bench --', name, ...args].join(' '), await run(args))
