// The shares of a stretch of time in a few words: what page.js shows while a stretch is drawn in a chart. One question to
// the store, so that it answers while the mouse still moves.
import { html } from 'hono/html'
import type { Served } from './served.ts'
import type { View } from './view.ts'
import { type Html, plural, shareOf, side, spanOf } from './words.ts'

export async function briefly({ ask }: Served, { filter, window, topic }: View): Promise<Html> {
  const { posts, authors, sentiment, stance } = await ask.summary(filter, ['sentiment', 'stance'])
  const rows = [
    ...['negative', 'positive'].flatMap((label) => (sentiment[label] ? [[label, sentiment[label]] as const] : [])),
    ...topic.targets.flatMap(({ id, text }) =>
      ['favor', 'against'].flatMap((label) => {
        const share = stance[id]?.[label]
        return share ? [[`${side(label)} “${text}”`, share] as const] : []
      }),
    ),
  ]
  return html`<p><strong>${plural(posts, 'post')}</strong> by ${plural(authors, 'author')}, ${spanOf(window)}</p>
    <ul>${rows.map(([name, share]) => html`<li>${name} ${shareOf(share)}</li>`)}</ul>`
}
