import type { FastifyInstance } from 'fastify'
import { ImportRequest } from '../../src/admin/import-request.js'
import { decodeUtf8 } from '../../src/http/input.js'
import { AccountLines } from '../../src/http/schemas/arguments.js'
import { ImportReport } from '../../src/http/schemas/replies.js'

const ndjson = 'application/x-ndjson'

// In bytes, of a whole body.
const bodyLimit = 1024 * 1024

// In a context of its own: no other call reads this type.
export default async function adminImportRoutes(app: FastifyInstance) {
  app.addContentTypeParser(
    ndjson,
    { parseAs: 'buffer', bodyLimit },
    async (_request: unknown, body: Buffer) => ({ lines: decodeUtf8(body) })
  )
  app.post<{ Querystring: ImportRequest; Body: AccountLines }>(
    '/admin/import',
    {
      bodyLimit,
      config: { scope: 'users:write', bodyType: ndjson },
      schema: { querystring: ImportRequest, body: AccountLines, response: { 200: ImportReport } }
    },
    async ({ body, query, requiredActor }) =>
      await app.userAdministration.importUsers(body.lines, query, requiredActor)
  )
}
