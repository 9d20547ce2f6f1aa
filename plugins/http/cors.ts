import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { calledPath, isForOperator, isFromOperatorSocket } from '../../src/http/operator-calls.js'
import { isLoopbackUrl } from '../../src/networks.js'

// How long a browser may cache a preflight's answer, in seconds. Most browsers cut a longer time down.
const maxAge = 7200

const exposed = ['Retry-After', 'WWW-Authenticate']

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE']

export default fp<AppOptions>(
  async (app, { fixture }) => {
    const { POSTERN_CORS_ORIGIN: origin } = app.config
    const isSet = origin.length > 0
    if (!isSet && fixture === undefined) return
    const options = {
      origin: isSet ? listed(origin) : loopback,
      // Only a fixture has a call with PUT.
      methods: fixture === undefined ? methods : [...methods, 'PUT'],
      allowedHeaders: ['Authorization', 'Content-Type'],
      exposedHeaders: fixture === undefined ? exposed : [...exposed, 'Postern-Reason'],
      maxAge
    }
    app.addHook('onRoute', (route) => {
      if (route.method === 'OPTIONS') route.onRequest = hideOperatorCalls
    })
    await app.register(fastifyCors, {
      hideOptionsRoute: true,
      // No page of another origin calls what the operator may.
      delegator: (request: FastifyRequest, done: (error: null, options: FastifyCorsOptions) => void) =>
        done(null, isHidden(request) ? { origin: false } : options)
    })
  },
  { name: 'cors', dependencies: ['config'] }
)

// Before the body is read: it might be refused, and tell that there is something.
function hideOperatorCalls(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (isHidden(request)) reply.callNotFound()
  else done()
}

function isHidden(request: FastifyRequest): boolean {
  return isFromOperatorSocket(request.raw) || isForOperator(calledPath(request)) || isForAnother(request)
}

// The preflight of a namespace's call: the namespace tells its own calls apart.
function isForAnother({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'OPTIONS' && routeOptions.config.isHandedOver === true
}

function listed(origin: readonly string[] | '*') {
  return origin === '*' ? origin : [...origin]
}

// The page under test is served by another port of this machine.
function loopback(origin: string | undefined, done: (error: Error | null, isAllowed: boolean) => void) {
  done(null, origin !== undefined && isLoopbackUrl(origin))
}
