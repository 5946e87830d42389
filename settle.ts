// How many more labels would tell whether a share is above one half. Pure; may assume what ppi.ts may: that who labels
// drew the posts at random. It is a forecast, never an estimate: nothing it says may stand in a sentence about people.
//
// The variance of a prediction-powered mean is var(lambda f) / N + var(y - lambda f) / n, N posts and n labels
// (Angelopoulos, Duchi and Zrnic, PPI++, arXiv 2311.01453, section 3). Only the second part shrinks as labels are added.
// With authors as clusters even of that only what single posts contribute shrinks as 1 / n: two labelled posts of one
// author are met as often as n squared grows, and weigh 1 / n squared, so what they share stays (Cochran 1977, ch. 10).
import type { Prospect } from './answers.ts'
import { type Audited, interval, type Powered, poweredOf } from './ppi.ts'

/** The .8 quantile of the normal: so that the labels tell in four of five cases, not in every other. */
const power = 0.841621
/** Labels are spoken of in tens. */
const step = 10

/** null where the labels stand behind nothing yet. `of`: scored posts of the window, the most that could be labelled. */
export function prospectOf(posts: Audited[], of: number): Prospect | null {
  const now = poweredOf(posts)
  if (!now) return null
  const told = interval(now.share, now.squared, now.standing)
  const answer = told.low > 0.5 ? 'yes' : told.high < 0.5 ? 'no' : null
  return { ...told, labels: now.standing.labels, answer, needed: answer ? now.standing.labels : neededOf(now, of) }
}

/** In whole tens beyond those at hand. */
function neededOf(now: Powered, of: number): number | null {
  for (let labels = now.standing.labels + step; labels < of + step; labels += step)
    if (tells(now, Math.min(labels, of))) return Math.min(labels, of)
  return null
}

/** Whether the interval would leave out one half even where the estimate lands closer to it than it is now. */
function tells({ share, squared, shrinking, standing }: Powered, labels: number): boolean {
  const by = standing.labels / labels
  const then = Math.max(0, squared - shrinking) + shrinking * by
  const unlucky = power * Math.sqrt(then)
  const lands = share > 0.5 ? share - unlucky : share + unlucky
  if (share > 0.5 !== lands > 0.5) return false
  const { low, high } = interval(lands, then, { ...standing, labels, effective: standing.effective / by })
  return low > 0.5 || high < 0.5
}
