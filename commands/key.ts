// `undercurrent key`: prints the key that may do everything; lists, makes and revokes others. Works on the log alone,
// beside a running process, which obeys at once. A key that is made here is printed once and kept nowhere.
import type { Invocation } from '../cli.ts'
import type { Config } from '../config.ts'
import { apiKey } from '../daemon.ts'
import { type ApiKey, listKeys, makeKey, revokeKey } from '../dashboards/keys.ts'
import { UserError } from '../errors.ts'

export async function key(config: Config, invocation: Invocation): Promise<number> {
  const [action, ...words] = invocation.words
  const subject = words.join(' ')
  const print = (value: unknown, text: string) => console.log(invocation.json ? JSON.stringify(value) : text)
  if (action === undefined) {
    const { key } = apiKey(config)
    print({ key }, key)
    return 0
  }
  // The rest of the house loads only where it is needed.
  await using log = await (await import('../pipeline.ts')).openLog(config)
  switch (action) {
    case 'list': {
      const keys = await listKeys(log)
      print({ keys }, keys.map(lineOf).join('\n') || 'No other keys: undercurrent key make NAME --scope read')
      return 0
    }
    case 'make': {
      const { scope: scopes = [], expires } = invocation
      const made = await makeKey(log, { name: subject || (invocation.name ?? ''), scopes, expires }, Date.now())
      print(made, made.key)
      return 0
    }
    case 'revoke': {
      if (!(await revokeKey(log, subject)))
        throw new UserError(`there is no key "${subject}"`, 'undercurrent key list shows their ids.', 404)
      print({ revoked: subject }, `revoked ${subject}`)
      return 0
    }
    default:
      throw new UserError(`key cannot "${action}"`, 'It can list, make and revoke; alone, it prints the key of all.')
  }
}

function lineOf({ id, name, scopes, expires, used }: ApiKey): string {
  const until = expires ? `, until ${expires.slice(0, 16)}` : ''
  return `${id}  ${scopes.join(' ')}  ${name}${until}; ${used ? `last used ${used.slice(0, 16)}` : 'never used'}`
}
