// `undercurrent topics`: list, add, preview, drop. Works on the log alone, beside a running process or without one.
import { openTopics } from '../analyze/topics.ts'
import type { Invocation } from '../cli.ts'
import type { Config } from '../config.ts'
import { UserError } from '../errors.ts'
import type { TopicPreview } from '../given.ts'
import { openLog } from '../pipeline.ts'
import type { Log, Topic } from '../types.ts'

export async function topics(config: Config, invocation: Invocation): Promise<number> {
  const [action = 'list', subject] = invocation.words
  await using log = await openLog(config)
  const print = (value: unknown, text: string) => console.log(invocation.json ? JSON.stringify(value) : text)
  switch (action) {
    case 'list': {
      const all = (await openTopics(log)).list()
      print({ topics: all }, all.map(lineOf).join('\n') || 'No topics yet: undercurrent topics add ID --query Q')
      return 0
    }
    case 'add': {
      const { name, query, target } = invocation
      const topic = await putTopic(log, {
        id: need(subject, 'an id'),
        name,
        query: need(query, '--query'),
        targets: target,
      })
      print({ topic }, lineOf(topic))
      return 0
    }
    case 'preview': {
      const registry = await openTopics(log)
      const preview = await registry.preview(need(subject, 'a query'), new AbortController().signal)
      print(preview, previewText(preview))
      return 0
    }
    case 'drop': {
      const id = need(subject, 'an id')
      if (!(await (await openTopics(log)).drop(id)))
        throw new UserError(`there is no topic "${id}"`, 'undercurrent topics', 404)
      print({ dropped: id }, `dropped ${id} and its numbers`)
      return 0
    }
    default:
      throw new UserError(`topics cannot "${action}"`, 'It can list, add, preview and drop.')
  }
}

/** Makes or corrects a topic; what is not given stays as it was. A new topic needs a query. */
export async function putTopic(
  log: Log,
  given: { id: string; name?: string; query?: string; targets?: string[] },
): Promise<Topic> {
  const registry = await openTopics(log)
  const known = registry.get(given.id)
  const query = given.query ?? known?.query
  if (!query)
    throw new UserError(`there is no topic "${given.id}" yet`, 'Give it a query: --query "word OR \\"a phrase\\""')
  const { topic } = await registry.put({
    id: given.id,
    name: given.name ?? known?.name ?? given.id,
    query,
    targets: given.targets?.map((text) => ({ id: '', text })) ?? known?.targets ?? [],
    public: known?.public ?? false,
    tags: known?.tags ?? [],
  })
  return topic
}

function need(value: string | undefined, what: string): string {
  if (value) return value
  throw new UserError(
    `${what} is missing`,
    'undercurrent topics add my-topic --query "word OR \\"a phrase\\"" --target "a statement"',
  )
}

const lineOf = ({ id, version, name, query }: Topic) => `${id}  (version ${version})  ${name}: ${query}`

function previewText({ matched, scanned, kept, estimate, sample }: TopicPreview): string {
  const all =
    scanned >= kept
      ? `${matched} of ${kept} kept posts match`
      : `about ${estimate} of ${kept} kept posts match (${matched} of ${scanned} looked at)`
  return [all, ...sample.map(({ at, text }) => `  ${at.slice(0, 16)}  ${JSON.stringify(text.slice(0, 110))}`)].join(
    '\n',
  )
}
