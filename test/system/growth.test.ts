import { setImmediate as immediate } from 'node:timers/promises'
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify'
import t from 'tap'
import { createServer } from '../../src/server/server.js'
import { bearer, cheap, signUp } from '../support/helper.js'

/** The largest that is taken: a body, and a header beside the others. */
const bodySize = 64 * 1024
const headSize = 15 * 1024
const smallSize = 1024

/** A hostile text of so many bytes. */
type Kind = (size: number) => string

/** A call with something hostile in it, of a size. */
interface Attempt {
  title: string
  size: number
  make(size: number): InjectOptions
}

interface Route {
  method: string
  url: string
  taken: string[]
  token: string
}

const fill =
  (filler: string, { before = '', after = '' } = {}): Kind =>
  (size) =>
    before + filler.repeat(Math.max(0, (size - before.length - after.length) / filler.length)) + after

// Of each a run, and a run that ends in what does not fit: there a pattern that can be read in many ways tries them all.
const fillers = [' ', '\t', 'a', '.', ',', ';', '=', '-', ':', '"', '%41', '; a=']
const kinds = fillers.flatMap((filler) => [fill(filler), fill(filler, { after: '\u00a3 \u00a3' })])

const begun = (...beginnings: string[]) =>
  beginnings.flatMap((before) =>
    kinds.map(
      (kind): Kind =>
        (size) =>
          before + kind(size - before.length)
    )
  )

/** Headers that are hostile together, since none of them has the others not looked at. */
const headers: [names: string[], kinds: Kind[]][] = [
  [['authorization'], begun('', 'Basic ', 'Bearer ')],
  [
    ['cookie', 'if-none-match', 'origin', 'user-agent', 'x-original-uri', 'x-forwarded-uri'].concat(
      ['for', 'host', 'proto'].map((name) => `x-forwarded-${name}`)
    ),
    begun('', '1:', '/?access_token=')
  ]
]

/** Those that are judged before it matters what is called. */
const headersOfAny: typeof headers = [
  [['content-type'], begun('', 'application/json;', 'multipart/form-data; boundary=')],
  [['content-encoding'], kinds],
  [['expect'], kinds],
  [['host'], kinds]
]

// The marks are those of H1: NFC sorts them.
const values: Kind[] = [
  fill('a'),
  fill(' '),
  fill('.'),
  (size) => `a${'\u0315'.repeat(size / 4)}${'\u0316'.repeat(size / 4)}`,
  fill('\u200d'),
  fill('\ud83d\udc69\u200d'),
  fill('eyJ'),
  fill('a.'),
  fill('\u1100\u1161')
]

const numbered = (make: (index: number) => string): Kind => {
  return (size) => {
    let text = ''
    for (let index = 0; text.length < size - 32; index += 1) text += make(index)
    return text
  }
}

const bodies: Record<string, Kind[]> = {
  'application/json': [
    fill('['),
    fill('{"a":'),
    fill(' '),
    fill('1'),
    fill('"a",', { before: '[' }),
    fill('\\u0061', { before: '{"user":"' }),
    fill('\\\\', { before: '{"user":"', after: '"}' }),
    (size) => `{${numbered((index) => `"${index}":1,`)(size)}"a":1}`,
    (size) => `{${numbered(() => '"a":1,')(size)}"a":1}`
  ],
  'application/x-www-form-urlencoded': [
    ...kinds,
    fill('&'),
    fill('+'),
    fill('a&'),
    fill('%c3%a9'),
    numbered((index) => `${index}&`),
    numbered((index) => `user[${index}]=&`)
  ],
  'multipart/form-data; boundary=xx': [
    fill('--xx\r\n'),
    fill('\r\n--x'),
    fill('content-type:a\r\n '),
    fill('a:b\r\n', { before: '--xx\r\n', after: '\r\n\r\nc\r\n--xx--' }),
    fill('; a="', { before: '--xx\r\nContent-Disposition: form-data', after: '\r\n\r\nc\r\n--xx--' }),
    numbered((index) => `--xx\r\nContent-Disposition: form-data; name="${index}"\r\n\r\n\r\n`)
  ]
}

const queries: Kind[] = [
  ...kinds.map(
    (kind): Kind =>
      (size) =>
        encodeURI(kind(size)).slice(0, size)
  ),
  fill('&'),
  fill('+')
]

function attemptsOf({ method, url: pattern, taken, token }: Route): Attempt[] {
  const url = pattern.replace(/:\w+/, 'x')
  const request = { method: method as 'GET', url }
  const isFirst = pattern === '/user' && method === 'POST'
  const ofHeaders = [...headers, ...(isFirst ? headersOfAny : [])].flatMap(([names, kinds]) =>
    kinds.map((kind, index) => ({
      title: `${method} ${pattern}, ${names} ${index}`,
      size: headSize,
      make(size: number) {
        const hostile = names.map((name) => [name, kind(size)])
        return { ...request, headers: Object.fromEntries(hostile) }
      }
    }))
  )
  const ofBodies = Object.entries(bodies).flatMap(([type, kinds]) =>
    kinds.map((kind, index) => ({
      title: `${method} ${pattern}, ${type} ${index}`,
      size: bodySize,
      make: (size: number) => ({
        ...request,
        headers: { 'content-type': type },
        payload: Buffer.from(kind(size), 'latin1')
      })
    }))
  )
  const others = Object.fromEntries(taken.map((name) => [name, name === 'grant_type' ? 'password' : 'x']))
  const ofArguments = [...taken, 'access_token'].flatMap((argument) =>
    values.map((kind, index) => ({
      title: `${method} ${pattern}, argument ${argument} ${index}`,
      size: bodySize,
      make(size: number) {
        const headers = argument === 'access_token' ? {} : bearer(token)
        // Last, since a form that is too long is cut.
        const { [argument]: _, ...rest } = others
        const payload = { ...rest, [argument]: kind(size - 64) }
        return pattern.startsWith('/oauth/') ? asForm(request, payload) : { ...request, headers, payload }
      }
    }))
  )
  const ofTargets = queries.flatMap((kind, index) => [
    {
      title: `${method} ${pattern}, query ${index}`,
      size: headSize,
      make: (size: number) => ({ ...request, url: `${url}?${kind(size)}` })
    },
    {
      title: `${method} ${pattern}, path ${index}`,
      size: headSize,
      make: (size: number) => ({ ...request, url: pattern.replace(/:\w+|$/, kind(size)) })
    }
  ])
  return [...ofHeaders, ...ofBodies, ...ofArguments, ...ofTargets]
}

function asForm(request: { method: 'GET'; url: string }, values: Record<string, string>): InjectOptions {
  const payload = new URLSearchParams(values).toString().slice(0, bodySize)
  return { ...request, headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload }
}

/** Processor time in milliseconds, of all threads. */
async function cost(app: FastifyInstance, options: InjectOptions): Promise<number> {
  const before = process.cpuUsage()
  await app.inject(options)
  const { user, system } = process.cpuUsage(before)
  // What a request leaves to be done later is done, and what it held is let go.
  await immediate()
  return (user + system) / 1000
}

async function medianCost(app: FastifyInstance, { make }: Attempt, size: number): Promise<number> {
  const costs: number[] = []
  // Of different sizes, so that nothing is found in a cache.
  for (let sample = 0; sample < 7; sample += 1) costs.push(await cost(app, make(size - sample)))
  return costs.sort((a, b) => a - b)[3] as number
}

// In milliseconds: what costs less is not looked at any closer, and is what the small one counts for at least.
const floor = 8
const leastCost = 0.5

async function growsTooFast(app: FastifyInstance, attempt: Attempt): Promise<boolean> {
  if ((await cost(app, attempt.make(attempt.size))) < floor) return false
  const large = await medianCost(app, attempt, attempt.size)
  const small = Math.max(leastCost, await medianCost(app, attempt, smallSize))
  return large / small > 2 * (attempt.size / smallSize)
}

t.test('H1, H5: no call takes more than in proportion to what it is sent', async (t) => {
  const environment = {
    ...cheap,
    POSTERN_LOG_LEVEL: 'info',
    POSTERN_TRUST_PROXY: 'true',
    POSTERN_CORS_ORIGIN: 'https://app.example.org',
    POSTERN_OAUTH_CLIENTS: 'service:a secret of the client',
    POSTERN_METRICS: 'true'
  }
  const app = createServer({ environment, clock: Date.now }, { write: () => true })
  t.teardown(() => app.close())
  const routes: Omit<Route, 'token'>[] = []
  app.addHook('onRoute', ({ method, url, schema }: RouteOptions) => {
    const { properties = {} } = Object(schema?.body) as { properties?: object }
    if (url.startsWith('/docs/')) return
    for (const name of [method].flat()) {
      if (name !== 'HEAD') routes.push({ method: name, url, taken: Object.keys(properties) })
    }
  })
  await app.ready()
  const token = await signUp(app)
  const found: string[] = []
  for (const attempt of routes.flatMap((route) => attemptsOf({ ...route, token }))) {
    if (await growsTooFast(app, attempt)) found.push(attempt.title)
  }
  t.ok(routes.length > 20)
  t.same(found, [])
})
