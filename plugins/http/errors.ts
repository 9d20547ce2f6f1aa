import type { FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal } from '../../src/errors/refusals.js'
import { replyWithError } from '../../src/http/error-replies.js'
import { isFromOperatorSocket, isOperatorPath, isServedOnSocket } from '../../src/http/operator-calls.js'
import { pathOf } from '../../src/http/request-target.js'

export default fp(
  async (app) => {
    const methodsByUrl = new Map<string, Set<string>>()
    const patterns = new Map<string, RegExp>()

    app.addHook('onRoute', ({ url, method }: RouteOptions) => {
      const methods = methodsByUrl.get(url) ?? new Set()
      for (const name of [method].flat()) methods.add(name)
      methodsByUrl.set(url, methods)
      if (url.includes(':')) patterns.set(url, new RegExp(`^${url.replace(/:\w+/g, '[^/]+')}$`))
    })

    function refuseAddress({ url, raw }: FastifyRequest): Refusal {
      const path = decodeURI(pathOf(url))
      // Nobody is told there of the operator's calls, nor of other calls on the operator's socket.
      const isHidden = isOperatorPath(path) || (isFromOperatorSocket(raw) && !isServedOnSocket(path))
      if (isHidden) return new Refusal('NotFoundError')
      const methods = methodsByUrl.get(path) ?? methodsOfPattern(path)
      if (methods === undefined) return new Refusal('NotFoundError')
      const allow = [...methods].sort().join(', ')
      const message = `The method is not allowed here. Allowed: ${allow}.`
      return new Refusal('MethodNotAllowedError', { message, headers: { allow } })
    }

    function methodsOfPattern(path: string): Set<string> | undefined {
      for (const [url, pattern] of patterns) if (pattern.test(path)) return methodsByUrl.get(url)
      return undefined
    }

    app.setErrorHandler((error, request, reply) => replyWithError(error, request, reply))

    // In a context of its own, so that no other request meets the hook.
    await app.register(async (unknown) => {
      // Runs before the body is read: the address or the method is wrong, not the media type.
      unknown.addHook('onRequest', (request, _reply, done) => done(refuseAddress(request)))
      unknown.setNotFoundHandler((request, reply) => replyWithError(refuseAddress(request), request, reply))
    })
  },
  { name: 'errors', dependencies: ['reply-headers', 'request-head', 'head'] }
)
