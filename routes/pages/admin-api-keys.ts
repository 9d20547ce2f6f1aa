import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiKeyRequest } from '../../src/admin/api-keys.js'
import { scopes } from '../../src/admin/authorization.js'
import { PageRequest } from '../../src/admin/paging.js'
import type { Form } from '../../src/browser/account-form.js'
import { adminApiKeysPage, newApiKeyPage } from '../../src/browser/pages/admin-api-keys-pages.js'
import { adminConfirmationPage } from '../../src/browser/pages/admin-confirmation-page.js'
import { adminSecretPage } from '../../src/browser/pages/admin-secret-page.js'
import { adminTexts } from '../../src/browser/pages/texts/admin.js'
import { adminKeysTexts } from '../../src/browser/pages/texts/admin-keys.js'
import { asRefusal } from '../../src/browser/refused.js'
import { requireValid } from '../../src/browser/valid-arguments.js'
import { Refusal } from '../../src/errors/refusals.js'

type KeyRequest = FastifyRequest<{ Params: { id: string }; Querystring: { cursor?: string } }>

const list = '/admin/pages/api-keys'
const creation = '/admin/pages/api-keys/new'
const removal = '/admin/pages/api-keys/:id/remove'

export default fp(adminApiKeyRoutes)

async function adminApiKeyRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { loadApiKeys } = app.service
  app.get(list, showList)
  app.get(creation, showForm)
  app.post(creation, { config: { page: creation } }, makeKey)
  app.get(removal, askForRemoval)
  app.post(removal, { config: { page: removal } }, remove)

  async function showList({ query: { cursor } }: KeyRequest, reply: FastifyReply) {
    const page = await (await loadApiKeys()).list(
      requireValid(PageRequest, cursor === undefined ? {} : { cursor })
    )
    return reply.page(adminApiKeysPage, { list: page, isFirst: cursor === undefined })
  }

  async function showForm(_request: FastifyRequest, reply: FastifyReply) {
    return reply.page(newApiKeyPage, { given: {} })
  }

  async function makeKey({ form, requiredActor }: FastifyRequest, reply: FastifyReply) {
    const make = async () => {
      const { expires_in: expiresIn, ...key } = requireValid(ApiKeyRequest, keyOf(form))
      return await (await loadApiKeys()).create(requiredActor, { ...key, expiresIn })
    }
    const made = await make().catch(asRefusal)
    if (made instanceof Refusal) {
      return reply.page(newApiKeyPage, { given: form, refusal: made }, made.statusCode)
    }
    return reply.page(adminSecretPage, ({ language }) => ({
      section: 'api-keys',
      title: adminKeysTexts[language].newApiKey,
      text: adminKeysTexts[language].apiKeyText,
      label: adminTexts[language].key,
      secret: made.key,
      expiresAt: made.record.expiresAt,
      back: list
    }))
  }

  async function askForRemoval({ params: { id } }: KeyRequest, reply: FastifyReply) {
    const { name } = await (await loadApiKeys()).require(id)
    return reply.page(adminConfirmationPage, ({ language }) => ({
      section: 'api-keys',
      title: adminKeysTexts[language].removeApiKey,
      subject: name,
      text: adminKeysTexts[language].removeApiKeyText,
      path: `${list}/${id}/remove`,
      back: list
    }))
  }

  async function remove({ params: { id }, requiredActor }: KeyRequest, reply: FastifyReply) {
    await (await loadApiKeys()).remove(requiredActor, id)
    return reply.goTo(list)
  }
}

/** The arguments of a form. An empty lifetime is none. */
function keyOf(form: Form) {
  const { name = '', expires_in: expiresIn = '' } = form
  return {
    name,
    scopes: scopes.filter((scope) => form[`scope:${scope}`] !== undefined),
    ...(expiresIn !== '' && { expires_in: Number(expiresIn) })
  }
}
