// Rules that say what to watch: those of the configuration file, which alone can change them, and those of users, kept as
// settings of the log. From what somebody wants to a rule with all its defaults; what is wrong is told with what to write
// instead. Rules of users are read from the log at each question: what another process wrote holds at once.
import { createHash } from 'node:crypto'
import type { Rule, WantedRule } from '../alarms.ts'
import { UserError } from '../errors.ts'
import { set, settingsUnder } from '../settings.ts'
import type { Log } from '../types.ts'
import { base, type Labels, ruleOf } from './rule.ts'

export { coversMeasure, coversTopic, quietUntil } from '../ruled.ts'

export interface Rules {
  /** Those of the file first, in its order; then those of users, oldest first. */
  list(): Promise<Rule[]>
  /** Makes or changes a rule of a user, whole: what is left out has its default. Resolves once durable. */
  put(wanted: WantedRule): Promise<Rule>
  /** Throws UserError where there is none, and on rules of the file. */
  drop(id: string): Promise<void>
  /** The rule as it would be; keeps nothing. */
  check(wanted: WantedRule): Promise<Rule>
}

export interface RulesOptions {
  /** What the model can tell apart; absent: any label is taken. */
  labels?: Labels
  now?: () => number
}

type Keeping = Pick<Log, 'settings' | 'append'>

const ruleKey = 'alert-rule:'
const fileKey = 'alert-file:'
const mostRules = 200

/** Throws UserError on a mistake in the rules of the file, and names the rule. */
export async function openRules(
  log: Keeping,
  configured: WantedRule[],
  { labels, now = Date.now }: RulesOptions = {},
): Promise<Rules> {
  const at = () => new Date(now()).toISOString()
  const fromFile = await ofFile(log, configured, { labels, now })
  const ofUsers = async () => [...(await settingsUnder(log, ruleKey)).values()].map(revived).toSorted(byAge)
  const list = async () => {
    const own = await ofUsers()
    return [...fromFile, ...own.filter(({ id }) => !fromFile.some((one) => one.id === id))]
  }
  const check = async (wanted: WantedRule) => {
    const known = (await list()).map(({ id }) => id)
    return ruleOf({ ...wanted, id: wanted.id ?? freeId(wanted, known) }, { labels, origin: 'user', at: at() })
  }
  return {
    list,
    check,
    put: async (wanted) => {
      if (wanted.id !== undefined) refuseChange(fromFile, wanted.id)
      const rule = await check(wanted)
      const own = await ofUsers()
      if (own.length >= mostRules && !own.some(({ id }) => id === rule.id))
        throw new UserError(`there are ${mostRules} rules already`, 'Drop one that nobody needs.', 409)
      await set(log, { [ruleKey + rule.id]: JSON.stringify(rule) })
      return rule
    },
    drop: async (id) => {
      refuseChange(fromFile, id)
      if (!(await ofUsers()).some((one) => one.id === id))
        throw new UserError(`there is no rule "${id}"`, 'GET /v1/alerts/rules lists them.', 404)
      await set(log, { [ruleKey + id]: null })
    },
  }
}

function refuseChange(fromFile: Rule[], id: string): void {
  if (!fromFile.some((one) => one.id === id)) return
  const hint = 'Change it in undercurrent.yaml and start again; or make another rule with an id of its own.'
  throw new UserError(`the rule "${id}" is of the configuration file`, hint, 409)
}

const byAge = (a: Rule, b: Rule) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id)

/** As it was kept; what was not known of rules then has its default. */
const revived = (kept: string): Rule => ({ ...base, ...(JSON.parse(kept) as Rule) })

/** The rules of the file. When one was changed last is remembered: a restart is no change. */
async function ofFile(
  log: Keeping,
  configured: WantedRule[],
  { labels, now }: { labels: RulesOptions['labels']; now: () => number },
): Promise<Rule[]> {
  const seen = await settingsUnder(log, fileKey)
  const marks: Record<string, string> = {}
  const rules: Rule[] = []
  for (const wanted of configured) {
    const id =
      wanted.id ??
      freeId(
        wanted,
        [...rules, ...configured].flatMap((one) => one.id ?? []),
      )
    if (rules.some((one) => one.id === id))
      throw new UserError(`two alert rules have the id "${id}"`, 'Give each rule an id of its own.')
    const rule = named(id, () => ruleOf({ ...wanted, id }, { labels, origin: 'config', at: '' }))
    const print = createHash('sha256').update(JSON.stringify(rule)).digest('base64url').slice(0, 16)
    const [known, since] = (seen.get(id) ?? '').split(' ')
    const at = known === print && since ? since : new Date(now()).toISOString()
    if (known !== print) marks[fileKey + id] = `${print} ${at}`
    rules.push({ ...rule, at })
  }
  if (Object.keys(marks).length) await set(log, marks)
  return rules
}

function named<Made>(id: string, make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`alert rule "${id}": ${error.message}`, error.hint)
    throw error
  }
}

/** An id a person can read, not taken yet. */
function freeId({ name, level }: WantedRule, taken: string[]): string {
  const words = (name ?? level?.measure ?? 'rule')
    .normalize('NFKD')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ['rule']
  const stem = words.join('-').slice(0, 48).replace(/-$/, '')
  for (let nr = 1; ; nr++) {
    const id = nr === 1 ? stem : `${stem}-${nr}`
    if (!taken.includes(id)) return id
  }
}
