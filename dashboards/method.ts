// How a paragraph is made, for a reader who has just read one: in plain words, with the table of the words an interval
// allows and the error of the model, both from where they are used. Promises nothing that the code does not hold.
import { html } from 'hono/html'
import type { ModelError } from '../types.ts'
import type { Served } from './served.ts'
import { standing } from './shell.ts'
import { feeling, type Html, percent, side } from './words.ts'

export function methodPage({ model, quantifiers }: Pick<Served, 'model' | 'quantifiers'>): Html {
  const { sentiment, stance } = model.labels.modelError
  const main = html`<h1>How a paragraph is made</h1>
    <p class="lead">No evidence, no sentence. Every sentence renders claims: a share with its interval, how many posts and accounts it rests on, and the live posts that show it.</p>
    <ol class="steps">
    <li><strong>Posts.</strong> Public posts that match the topic’s query, from the sources named beside the paragraph. Who posts is not the public: nothing here is a poll.</li>
    <li><strong>Reading.</strong> A small language model (${model.id}) gives each post probabilities: its tone, its feelings, and whether it is for or against a stated thing. It is often wrong about one post; what counts is the share over many.</li>
    <li><strong>Intervals.</strong> Each share has a 95% interval. It grows when few accounts wrote the posts, when they wrote many each, and by the error that the model was found to make on topics it had never seen${errorOf(sentiment, 'tone')}${errorOf(stance, 'stance')}. Nothing is estimated from fewer than ten accounts.</li>
    <li><strong>Words.</strong> A word such as “most” is used only when the whole interval lies in its range (the table below); otherwise the numbers stand alone. “Rose” and “more” are used only when the interval of the difference excludes zero.</li>
    <li><strong>The gate.</strong> Every sentence is checked before it is told: its words against its intervals, its quotations against the posts to the letter. What does not pass is dropped. With fewer than two sentences left there is no paragraph, but a reason.</li>
    <li><strong>Corrections.</strong> When a post is deleted, it leaves every number and every sentence. A paragraph that reads otherwise says what changed.</li></ol>
    <h2 id="words">Which words an interval allows</h2>
    <table class="plain"><thead><tr><th scope="col">Word</th><th scope="col">The whole interval is at least</th><th scope="col">and at most</th></tr></thead>
    <tbody>${quantifiers.map(({ word, low, high }) => html`<tr><th scope="row">${word}</th><td>${percentOf(low)}</td><td>${percentOf(high)}</td></tr>`)}</tbody></table>
    <p class="quiet">The first row that fits is the word. A quotation is a whole post by one account whose author does not object, and is told as one voice.</p>`
  return standing({ title: 'How a paragraph is made', main })
}

const percentOf = (share: number) => `${Number((share * 100).toFixed(1))}%`

function errorOf({ share }: ModelError, what: string): string {
  const found = Object.entries(share)
  if (!found.length) return ''
  return ` (${what}: ${found.map(([label, error]) => `${feeling(side(label))} ±${percent(error)}`).join(', ')})`
}
