// What a person may define as a topic: checked, with the gaps filled. Pure. Throws UserError or QueryError, saying what
// to write instead; never repairs in silence what would change a topic's numbers.
import { createHash } from 'node:crypto'
import { UserError } from '../errors.ts'
import type { Target, Topic, TopicDefinition } from '../types.ts'
import { foldText } from './letters.ts'
import { formatQuery, parseQuery } from './query.ts'

const slug = /^[a-z0-9][a-z0-9-]{0,63}$/
const maxTargets = 4
const maxNameLength = 200
const maxTargetLength = 300
const maxTags = 10
const tagForm = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} _-]{0,39}$/u

/** The definition as it will be kept: name filled, target ids made from their texts. */
export function checkDefinition(given: TopicDefinition): TopicDefinition {
  const { id, name, query, targets, public: isPublic, tags } = given
  if (typeof id !== 'string' || !slug.test(id)) {
    throw new UserError(
      `"${String(id).slice(0, 80)}" cannot be a topic id`,
      'use 1 to 64 of a-z, 0-9 and -, not starting with -, for example: peace-talks',
    )
  }
  const called = (name ?? '').trim() || id
  if (called.length > maxNameLength) {
    throw new UserError('the name is too long', `use at most ${maxNameLength} characters`)
  }
  parseQuery(query)
  const checked = { id, name: called, query, targets: checkTargets(targets ?? []) }
  return { ...checked, public: isPublic === true, tags: checkTags(tags ?? []) }
}

/** In the one way they are written: lower case, each once. */
function checkTags(given: string[]): string[] {
  const tags = [...new Set(given.map((tag) => tag.trim().normalize('NFC').toLowerCase()))]
  const wrong = tags.find((tag) => !tagForm.test(tag))
  if (wrong !== undefined) {
    const hint = 'a tag has 1 to 40 letters, digits, spaces, - or _, and begins with a letter or a digit'
    throw new UserError(`"${wrong.slice(0, 80)}" cannot be a tag`, hint)
  }
  if (tags.length > maxTags) throw new UserError(`${tags.length} tags are too many`, `keep ${maxTags}`)
  return tags
}

function checkTargets(targets: Partial<Target>[]): Target[] {
  if (targets.length > maxTargets) {
    throw new UserError(`${targets.length} targets are too many`, `keep the ${maxTargets} that matter most`)
  }
  const taken = new Set(targets.flatMap((target) => (target.id ? [target.id] : [])))
  const checked = targets.map(({ id, text }) => {
    const trimmed = (text ?? '').trim()
    if (trimmed === '' || trimmed.length > maxTargetLength) {
      const message = trimmed === '' ? 'a target has no text' : 'the text of a target is too long'
      throw new UserError(message, `a target is a noun phrase or a statement of at most ${maxTargetLength} characters`)
    }
    return { id: id || freeSlug(trimmed, taken), text: trimmed }
  })
  for (const { id } of checked) {
    if (!slug.test(id))
      throw new UserError(`"${id.slice(0, 80)}" cannot be a target id`, 'use 1 to 64 of a-z, 0-9 and -')
    if (checked.filter((other) => other.id === id).length > 1) {
      throw new UserError(`two targets have the id "${id}"`, 'give each target an id of its own')
    }
  }
  return checked
}

/** "A ceasefire now" is a-ceasefire-now; a text without Latin letters is target, target-2 ... */
function freeSlug(text: string, taken: Set<string>): string {
  const words = foldText(text).match(/[a-z0-9]+/g) ?? ['target']
  const stem = words.join('-').slice(0, 56).replace(/-$/, '')
  let free = stem
  for (let n = 2; taken.has(free); n++) free = `${stem}-${n}`
  taken.add(free)
  return free
}

/** True when both make the same numbers: another spelling of the same query, or another order of targets, does. */
export function isSameVersion(one: TopicDefinition, other: TopicDefinition): boolean {
  const measured = (definition: TopicDefinition) =>
    JSON.stringify([
      formatQuery(parseQuery(definition.query)),
      definition.targets.map(({ id, text }) => `${id} ${text}`).sort(),
    ])
  return measured(one) === measured(other)
}

/** True when nothing at all differs. */
export function isSameDefinition(one: TopicDefinition, other: TopicDefinition): boolean {
  return hashOf(one) === hashOf(other)
}

/** Changes exactly when the definition does. Without tags it is what it was before there were any. */
export function hashOf({ id, name, query, targets, public: isPublic, tags }: TopicDefinition | Topic): string {
  const parts = [id, name, query, targets.map((target) => [target.id, target.text]), isPublic]
  const ordered = JSON.stringify(tags.length ? [...parts, tags] : parts)
  return createHash('sha256').update(ordered).digest('hex').slice(0, 32)
}
