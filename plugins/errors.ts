import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { replyWithError } from '../src/error-replies.js'
import { ServiceError } from '../src/errors.js'
import { pathOf } from '../src/request-target.js'

export default fp(
  async (app) => {
    const methodsByUrl = new Map<string, Set<string>>()

    app.addHook('onRoute', ({ url, method }: RouteOptions) => {
      const methods = methodsByUrl.get(url) ?? new Set()
      for (const name of [method].flat()) methods.add(name)
      methodsByUrl.set(url, methods)
    })

    // Before the body is looked at: what is wrong is the address, or the method, not the media type.
    app.addHook('onRequest', (request, _reply, done) => {
      done(request.is404 ? refuseAddress(request.url) : undefined)
    })

    function refuseAddress(url: string): ServiceError {
      const methods = methodsByUrl.get(decodeURI(pathOf(url)))
      if (methods === undefined) return new ServiceError('NotFoundError')
      return new ServiceError('MethodNotAllowedError', { headers: { allow: [...methods].sort().join(', ') } })
    }

    app.setErrorHandler(replyWithError)
    // The hook above has answered by then; but only a handler of our own puts our hooks before it.
    app.setNotFoundHandler((request, reply) =>
      replyWithError(new ServiceError('NotFoundError'), request, reply)
    )
  },
  { name: 'errors', dependencies: ['cache-control'] }
)
