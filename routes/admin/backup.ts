import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { invalidArgument } from '../../src/errors/refusals.js'
import { isConfidential } from '../../src/http/confidentiality.js'
import { liftTimeLimit } from '../../src/http/long-answers.js'
import { BackupRequest } from '../../src/http/schemas/backup.js'

export default fp(backupRoutes)

async function backupRoutes(app: FastifyInstance) {
  app.post<{ Body: BackupRequest }>(
    '/admin/backup',
    { config: { scope: 'backup' }, schema: { body: BackupRequest } },
    makeBackup
  )

  async function makeBackup(request: FastifyRequest<{ Body: BackupRequest }>, reply: FastifyReply) {
    const recipients = [request.body.recipient ?? []].flat()
    if (recipients.length === 0 && !isConfidential(request)) {
      throw invalidArgument('recipient', 'is required without TLS: a backup holds the signing keys')
    }
    const chunks = await app.backups.make(request.requiredActor, recipients)
    liftTimeLimit(request)
    const type = recipients.length === 0 ? 'application/x-ndjson' : 'application/octet-stream'
    return reply.type(type).send(Readable.from(chunks, { objectMode: false }))
  }
}
