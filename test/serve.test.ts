// The pipeline served on a real socket, with the bundled sample and the fake model: its stories have boxes as soon as it is
// there, live as long as it does, and leave with it for good.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { sampleStories } from '../ingest/sample.ts'
import { silent } from '../journal.ts'
import { open } from '../pipeline.ts'
import { sleep } from '../retry.ts'
import { serve } from '../serve.ts'
import { fakeModel } from './doubles/model.ts'

const key = 'test-key'
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-serve-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Told {
  url: string
  state: string
  about: string | null
  expires: string
  topic: { id: string }
  embed: { json: string } | null
}

async function start() {
  const config = readConfig({ data: join(folder, 'data'), offline: true, port: '0', config: 'undercurrent.yaml' }, {})
  const pipeline = await open(config, silent, { loadModel: async () => fakeModel() })
  const stop = new AbortController()
  const server = await serve(pipeline, { key, signal: stop.signal, note: silent })
  const running = pipeline.run(stop.signal)
  const get = (path: string, init?: RequestInit) => fetch(new URL(path, server.url), init)
  const stories = async () => ((await (await get('/v1/stories')).json()) as { stories: Told[] }).stories
  const settled = async () => {
    for (const signal = AbortSignal.timeout(60_000); ; await sleep(50, signal)) {
      const status = await pipeline.status()
      if (status.lag === 0 && status.sources.every(({ state }) => state === 'finished')) return
      if (signal.aborted) throw new Error('the sample was never read')
    }
  }
  const end = async () => {
    await server[Symbol.asyncDispose]()
    stop.abort()
    await running
    await pipeline[Symbol.asyncDispose]()
  }
  return { get, stories, settled, end }
}

describe('the stories of the sample', () => {
  test('have boxes by their address, one about a wider topic and one with too little to tell', async () => {
    const given = await sampleStories()
    const { get, stories, settled, end } = await start()
    const told = await stories()
    expect(told.map(({ url }) => url).sort()).toEqual(given.map(({ url }) => url).sort())
    expect(told.filter(({ state, embed }) => state !== 'approved' || !embed)).toEqual([])
    // They do not end by themselves.
    for (const { expires } of told) expect(Date.parse(expires) - Date.now()).toBeGreaterThan(365 * 86_400_000)
    await settled()
    const boxes = await Promise.all(
      told.map(async ({ embed, topic }) => ({
        topic: topic.id,
        box: (await (await get(embed!.json)).json()) as { text: string; about: string | null; refusal: object | null },
      })),
    )
    expect(boxes.filter(({ box }) => box.refusal).map(({ topic }) => topic)).toEqual(['night-trains'])
    expect(boxes.filter(({ box }) => box.about).map(({ topic }) => topic)).toEqual(['coastal-pipeline'])
    const page = await (await get('/demo/stories')).text()
    for (const { headline } of given.filter(({ url }) => url.includes('roundup'))) expect(page).toContain(headline)
    await end()
  }, 90_000)

  test('are there after a restart, and gone with the sample, also after the next one', async () => {
    const first = await start()
    expect(await first.stories()).toHaveLength((await sampleStories()).length)
    const headers = { authorization: `Bearer ${key}` }
    expect((await first.get('/v1/sample', { method: 'DELETE', headers })).status).toBe(204)
    expect(await first.stories()).toEqual([])
    expect(await (await first.get('/demo')).text()).toContain('The demo left with its sample')
    await first.end()
    const second = await start()
    expect(await second.stories()).toEqual([])
    expect((await second.get('/demo/story')).status).toBe(200)
    await second.end()
  }, 90_000)
})
