// Sentences about differences: around a theme, between parts of the posts, against the window before; and what is copied
// or shared. Only claims whose difference is certain reach this place (differences.ts).
import type { Estimate } from '../answers.ts'
import type { Claim, Ledger } from '../conclusions.ts'
import { ended, labelOf, type Slots, say, sideOf, type Told, type Variant } from './say.ts'
import { counted, feeling, languageName, sourceName, withInterval } from './words.ts'

/** "12 points (5–19)" */
export function points({ estimate, low, high }: Estimate): string {
  const whole = (share: number | null) => Math.round(Math.abs(share ?? 0) * 100)
  const range = [whole(low), whole(high)].sort((a, b) => a - b).join('–')
  return `${whole(estimate)} points (${range})`
}

const isTone = ({ measure }: Claim) => measure.startsWith('sentiment.')

/** What a measure is a share of, as a noun: "anger", "support for “free buses”". */
function nounOf(ledger: Ledger, claim: Claim): string {
  if (claim.measure.startsWith('emotion.')) return feeling(labelOf(claim))
  if (claim.measure.startsWith('theme.')) return `talk of “${phraseOf(ledger, claim.measure.slice('theme.'.length))}”`
  const side = sideOf(ledger, claim.measure)
  return side.startsWith('for ') ? `support for ${side.slice(4)}` : `opposition to ${side.slice('against '.length)}`
}

const phraseOf = ({ themes }: Ledger, id: string) => themes.find((theme) => theme.id === id)?.phrase ?? ''

function slotsOf(ledger: Ledger, claim: Claim): Slots {
  const { estimate } = claim.difference!
  return {
    S: withInterval(claim),
    d: points(claim.difference!),
    more: estimate! > 0 ? 'more' : 'less',
    rose: estimate! > 0 ? 'rose' : 'fell',
    tone: labelOf(claim),
    what: isTone(claim) ? '' : nounOf(ledger, claim),
  }
}

/** Feelings about themes. */
export function feelingOf(ledger: Ledger): Told[] {
  const claims = ledger.claims.filter(({ kind }) => kind === 'feeling')
  // One theme once: its second difference often says the same in other words.
  const first = claims.filter((claim, at) => claims.findIndex(({ scope }) => scope === claim.scope) === at)
  return first.slice(0, 2).map((claim, index) => {
    const id = claim.scope.slice('theme:'.length)
    const variant: Variant = isTone(claim) ? 'feeling.tone' : 'feeling.what'
    const text = say(ledger, variant, { ...slotsOf(ledger, claim), t: phraseOf(ledger, id), turn: index })
    return { text, claims: [claim], theme: `theme.${id}`, weight: 76 - 8 * index, place: 5 + index / 10 }
  })
}

/** Platforms, languages and camps against the others. */
export function contrastOf(ledger: Ledger): Told[] {
  const claims = ledger.claims.filter(({ kind }) => kind === 'contrast')
  // One camp is enough, and not on a theme whose tone is told already.
  const felt = new Set(
    ledger.claims.filter(({ kind }) => kind === 'feeling').map(({ scope }) => scope.replace(':', '.')),
  )
  const camp = claims.find(({ scope, measure }) => scope.startsWith('side:') && !felt.has(measure))
  const places = claims.filter(({ scope }) => !scope.startsWith('side:'))
  const first = places.filter((claim, at) => places.findIndex(({ measure }) => measure === claim.measure) === at)
  return [...(camp ? [camp] : []), ...first].slice(0, 2).map((claim, index) => {
    const part = { claims: [claim], weight: 71 - 10 * index, place: 6 + index / 10 }
    const [kind, name = ''] = [
      claim.scope.slice(0, claim.scope.indexOf(':')),
      claim.scope.slice(claim.scope.indexOf(':') + 1),
    ]
    if (kind === 'side') {
      const slots = { ...slotsOf(ledger, claim), t: phraseOf(ledger, claim.measure.slice('theme.'.length)) }
      const sides = { side: sideOf(ledger, name), other: sideOf(ledger, opposite(name)) }
      return { ...part, theme: claim.measure, text: say(ledger, 'contrast.camp', { ...slots, ...sides, turn: index }) }
    }
    const place =
      kind === 'lang'
        ? `in ${languageName(name)}`
        : `${name === 'sample' || name === 'import' ? 'in' : 'on'} ${sourceName(name)}`
    const variant: Variant = isTone(claim) ? 'contrast.tone' : 'contrast.what'
    return { ...part, text: say(ledger, variant, { ...slotsOf(ledger, claim), place, turn: index }) }
  })
}

const opposites: Record<string, string> = {
  negative: 'positive',
  positive: 'negative',
  favor: 'against',
  against: 'favor',
}
function opposite(measure: string): string {
  const dot = measure.lastIndexOf('.') + 1
  return measure.slice(0, dot) + opposites[measure.slice(dot)]
}

/** A share that was nothing before did not "rise". */
function changeOf(claim: Claim): Variant {
  if (isTone(claim)) return 'change.tone'
  if (!themeIn(claim)) return 'change.what'
  return claim.estimate! - claim.difference!.estimate! < 1e-9 ? 'change.new' : 'change.theme'
}

const themeIn = ({ measure }: Claim) => (measure.startsWith('theme.') ? measure : undefined)

/** What changed, what both sides share, what is copied. */
export function closing(ledger: Ledger): Told[] {
  const { before } = ledger
  const all = ledger.claims.filter(({ kind }) => kind === 'change')
  // One subject that grew is enough: a second often grew for the same reason.
  const first = all.find((claim) => themeIn(claim))
  const moved = all.filter((claim) => !themeIn(claim) || claim === first).slice(0, 2)
  const changed = moved.map((claim, index): Told => {
    const t = themeIn(claim) ? phraseOf(ledger, claim.measure.slice('theme.'.length)) : ''
    const text = say(ledger, changeOf(claim), { ...slotsOf(ledger, claim), before, t, turn: index })
    return { text, claims: [claim], theme: themeIn(claim), weight: 78 - 10 * index, place: 7.5 + index / 10 }
  })
  return [...changed, ...shared(ledger), ...copied(ledger)]
}

function shared(ledger: Ledger): Told[] {
  const claims = ledger.claims.filter(({ kind }) => kind === 'common').slice(0, 1)
  return claims.map((claim) => {
    const [side, other] = claim.scope.split('|') as [string, string]
    const slots = {
      t: phraseOf(ledger, claim.measure.slice('theme.'.length)),
      side: sideOf(ledger, side),
      other: sideOf(ledger, other),
    }
    return { text: ended(say(ledger, 'common', slots)), claims: [claim], theme: claim.measure, weight: 52, place: 6.5 }
  })
}

function copied(ledger: Ledger): Told[] {
  const claims = ledger.claims.filter(({ kind }) => kind === 'campaign').slice(0, 1)
  return claims.map((claim) => {
    const slots = { M: counted(claim.authors, 'account'), N: counted(claim.posts, 'post') }
    return { text: say(ledger, 'campaign', slots), claims: [claim], weight: 62, place: 9 }
  })
}
