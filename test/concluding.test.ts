// Conclusions drawn on a thread of their own are those that are drawn here, and are counted here; a thread that ends takes
// along what was asked of it, and nothing else.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Window } from '../answers.ts'
import { openConcluding } from '../concluding.ts'
import { readConfig } from '../config.ts'
import { silent } from '../journal.ts'
import { metrics } from '../metrics.ts'
import { campaigns } from '../perspectives/campaigns.ts'
import { restsOn } from '../perspectives/kept.ts'
import { defaultWindow, written } from '../perspectives/perspectives.ts'
import { themes } from '../perspectives/themes.ts'
import { open, type Pipeline } from '../pipeline.ts'
import { sleep } from '../retry.ts'
import type { Topic } from '../types.ts'
import { fakeModel } from './doubles/model.ts'

const never = new AbortController().signal
let folder: string
let pipeline: Pipeline
let topic: Topic
let window: Window
let end: () => Promise<void>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-concluding-'))
  const config = readConfig({ data: join(folder, 'data'), offline: true, config: 'undercurrent.yaml' }, {})
  pipeline = await open(config, silent, { loadModel: async () => fakeModel() })
  const stop = new AbortController()
  const running = pipeline.run(stop.signal)
  end = async () => {
    stop.abort()
    await running
    await pipeline[Symbol.asyncDispose]()
  }
  for (const signal = AbortSignal.timeout(60_000); ; await sleep(50, signal)) {
    const status = await pipeline.status()
    if (status.lag === 0 && status.sources.every(({ state }) => state === 'finished')) break
    if (signal.aborted) throw new Error('the sample was never read')
  }
  topic = pipeline.topics.get('peace-talks')!
  window = (await defaultWindow(pipeline.store.ask, topic))!
}, 90_000)
afterAll(async () => {
  await end()
  rmSync(folder, { recursive: true, force: true })
})

async function countOf(metric: {
  get(): Promise<{ values: { value: number; labels: object; metricName?: string }[] }>
}) {
  const { values } = await metric.get()
  return values
    .filter(({ metricName = '' }) => !metricName.endsWith('_bucket'))
    .reduce((sum, { value }) => sum + value, 0)
}

describe('the thread', () => {
  test('draws what is drawn here, and has it counted here', async () => {
    using concluding = openConcluding(pipeline)
    const { store, model } = pipeline
    const { modelError, languages } = model.labels
    const ask = store.askLater
    const print = await ask.fingerprint(restsOn(topic, model.id, window))
    const sources = { ask, model: model.id, modelError, languages, code: '0.1.0', readSince: () => [] }
    const here = await written(topic, window, { sources, print, signal: never })
    expect(here.told.sentences.length).toBeGreaterThan(2)
    const before = await countOf(metrics.perspectives)
    const sampled = async () =>
      (await metrics.queries.get()).values.find(
        ({ metricName, labels }) => metricName?.endsWith('_count') && labels.question === 'sample',
      )!.value
    const samples = await sampled()
    expect(await concluding.written(topic, window, { print, readSince: [] })).toEqual(here)
    expect(await countOf(metrics.perspectives)).toBe(before + 1)
    expect(await sampled()).toBe(samples + 1)
    const of = { ask, model: model.id, error: modelError }
    expect(await concluding.themes(topic, window)).toEqual(await themes(topic, window, of))
    expect(await concluding.themes(topic, window, 'none@1')).toEqual(
      await themes(topic, window, { ...of, model: 'none@1' }),
    )
    expect(await concluding.campaigns(topic, window)).toEqual(await campaigns(topic, window, of))
  })

  test('that ends fails those who wait; the next who ask get another one', async () => {
    const real = new URL('../concludingWorker.ts', import.meta.url)
    const code = `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ m }) => m === 'campaigns' && process.exit(3))
      await import(${JSON.stringify(real.href)})`
    using concluding = openConcluding(pipeline, new URL(`data:text/javascript,${encodeURIComponent(code)}`))
    await expect(concluding.campaigns(topic, window)).rejects.toThrow('the thread that draws conclusions ended')
    expect((await concluding.themes(topic, window)).themes.length).toBeGreaterThan(0)
  })

  test('is gone with who opened it', async () => {
    const concluding = openConcluding(pipeline)
    const waiting = concluding.campaigns(topic, window)
    concluding[Symbol.dispose]()
    await expect(waiting).rejects.toThrow('ended')
    await expect(concluding.campaigns(topic, window)).rejects.toThrow('ended')
  })
})
