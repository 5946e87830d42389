// Who stands behind an alert: ten accounts or more on either side of a change, as behind every number that is told. Voices,
// which the detector counts, are no accounts: three people who post every hour are seventy voices a day. Asked once an alert
// would open, of what is live now; may be asked again at every step while too few stand there.
import type { Alert } from '../alarms.ts'
import type { Questions, Window } from '../answers.ts'
import { leastAuthors } from '../estimate.ts'

export type Crowd = (alert: Alert) => Promise<boolean>

/** Accounts an hour may fall to none, so their number needs ten on the larger side; a level looks at one window alone. */
export function crowdOf({ summary }: Pick<Questions, 'summary'>): Crowd {
  return async ({ topic: { topic, version }, model, kind, before, after, shifts: [lead] }) => {
    const isVolume = lead?.measure === 'volume'
    // Copies are counted, not scored.
    const isCounted = isVolume || kind === 'campaign'
    const accounts = async (window: Window) => {
      const filter = { topic: { topic, version }, model, window }
      const { authors, scoredAuthors } = await summary(filter, ['sentiment'])
      return isCounted ? authors : scoredAuthors
    }
    if (kind === 'level' || kind === 'campaign')
      return (isVolume && lead.direction === 'down') || (await accounts(after)) >= leastAuthors
    const isEnough = async (window: Window) => (await accounts(window)) >= leastAuthors
    // The time after is the shorter one.
    if (isVolume) return (await isEnough(before)) || (await isEnough(after))
    return (await isEnough(after)) && (await isEnough(before))
  }
}
