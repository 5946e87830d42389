// What changed between two editions of a paragraph, and why: the world, the query, the model or our code. Pure. It
// compares what may still be told, so that no word of a deleted post survives in a difference.
import type { Cause, Claim, EditionChange, Perspective, Sentence } from '../conclusions.ts'

/** A claim across topic versions: what it is about. */
export const keyOf = ({ kind, measure, scope }: Pick<Claim, 'kind' | 'measure' | 'scope'>): string =>
  `${kind} ${measure} ${scope}`

/** What changed from one edition to the next. */
export function changeBetween(before: Perspective, after: Perspective): EditionChange {
  const gone = without(before.sentences, after.sentences)
  const fresh = without(after.sentences, before.sentences)
  const changed: EditionChange['changed'] = []
  for (const sentence of fresh) {
    const about = subjectOf(sentence, after)
    const match = gone.findIndex((other) => subjectOf(other, before) === about)
    if (match < 0) continue
    const [old] = gone.splice(match, 1)
    changed.push({ before: old!.text, after: sentence.text })
  }
  const isChanged = ({ text }: Sentence) => changed.some((pair) => pair.after === text)
  return {
    cause: causesOf(before, after),
    added: fresh.filter((sentence) => !isChanged(sentence)).map(({ text }) => text),
    removed: gone.map(({ text }) => text),
    changed,
    moved: movedBetween(before, after),
  }
}

/** Sentences of one that the other has not, each as often as it has it more. */
function without(all: Sentence[], others: Sentence[]): Sentence[] {
  const left = others.map(({ text }) => text)
  return all.filter(({ text }) => {
    const at = left.indexOf(text)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

function subjectOf({ claims }: Sentence, { claims: all }: Perspective): string {
  const own = claims.flatMap((name) => all.find(({ id }) => id === name) ?? [])
  return own.map(keyOf).sort().join('\n')
}

/** Told shares that read otherwise: by a point or more. */
export function movedBetween(before: Perspective, after: Perspective): EditionChange['moved'] {
  const old = new Map(before.claims.map((claim) => [keyOf(claim), claim.estimate]))
  return after.claims.flatMap((claim) => {
    const [was, is] = [old.get(keyOf(claim)), claim.estimate]
    if (was == null || is === null || Math.round(was * 100) === Math.round(is * 100)) return []
    return [{ kind: claim.kind, measure: claim.measure, scope: claim.scope, before: was, after: is }]
  })
}

/** The part of a manifest's hash that names the posts. */
export const postsHashOf = ({ manifest }: Perspective): string => manifest.hash.split('-')[0]!

/** Every cause that the manifests allow. Another query finds other posts: then only a moved window tells of the world. */
function causesOf(before: Perspective, after: Perspective): Cause[] {
  const [old, now] = [before.manifest, after.manifest]
  const query = old.topicVersion !== now.topicVersion
  const moved = before.window.from !== after.window.from || before.window.to !== after.window.to
  const world = postsHashOf(before) !== postsHashOf(after) && (!query || moved)
  const causes: [Cause, boolean][] = [
    ['the world', world],
    ['the query', query],
    ['the model', old.model !== now.model],
    ['our code', old.code !== now.code],
  ]
  return causes.flatMap(([cause, is]) => (is ? [cause] : []))
}
