// X's answers, read: rules, what is wrong with them, compliance jobs, the token of the next page. Everything in an answer is
// hostile; what is not there is left out. Pure.
import { TransientError } from '../errors.ts'
import type { ComplianceJob } from './xDeletes.ts'
import type { RuleError, StoredRule } from './xRules.ts'

export type Fields = Record<string, unknown>

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

export function rulesOf(answer: Fields): StoredRule[] {
  if (!Array.isArray(answer.data)) return []
  return answer.data.flatMap((rule: unknown) => {
    const { id, value, tag } = fieldsOf(rule)
    if (typeof id !== 'string' || typeof value !== 'string') return []
    return [{ id, value, tag: typeof tag === 'string' ? tag : null }]
  })
}

export function errorsOf(answer: Fields): RuleError[] {
  if (!Array.isArray(answer.errors)) return []
  return answer.errors.map((error: unknown) => {
    const { value, title, details } = fieldsOf(error)
    const why = title === 'DuplicateRule' ? title : Array.isArray(details) && details.length ? details[0] : title
    return { value: typeof value === 'string' ? value : null, title: typeof why === 'string' ? why : '' }
  })
}

export function jobOf(answer: Fields): ComplianceJob {
  const { id, status, upload_url, download_url } = fieldsOf(answer.data)
  const texts = [id, status, upload_url ?? '', download_url ?? '']
  if (!texts.every((text) => typeof text === 'string') || !/^\d{1,20}$/.test(texts[0] as string))
    throw new TransientError('X answered with something that is no compliance job')
  const [name, state, uploadUrl, downloadUrl] = texts as [string, string, string, string]
  return { id: name, status: state, uploadUrl, downloadUrl }
}

export const nextOf = (answer: Fields): string | null => {
  const token = fieldsOf(answer.meta).next_token
  return typeof token === 'string' ? token : null
}
