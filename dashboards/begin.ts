// Ways to begin, where nothing is watched yet and later: a template, a headline that becomes a proposal, a file of posts.
// Every way leads to the form with its preview, or to what was taken in; nothing is watched before somebody says so.
import { html } from 'hono/html'
import { columnNames, type TakenFile } from './intake.ts'
import { templates } from './templates.ts'
import { capital, count, dropWords, type Html, plural } from './words.ts'

const columnWords: Record<(typeof columnNames)[number], string> = {
  text: 'Column with what was written',
  id: 'Column with an id',
  author: 'Column with the account',
  at: 'Column with the time (ISO 8601)',
  lang: 'Column with the language',
}

/** Lines that were refused, shown one by one. */
const mostShown = 20

/** The address of the form, filled in. */
export const filledForm = (words: Record<string, string | undefined>): string =>
  `/new?${new URLSearchParams(Object.entries(words).filter((pair): pair is [string, string] => !!pair[1]))}`

export const waysToBegin =
  (): Html => html`<p>A topic is a name and a query, like <code>(ceasefire OR “peace talks”) AND ukrain*</code>. Its history fills in at once from the posts that are kept, and every sentence about it leads to its posts.</p>
  <p><a class="button" href="/new">Write your own</a></p>
  <div class="ways"><section aria-labelledby="templates-h"><h3 id="templates-h">Start from a template</h3>
  <ul class="templates">${templates.map((one) => html`<li><a href="${filledForm({ ...one })}">${one.name}</a> <span class="quiet">for or against ${one.targets.split('\n').map((target, nr) => html`${nr ? ', ' : ''}“${target}”`)}</span></li>`)}</ul></section>
  <section aria-labelledby="headline-h"><h3 id="headline-h">Paste a headline</h3>
  <form class="stack" method="get" action="/begin/headline"><label for="headline">Headline</label><input id="headline" name="headline" required maxlength="300" autocomplete="off" aria-describedby="headline-help">
  <p class="quiet" id="headline-help">Its names and rare words become a query, which you can change before anything is watched.</p>
  <p class="buttons"><button>Propose a query</button></p></form></section>
  <section aria-labelledby="file-h"><h3 id="file-h">Import a file of posts</h3>
  <form class="stack" method="post" action="/begin/file" enctype="multipart/form-data"><label for="file">File</label><input id="file" name="file" type="file" required accept=".csv,.tsv,.ndjson,.jsonl,.json,.txt" aria-describedby="file-help">
  <p class="quiet" id="file-help">CSV with the names of its columns in the first row, or one JSON object per line: <code>{"id":"1","text":"…","author":"…","at":"2026-11-22T13:00:00Z"}</code>. Only text must be there, and id in JSON. Up to 32 MB; for more use <code>npx undercurrent import</code>.</p>
  <details><summary>The columns of my CSV have other names</summary>${columnNames.map((name) => html`<label for="column_${name}">${columnWords[name]}</label><input id="column_${name}" name="column_${name}" maxlength="200" autocomplete="off" placeholder="${name}">`)}</details>
  <p class="buttons"><button>Import</button></p></form></section></div>`

export const beginPage = (): Html => html`<h1>Ways to begin</h1>
  <section class="empty" aria-labelledby="begin-h"><h2 id="begin-h">Choose one</h2>${waysToBegin()}</section>`

/** What became of a file: every line was taken or refused, and each reason is counted. */
export function takenPage({ accepted, rejected, rejectedTotal, broken }: TakenFile, topics: number): Html {
  const reasons = Map.groupBy(rejected, ({ reason }) => reason)
  const next = topics
    ? html`Topics read them from now on, and a topic made later finds them: <a href="/">all topics</a>, <a href="/new">a new topic</a>.`
    : html`They are kept, and belong to no topic yet: <a href="/begin">make one</a>.`
  return html`<h1>${accepted ? `${plural(accepted, 'line')} taken in` : 'Nothing was taken in'}</h1>
    ${accepted ? html`<p class="lead">${next}</p>` : ''}
    ${broken ? html`<p class="notice">${capital(broken.message)}; nothing behind it was read. ${capital(broken.hint ?? '')}.</p>` : ''}
    ${
      rejectedTotal
        ? html`<section aria-labelledby="refused-h"><h2 id="refused-h">${plural(rejectedTotal, 'line')} refused</h2>
    <table class="plain"><thead><tr><th scope="col">Reason</th><th scope="col">Lines</th><th scope="col">What it means</th></tr></thead><tbody>${[...reasons].map(([reason, lines]) => html`<tr><th scope="row"><code>${reason}</code></th><td>${count(lines.length)}</td><td>${dropWords[reason]}</td></tr>`)}</tbody></table>
    ${rejectedTotal > rejected.length ? html`<p class="quiet">Counted over the first ${count(rejected.length)} of them.</p>` : ''}
    <h3>The first of them</h3><ul>${rejected.slice(0, mostShown).map(({ line, detail }) => html`<li>Line ${count(line)}: ${capital(detail)}.</li>`)}</ul></section>`
        : ''
    }
    ${accepted ? '' : html`<p><a href="/begin">Try another file</a></p>`}`
}
