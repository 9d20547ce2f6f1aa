import formbody from '@fastify/formbody'
import type { FastifyRequest, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import { decodeUtf8, parseJsonArguments, type Sources } from '../../src/http/input.js'
import { parseMultipart } from '../../src/http/multipart.js'
import { MultipartForm, mergeSources, RawForm, separateSources } from '../../src/http/request-sources.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The arguments by where they came from, before they are merged into `body`. */
    sources: Sources
  }
}

export default fp(
  async (app) => {
    app.decorateRequest('sources')

    // Every GET route is also for HEAD, with the same arguments.
    for (const method of ['GET', 'HEAD'] satisfies HTTPMethods[]) {
      app.addHttpMethod(method, { hasBody: true, overrideExisting: true })
    }

    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_request: FastifyRequest, body: Buffer) => parseJsonArguments(decodeUtf8(body))
    )
    app.addContentTypeParser(
      'multipart/form-data',
      { parseAs: 'buffer' },
      async ({ headers }: FastifyRequest, body: Buffer) =>
        new MultipartForm(await parseMultipart(body, headers['content-type'] ?? ''))
    )
    await app.register(formbody, { parser: (text) => new RawForm(text) })

    app.addHook('preValidation', (request, _reply, done) => {
      if (request.actor) separateSources(request)
      else mergeSources(request)
      done()
    })
  },
  { name: 'input' }
)
