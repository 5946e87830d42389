// Tags of topics: in one spelling, bounded, and no part of what makes a version or of what the file's mark was before them.
import { describe, expect, it } from 'vitest'
import { checkDefinition, hashOf, isSameDefinition, isSameVersion } from '../../analyze/definition.ts'
import { UserError } from '../../errors.ts'
import type { TopicDefinition } from '../../types.ts'

const peace: TopicDefinition = {
  ...{ id: 'peace', name: 'Peace talks', query: '"peace talks"', public: false, tags: [] },
  targets: [{ id: 'ceasefire', text: 'a ceasefire now' }],
}

describe('tags', () => {
  it('are kept in lower case, each once', () => {
    const { tags } = checkDefinition({ ...peace, tags: [' Abroad', 'abroad', 'Öffentlich 2', 'a_b-c'] })
    expect(tags).toEqual(['abroad', 'öffentlich 2', 'a_b-c'])
    expect(checkDefinition({ ...peace, tags: undefined as never }).tags).toEqual([])
  })

  it.each([
    [['']],
    [['a,b']],
    [['-a']],
    [['x'.repeat(41)]],
    [['<b>']],
    [Array.from({ length: 11 }, (_, nr) => `t${nr}`)],
  ])('%j are refused with what to write', (tags) =>
    expect(() => checkDefinition({ ...peace, tags })).toThrow(UserError),
  )

  it('make another definition, and no new version', () => {
    const tagged = { ...peace, tags: ['abroad'] }
    expect([isSameDefinition(peace, tagged), isSameVersion(peace, tagged)]).toEqual([false, true])
  })

  it('leave the mark of a definition without any as it was before there were tags: the file is not applied anew', () => {
    expect(hashOf(peace)).toBe(untagged)
    expect(hashOf({ ...peace, tags: ['a'] })).not.toBe(untagged)
  })
})
const untagged = 'a5c3e56441ca7767978a4a828d4bd47b'
