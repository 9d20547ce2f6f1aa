import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { linkGonePage, linkPage, linkUsedPage } from '../../src/browser/pages/link-page.js'
import { asRefusal } from '../../src/browser/refused.js'
import { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'

interface Params {
  token: string
}

type LinkRequest = FastifyRequest<{ Params: Params }>

export default fp(linkRoutes)

async function linkRoutes(app: FastifyInstance) {
  const { links, passwords } = app.service
  const { minLength } = passwords
  app.get<{ Params: Params }>('/link/:token', showForm)
  app.post<{ Params: Params }>('/link/:token', { config: { page: '/link/:token' } }, spend)

  // Programs that scan mail follow links: this one may be followed any number of times.
  async function showForm(request: LinkRequest, reply: FastifyReply) {
    return await showLink(request, reply, { minLength })
  }

  async function spend(request: LinkRequest, reply: FastifyReply) {
    const { user: name, pass = '' } = request.form
    const { token } = request.params
    const outcome = await links
      .spend(token, { pass, user: name }, describeRequester(request))
      .catch(asRefusal)
    if (outcome instanceof Refusal)
      return await showLink(request, reply, { name, refusal: outcome, minLength })
    // A new password has ended the session, if it was of this account.
    await request.findSession()
    return reply.page(linkUsedPage, { outcome })
  }

  async function showLink(
    { params: { token } }: LinkRequest,
    reply: FastifyReply,
    model: { name?: string | undefined; refusal?: Refusal; minLength: number }
  ) {
    const purpose = await links.look(token).catch(asRefusal)
    if (purpose instanceof Refusal) return reply.page(linkGonePage, {}, purpose.statusCode)
    const { statusCode, headers = {} } = model.refusal ?? {}
    return reply.headers(headers).page(linkPage, { ...model, purpose }, statusCode)
  }
}
