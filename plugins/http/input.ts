import formbody from '@fastify/formbody'
import type { FastifyRequest, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import {
  type Arguments,
  decodeUtf8,
  emptyArguments,
  mergeArguments,
  parseForm,
  parseJsonArguments,
  parseQuery,
  type RawQuery,
  type Sources
} from '../../src/http/input.js'
import { parseMultipart } from '../../src/http/multipart.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The arguments by where they came from, before they are merged into `body`. */
    sources: Sources
  }
}

// formbody's parser must not throw, since it runs outside of what Fastify answers for: the form is parsed in the hook.
class RawForm {
  // formbody asks for a record of any members.
  [key: string]: unknown
  constructor(readonly text: string) {}
}

/** Tells the fields of a form from the members of a JSON object. */
class MultipartForm {
  constructor(readonly values: Arguments) {}
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
      // Of the operator's calls nothing is merged: a member of the body is none of the query.
      if (request.actor) {
        keepApart(request)
      } else {
        request.sources = collect(request)
        request.body = mergeArguments(request.sources)
      }
      done()
    })
  },
  { name: 'input' }
)

function keepApart(request: FastifyRequest): void {
  const json = (request.body as Arguments | undefined) ?? emptyArguments()
  request.sources = { json }
  request.body = json
  request.query = parseQuery((request.query as RawQuery).text)
}

function collect(request: FastifyRequest): Sources {
  const body = request.body as Arguments | RawForm | MultipartForm | undefined
  const query = parseQuery((request.query as RawQuery).text)
  if (body === undefined) return { query }
  if (body instanceof MultipartForm) return { query, form: body.values }
  return body instanceof RawForm ? { query, form: parseForm(body.text) } : { query, json: body }
}
