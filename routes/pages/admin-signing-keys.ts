import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { adminConfirmationPage } from '../../src/browser/pages/admin-confirmation-page.js'
import { adminSigningKeysPage } from '../../src/browser/pages/admin-signing-keys-page.js'
import { adminKeysTexts } from '../../src/browser/pages/texts/admin-keys.js'
import { refusalOf } from '../../src/browser/refused.js'
import { Refusal } from '../../src/errors/refusals.js'

type KeyRequest = FastifyRequest<{ Params: { kid: string } }>

const list = '/admin/pages/signing-keys'
const retirement = '/admin/pages/signing-keys/:kid/retire'

export default fp(adminSigningKeyRoutes)

async function adminSigningKeyRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { signingKeys } = app.service
  app.get(list, async (_request, reply) => answer(reply))
  app.post(list, { config: { page: list } }, rotate)
  app.get(retirement, askForRetirement)
  app.post(retirement, { config: { page: retirement } }, retire)

  async function rotate({ requiredActor }: FastifyRequest, reply: FastifyReply) {
    const refusal = await refusalOf(signingKeys.rotate(requiredActor))
    return refusal === undefined ? reply.goTo(list) : answer(reply, refusal)
  }

  async function askForRetirement({ params: { kid } }: KeyRequest, reply: FastifyReply) {
    if (!signingKeys.list().some((key) => key.kid === kid)) throw new Refusal('SigningKeyDoesNotExistError')
    return reply.page(adminConfirmationPage, ({ language }) => ({
      section: 'signing-keys',
      title: adminKeysTexts[language].retire,
      subject: kid,
      text: adminKeysTexts[language].retireText,
      path: `${list}/${kid}/retire`,
      back: list
    }))
  }

  async function retire({ params: { kid }, requiredActor }: KeyRequest, reply: FastifyReply) {
    const refusal = await refusalOf(signingKeys.retire(requiredActor, kid))
    return refusal === undefined ? reply.goTo(list) : answer(reply, refusal)
  }

  function answer(reply: FastifyReply, refusal?: Refusal) {
    return reply.page(adminSigningKeysPage, { keys: signingKeys.list(), refusal }, refusal?.statusCode)
  }
}
