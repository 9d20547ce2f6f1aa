import type { FastifyInstance } from 'fastify'

/** The headers of a request. */
export type Headers = Record<string, string>

type App = FastifyInstance

/** What a proxy tells of a request for this page. */
export function forwarded(url: string, headers: Headers = {}): Headers {
  const { protocol, host } = new URL(url)
  return {
    'x-forwarded-proto': protocol.slice(0, -1),
    'x-forwarded-host': host,
    'x-forwarded-uri': url.slice(`${protocol}//${host}`.length) || '/',
    'x-forwarded-method': 'GET',
    ...headers
  }
}

/** The headers of a browser that goes to a page. */
export const navigation = { 'sec-fetch-mode': 'navigate', accept: 'text/html' }

/** The question of a proxy about a request for this page. */
export function ask(app: App, url: string, headers: Headers = {}) {
  return app.inject({ url: '/forward-auth', headers: forwarded(url, headers) })
}

/** A browser: it keeps the cookies of each host, and follows no redirect by itself. */
export function createBrowser(app: App) {
  const jars = new Map<string, Map<string, string>>()

  function jarOf(host: string) {
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }

  async function send(
    host: string,
    request: { method?: 'GET' | 'POST'; url: string; payload?: string },
    headers: Headers
  ) {
    const cookie = [...jarOf(host)].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await app.inject({ ...request, headers: { ...headers, ...(cookie !== '' && { cookie }) } })
    for (const { name, value } of reply.cookies) {
      if (value === '') jarOf(host).delete(name)
      else jarOf(host).set(name, value)
    }
    return reply
  }

  return {
    cookies: (host: string) => jarOf(host),
    visit: (url: string, headers: Headers = navigation) =>
      send(new URL(url).host, { url: '/forward-auth' }, forwarded(url, headers)),
    open: (url: string) => send('auth.example.com', { url }, { accept: 'text/html' }),
    arrive: (url: string) =>
      send(new URL(url).host, { url: url.replace(/^https:\/\/[^/]+/, '') }, forwarded(url)),
    post: (url: string, values: Record<string, string>) =>
      send(
        'auth.example.com',
        { method: 'POST', url, payload: new URLSearchParams(values).toString() },
        {
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': 'same-origin',
          accept: 'text/html'
        }
      )
  }
}

/** Where an answer leads. */
export const location = (reply: { headers: Record<string, unknown> }) => String(reply.headers.location)
/** The path of an address of Postern. */
export const own = (url: string) => url.replace('https://auth.example.com', '')

/** Signs a browser in for a page of a site; gives the last reply, which has brought it there. */
export async function enter(browser: ReturnType<typeof createBrowser>, url: string) {
  const sent = await browser.visit(url)
  await browser.open(own(location(sent)))
  const signedIn = await browser.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  return await browser.arrive(location(signedIn))
}
