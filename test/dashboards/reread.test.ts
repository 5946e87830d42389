// What another model reads otherwise, as the section of an alert's page.
import { expect, test } from 'vitest'
import type { Explanation } from '../../alarms.ts'
import { whySection } from '../../dashboards/alertWhy.ts'
import { alertOf, explanationOf, share, shiftOf } from '../alerts/alert.ts'

const alert = alertOf({
  kind: 'model',
  state: 'closed',
  shifts: [],
  topic: { topic: '', version: 0, name: 'all topics' },
})
const told = (reread: NonNullable<Explanation['reread']>) =>
  String(whySection(alert, { ...explanationOf({ shift: null }), reread }))

test('is a table of the same posts under both models, with what is too close to call', () => {
  const html = told([
    { topic: 'trains', name: '<b>trains</b>', shift: shiftOf() },
    { topic: 'talks', name: 'talks', shift: shiftOf({ difference: share(0.01, 0.05) }) },
  ])
  expect(html).toContain('What it reads otherwise')
  expect(html).toContain('&lt;b&gt;trains&lt;/b&gt;')
  expect(html).not.toContain('<b>trains')
  expect(html).toMatch(/31% \(27–35%\).*44% \(40–48%\).*13 points more/s)
  expect(html).toContain('too close to call')
  expect(html).toContain('/topics/talks')
  expect(html).not.toContain('Why it probably changed')
})

test('says why it is empty', () => {
  expect(told([])).toContain('that both models have read yet')
})
