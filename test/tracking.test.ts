// Addresses without the words that tell who led there, and otherwise as they were written.
import { expect, test } from 'vitest'
import { untracked } from '../tracking.ts'

test.each([
  ['https://a.example/x', 'https://a.example/x'],
  ['https://a.example/x#y', 'https://a.example/x'],
  ['https://a.example/x?utm_source=rss', 'https://a.example/x'],
  ['https://a.example/x?UTM_Source=rss&b=2&a=1&fbclid=3', 'https://a.example/x?b=2&a=1'],
  ['https://a.example/x?12345', 'https://a.example/x?12345'],
  ['https://a.example/x?q=a%20b+c&&d', 'https://a.example/x?q=a%20b+c&&d'],
  ['https://a.example/x?a=utm_source?b', 'https://a.example/x?a=utm_source?b'],
  ['https://a.example/x?reference=1&ref=2', 'https://a.example/x?reference=1'],
])('%s is %s', (given, left) => {
  expect(untracked(given)).toBe(left)
})
