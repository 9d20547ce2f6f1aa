import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

type Headers = Record<string, string>

/** What a browser says of a form that a page of ours sends. */
export const ourForm: Headers = { 'sec-fetch-site': 'same-origin' }

/** A browser that opens pages and sends forms, and keeps their cookies. */
export interface Visitor {
  /** The cookies of the service, by their names. */
  readonly cookies: ReadonlyMap<string, string>
  get(path: string, headers?: Headers): Promise<LightMyRequestResponse>
  /** @param headers those of a form of ours, unless others are given. */
  post(path: string, fields?: Headers, headers?: Headers): Promise<LightMyRequestResponse>
  /** Signs in by the page. */
  signIn(user?: string, pass?: string): Promise<void>
  /** The value of the session's cookie. */
  session(): string | undefined
}

/** A browser of its own. @param cookies those that it begins with. */
export function createVisitor(
  app: FastifyInstance,
  cookies: ReadonlyMap<string, string> = new Map()
): Visitor {
  const jar = new Map(cookies)

  async function send(method: 'GET' | 'POST', url: string, headers: Headers, payload?: string) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await app.inject({
      method,
      url,
      headers: { ...(cookie !== '' && { cookie }), ...headers },
      ...(payload !== undefined && { payload })
    })
    for (const { name, value } of reply.cookies) {
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return reply
  }

  async function post(path: string, fields: Headers = {}, headers = ourForm) {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return await send('POST', path, { ...type, ...headers }, new URLSearchParams(fields).toString())
  }

  return {
    cookies: jar,
    get: (path, headers = {}) => send('GET', path, headers),
    post,
    async signIn(user = 'alice', pass = 'wonderland') {
      const reply = await post('/sign-in', { user, pass })
      if (reply.statusCode !== 303) throw new Error(`sign-in of ${user}: ${reply.statusCode} ${reply.body}`)
    },
    session: () => [...jar].find(([name]) => /^(?:__Host-)?postern(?:-\d+)?$/.test(name))?.[1]
  }
}
