// The pages: server-rendered, complete without script, every view an address. Only routes and translation here; what a
// page looks like is in the file of its name. Forms post here; the guard in problem.ts has let only ours pass.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { UserError } from '../errors.ts'
import { alertPages } from './alertPages.ts'
import { assets } from './assets.ts'
import { beginPage, filledForm, takenPage } from './begin.ts'
import { comparePage } from './comparePage.ts'
import { demo } from './demo.ts'
import { embeds } from './embeds.ts'
import { evidencePage } from './evidence.ts'
import { definitionOf, formPage, typedFor, typedOf } from './form.ts'
import { homePage } from './home.ts'
import { takeFile } from './intake.ts'
import { labelling } from './labelling.ts'
import { methodPage } from './method.ts'
import { pictures } from './pictures.ts'
import { postPage } from './post.ts'
import { check } from './preview.ts'
import { problem, problemType } from './problem.ts'
import { openPulses } from './pulses.ts'
import { savedForms } from './savedForms.ts'
import { sectionNames, sectionPage } from './sections.ts'
import { type Served, topicOf } from './served.ts'
import { errorPage, shell } from './shell.ts'
import { sqlPages } from './sqlPage.ts'
import { statusPage } from './status.ts'
import { storyPages } from './storyPages.ts'
import { storyOfId } from './storyTold.ts'
import { topicPage } from './topic.ts'
import { versionsPage } from './versions.ts'
import { topicHref } from './view.ts'
import type { Html } from './words.ts'

/** Mounts every page, form and asset. */
export function pages(app: OpenAPIHono, served: Served): void {
  assets(app)
  const pulses = openPulses(served)
  app.get('/', async (c) => {
    const { signal } = c.req.raw
    return c.html(await homePage(served, { pulses, wait: c.req.query('wait') === '1', signal }))
  })
  app.get('/status', async (c) => c.html(await statusPage(served)))
  app.get('/compare', async (c) => c.html(await comparePage(served, c.req.queries())))
  app.get('/topics', (c) => c.redirect('/'))
  app.get('/topics/:id', async (c) => {
    const { signal } = c.req.raw
    const leaves = c.req.header('x-leave') === 'perspective'
    return c.html(await topicPage(served, { id: c.req.param('id'), query: c.req.query(), leaves, signal }))
  })
  for (const name of sectionNames)
    app.get(`/topics/:id/${name}`, async (c) => {
      const { signal } = c.req.raw
      return c.html(await sectionPage(served, { id: c.req.param('id')!, name, query: c.req.query(), signal }))
    })
  app.get('/posts/:id{[^]+}', async (c) => {
    const post = await served.ask.post(c.req.param('id'))
    if (post === 'gone') return problem(410, 'this post was deleted', 'It left every number and will not come back.')
    if (!post) return problem(404, 'no such post', 'It may be of no topic that is watched.')
    const main = postPage(post, served.topics.get(post.topic))
    return c.html(await shell({ title: 'One post', status: await served.status(), main }))
  })
  forms(app, served)
  savedForms(app, served)
  beginnings(app, served)
  labelling(app, served)
  pictures(app, served)
  sqlPages(app, served)
  storyPages(app, served)
  alertPages(app, served)
  readers(app, served)
}

function forms(app: OpenAPIHono, served: Served): void {
  const page = async (title: string, main: Html, here?: string) =>
    shell({ title, here, status: await served.status(), main })
  app.get('/new', async (c) => {
    const typed = { ...typedOf(c.req.query()), id: undefined }
    const checked = await check(typed.query, served, c.req.raw.signal)
    return c.html(await page('New topic', formPage(typed, checked), '/new'))
  })
  app.get('/topics/:id/edit', async (c) => {
    const topic = topicOf(served, c.req.param('id'))
    const typed = typedFor(topic, c.req.query())
    const checked = await check(typed.query, served, c.req.raw.signal)
    return c.html(await page(`Change ${topic.name}`, formPage(typed, checked, topic)))
  })
  app.get('/topics/:id/versions', async (c) => {
    const topic = topicOf(served, c.req.param('id'))
    return c.html(await page(`Versions of ${topic.name}`, await versionsPage(served, topic)))
  })
  app.post('/topics', async (c) => {
    const typed = typedOf(await c.req.parseBody())
    try {
      const { topic } = await served.topics.put(definitionOf(typed, served), 'user')
      return c.redirect(topicHref(topic.id), 303)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const topic = typed.id ? served.topics.get(typed.id) : undefined
      const title = topic ? `Change ${topic.name}` : 'New topic'
      return c.html(await page(title, formPage(typed, { error }, topic), topic ? '' : '/new'), error.status as 422)
    }
  })
  app.post('/topics/:id/drop', async (c) => {
    await served.topics.drop(topicOf(served, c.req.param('id')).id)
    return c.redirect('/', 303)
  })
  app.post('/sample/remove', async (c) => {
    await served.removeSample()
    return c.redirect('/', 303)
  })
}

/** A template is a link to the form; a headline becomes one, and a file is taken in. */
function beginnings(app: OpenAPIHono, served: Served): void {
  const page = async (title: string, main: Html) => shell({ title, status: await served.status(), main })
  app.get('/begin', async (c) => c.html(await page('Ways to begin', beginPage())))
  app.get('/begin/headline', async (c) => {
    const story = { headline: c.req.query('headline') ?? '', summary: '', tags: [] }
    const { name, query, targets } = await served.topics.propose(story, c.req.raw.signal)
    return c.redirect(filledForm({ name, query, targets: targets.join('\n') }), 303)
  })
  app.post('/begin/file', async (c) => {
    const taken = await takeFile(served, c.req.raw)
    return c.html(await page('Import', takenPage(taken, served.topics.list().length)))
  })
}

/** What readers of other people's pages come to. */
function readers(app: OpenAPIHono, served: Served): void {
  embeds(app, served)
  demo(app, served)
  app.get('/method', (c) => c.html(methodPage(served)))
  app.get('/evidence/stories/:id', async (c) => {
    const story = await storyOfId(served.stories, c.req.param('id'))
    const place = served.stories.placeOf(story)
    const ended = problem(410, 'this story has ended', 'Its time is over, and nothing is told of it any more.')
    if (!place) return story.state === 'ended' ? ended : problem(404, 'this story is not approved', 'Ask its editor.')
    return c.html(await evidencePage(served, place, c.req.raw.signal))
  })
  app.get('/evidence/:id', async (c) => {
    const topic = topicOf(served, c.req.param('id'))
    return c.html(await evidencePage(served, { topic, story: null }, c.req.raw.signal))
  })
}

/** Outside /v1, a browser gets its errors as a page; everybody else keeps problem+json. */
export const errorPages: MiddlewareHandler = async (c, next) => {
  await next()
  const wants = c.req.header('accept')?.includes('text/html') && !c.req.path.startsWith('/v1/')
  if (!wants || !c.res.headers.get('content-type')?.startsWith(problemType)) return
  const told = (await c.res.json()) as { title: string; detail: string; status: number }
  // Who sent a form wants to send it again.
  const from = c.req.method === 'POST' ? URL.parse(c.req.header('referer') ?? '') : null
  const back = from && from.host === c.req.header('host') ? `${from.pathname.replace(/^\/+/, '/')}${from.search}` : null
  c.res = new Response(String(await errorPage(told, back)), {
    status: told.status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
}
