// What a claim is a share of, in words, for whoever opens it: "A negative tone where “night line” comes up". Pure.
import type { Claim } from '../conclusions.ts'
import type { Facts } from './facts.ts'
import { sideOf, splitMeasure } from './say.ts'
import { capital, feeling, languageName, sourceName } from './words.ts'

type Named = Pick<Claim, 'kind' | 'measure' | 'scope'>

export function saysOf(facts: Facts, { kind, measure, scope }: Named): string {
  if (measure.startsWith('voice.')) return 'One post'
  const what = whatOf(facts, measure)
  if (kind === 'quote' || kind === 'minority')
    return `One post ${measure.startsWith('theme.') ? `on ${what.slice('posts that bring up '.length)}` : sideOf(facts, measure)}`
  if (kind === 'campaign') return 'Near-copies of one text'
  if (kind === 'common') return `${capital(what)}, on both sides`
  if (kind === 'change') return `${capital(what)}, against ${facts.beforeName}`
  return capital(`${what}${scope && whereOf(facts, scope)}`)
}

function whatOf({ topic, themes }: Facts, measure: string): string {
  const { kind, label } = splitMeasure(measure)
  if (kind === 'sentiment') return `a ${label} tone`
  if (kind === 'emotion') return `posts that show ${feeling(label)}`
  if (kind === 'stance') return label === 'neither' ? 'neither for nor against' : `posts ${sideOf({ topic }, measure)}`
  return `posts that bring up “${themes.find(({ id }) => measure === `theme.${id}`)?.phrase ?? ''}”`
}

function whereOf({ topic, themes }: Facts, scope: string): string {
  const [kind, name] = [scope.slice(0, scope.indexOf(':')), scope.slice(scope.indexOf(':') + 1)]
  if (kind === 'theme') return ` where “${themes.find(({ id }) => id === name)?.phrase ?? ''}” comes up`
  if (kind === 'source') return ` on ${sourceName(name)}`
  if (kind === 'lang') return ` in ${languageName(name)}`
  return `, among posts ${sideOf({ topic }, name)}`
}
