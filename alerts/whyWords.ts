// Why it probably changed, in words: only parts that are sure, a campaign by its name, headlines as a coincidence in time.
// Pure; what it quotes are phrases and headlines, as plain lines.
import type { Alert, CausePart, Explanation, Shift } from '../alarms.ts'
import type { Estimate } from '../answers.ts'
import { isCertain } from '../difference.ts'
import { count, percent, plural, shareOf } from '../phrasing.ts'
import { cut, oneLine } from './lines.ts'
import { isNewPhrase, measureIn, plainCount } from './titles.ts'

const mostThemes = 3
const mostHeadlines = 2

/** Up to two sentences; none where nothing is known. */
export function whyOf(explanation: Explanation, kind: Alert['kind']): string[] {
  if (kind === 'model') return [rereadIn(explanation)].filter(Boolean)
  const isCampaign = kind === 'campaign'
  const parts = isCampaign ? campaignIn(explanation.campaigns) : partsIn(explanation)
  const beside = [themesIn(explanation), isCampaign ? '' : besideOf(explanation), headlinesIn(explanation)]
  return [parts, beside.filter(Boolean).join(' ')].filter(Boolean)
}

const isRate = (shift: Shift | null) => shift?.measure === 'volume'

/** As the house says it: an interval that would be written with a 0 in it is not sure. */
export function isSure(part: Estimate, shift: Shift | null): boolean {
  if (!isRate(shift)) return isCertain(part)
  return part.low !== null && part.high !== null && (part.low > 0 || part.high < 0)
}

/** "12 points (5–19)", "15 accounts an hour (8–22)": sizes, their sign is said in words. */
export function sizeOf({ estimate, low, high }: Estimate, shift: Shift | null): string {
  const size = (n: number | null) =>
    isRate(shift) ? plainCount(Math.abs(n ?? 0)) : String(Math.round(Math.abs(n ?? 0) * 100))
  const [least, most] = [low, high].sort((a, b) => Math.abs(a ?? 0) - Math.abs(b ?? 0))
  const unit = isRate(shift) ? 'accounts an hour' : size(estimate) === '1' ? 'point' : 'points'
  return `${size(estimate)} ${unit} (${size(least!)}–${size(most!)})`
}

const shares: Record<CausePart['cause'], string> = {
  'same accounts': 'accounts that had spoken before',
  'other accounts': 'accounts that came or left',
  platforms: 'the mix of platforms',
  campaign: 'copies of one text, a campaign',
  'our model': 'our model',
  'our query': 'our query',
}
const rates: Partial<typeof shares> = {
  platforms: 'platforms heard on one side only',
  campaign: 'accounts that posted one text and nothing else, a campaign',
}

/** 'a, b and c' */
const listed = (parts: string[]) =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

/** The same time as our model and query of now read it, against those before. */
function rereadIn({ shift, causes }: Explanation): string {
  if (!shift || !causes.length) return ''
  const sure = causes.filter(({ part }) => isSure(part, shift))
  const reads = `Of the same time ${measureIn(shift, [])} reads ${shareOf(shift.after)} now and read ${shareOf(shift.before)} before`
  if (!sure.length) return `${reads}: no sure difference.`
  return `${reads}: ${listed(sure.map(({ cause, part }) => `${sizeOf(part, shift)} from ${shares[cause]}`))}.`
}

function partsIn({ shift, causes, campaigns }: Explanation): string {
  if (!shift || !causes.length) return ''
  const whole = causes.reduce((sum, { part }) => sum + (part.estimate ?? 0), 0)
  const sure = causes.filter(({ part }) => isSure(part, shift))
  const campaign = sure.find((one) => one.cause === 'campaign' && (one.part.estimate! / whole) * 2 >= 1)
  if (campaign) {
    const [first] = campaigns
    const by = first ? ` by ${plural(first.authors, 'account')}` : ''
    const much = campaign.part.estimate! / whole > 1.05 ? 'More than all of the change' : 'Most of the change'
    return `${much}, ${sizeOf(campaign.part, shift)}, is one text${by}: a campaign, not a shift of opinion.`
  }
  if (!sure.length) return 'Who moved it cannot be told: no part of it is sure by itself.'
  const ranked = sure.toSorted((a, b) => Math.abs(b.part.estimate!) - Math.abs(a.part.estimate!))
  const told = ranked.map(({ cause, part }, nr) => {
    const against = part.estimate! * whole < 0 ? ' the other way' : ''
    return `${sizeOf(part, shift)}${against} ${nr === 0 ? 'come from' : 'from'} ${(isRate(shift) && rates[cause]) || shares[cause]}`
  })
  const others = sure.length < causes.length ? '; no other part is sure' : ''
  return `Of the change, ${listed(told)}${others}.`
}

function campaignIn(campaigns: Explanation['campaigns']): string {
  const [first] = campaigns
  if (!first) return ''
  return `${plural(first.authors, 'account')} posted near-copies of it, ${plural(first.posts, 'post')} in all.`
}

/** A campaign that is not what moved it, but is there. */
function besideOf({ causes, campaigns, shift }: Explanation): string {
  const [first] = campaigns
  const isTold = causes.some(({ cause, part }) => cause === 'campaign' && isSure(part, shift))
  return first && !isTold ? `A campaign of ${count(first.authors)} accounts with one text ran then, too.` : ''
}

function themesIn({ themes }: Explanation): string {
  if (!themes.length) return ''
  const told = themes.slice(0, mostThemes).map(({ phrase, before, after }) => {
    const since = percent(after.estimate ?? 0)
    return `“${cut(oneLine(phrase), 60)}” (${isNewPhrase({ before }) ? `new, ${since}` : `${percent(before.estimate ?? 0)} to ${since}`})`
  })
  return `More posts bring up ${told.join(', ')}.`
}

function headlinesIn({ headlines }: Explanation): string {
  if (!headlines.length) return ''
  const told = headlines.slice(0, mostHeadlines).map(({ headline }) => `“${cut(oneLine(headline), 100)}”`)
  return `Published around then, a coincidence in time and not said to be a cause: ${told.join(', ')}.`
}
