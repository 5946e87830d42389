// Who has no Kafka pays nothing for it: a whole start, with its page asked for, loads none of that code.
import { expect, test } from 'vitest'
import { newHome } from '../process.ts'

const listening = (words: string) =>
  `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({ load(url, context, next) {
    if (/${words}/.test(url)) console.log('LOADED ' + url)
    return next(url, context)
  } })
`)}`

test.each([
  ['kafka', false],
  // The same look sees what is loaded.
  ['sqlite', true],
])(
  'a start loads code of %s: %s',
  async (words, isLoaded) => {
    using home = newHome({}, { NODE_OPTIONS: `--import=${listening(words)}` })
    const up = await home.up()
    await fetch(up.url)
    expect(await up.end('SIGTERM')).toBe(0)
    expect(up.printed().includes('LOADED')).toBe(isLoaded)
  },
  60_000,
)
