import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { PageRequest } from '../../src/admin/paging.js'
import { invitationOf } from '../../src/browser/account-form.js'
import { adminConfirmationPage } from '../../src/browser/pages/admin-confirmation-page.js'
import { adminInvitationsPage, newInvitationPage } from '../../src/browser/pages/admin-invitations-pages.js'
import { adminSecretPage } from '../../src/browser/pages/admin-secret-page.js'
import { adminTexts } from '../../src/browser/pages/texts/admin.js'
import { adminKeysTexts } from '../../src/browser/pages/texts/admin-keys.js'
import { asRefusal } from '../../src/browser/refused.js'
import { requireValid } from '../../src/browser/valid-arguments.js'
import { Refusal } from '../../src/errors/refusals.js'

type InvitationRequest = FastifyRequest<{ Params: { id: string }; Querystring: { cursor?: string } }>

const list = '/admin/pages/invitations'
const creation = '/admin/pages/invitations/new'
const removal = '/admin/pages/invitations/:id/remove'

export default fp(adminInvitationRoutes)

async function adminInvitationRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { invitations } = app.service
  app.get(list, showList)
  app.get(creation, showForm)
  app.post(creation, { config: { page: creation } }, invite)
  app.get(removal, askForRemoval)
  app.post(removal, { config: { page: removal } }, remove)

  async function showList({ query: { cursor } }: InvitationRequest, reply: FastifyReply) {
    const request = requireValid(PageRequest, cursor === undefined ? {} : { cursor })
    const page = await invitations.list(request)
    return reply.page(adminInvitationsPage, { list: page, isFirst: cursor === undefined })
  }

  async function showForm(_request: FastifyRequest, reply: FastifyReply) {
    return reply.page(newInvitationPage, { given: {} })
  }

  async function invite({ form, requiredActor }: FastifyRequest, reply: FastifyReply) {
    const make = async () => await invitations.invite(invitationOf(form), requiredActor)
    const made = await make().catch(asRefusal)
    if (made instanceof Refusal) {
      return reply.page(newInvitationPage, { given: form, refusal: made }, made.statusCode)
    }
    return reply.page(adminSecretPage, ({ language }) => ({
      section: 'invitations',
      title: adminKeysTexts[language].newInvitation,
      text: adminKeysTexts[language].invitationText,
      label: adminTexts[language].link,
      secret: made.url,
      expiresAt: made.expires_at,
      back: list
    }))
  }

  async function askForRemoval({ params: { id } }: InvitationRequest, reply: FastifyReply) {
    const { user, email } = await invitations.require(id)
    return reply.page(adminConfirmationPage, ({ language }) => ({
      section: 'invitations',
      title: adminKeysTexts[language].removeInvitation,
      subject: user ?? email,
      text: adminKeysTexts[language].removeInvitationText,
      path: `${list}/${id}/remove`,
      back: list
    }))
  }

  async function remove({ params: { id }, requiredActor }: InvitationRequest, reply: FastifyReply) {
    await invitations.remove(id, requiredActor)
    return reply.goTo(list)
  }
}
