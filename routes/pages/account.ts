import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { accountPage, changeOf } from '../../src/browser/pages/account-page.js'
import { deniedPage } from '../../src/browser/pages/denied-page.js'
import { displayNamePage } from '../../src/browser/pages/display-name-page.js'
import { refusalOf } from '../../src/browser/refused.js'
import { isFromElsewhere } from '../../src/browser/same-origin.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(accountRoutes)

async function accountRoutes(app: FastifyInstance) {
  const { accounts } = app.service
  const signedIn = { onRequest: app.requireSignedIn }
  app.get('/account', signedIn, showAccount)
  app.get('/account/name', signedIn, showName)
  app.post('/account/name', { ...signedIn, config: { page: '/account/name' } }, changeName)
  app.get('/account/denied', showDenied)
  app.get('/.well-known/change-password', async (_request, reply) =>
    reply.redirect(`${app.publicSite.base}/account`)
  )

  async function showAccount({ requiredSession, query, headers }: FastifyRequest, reply: FastifyReply) {
    const change = isFromElsewhere(headers) ? undefined : changeOf(query)
    return reply.page(accountPage, { user: requiredSession.user, change })
  }

  async function showName({ requiredSession: { user } }: FastifyRequest, reply: FastifyReply) {
    const { displayName, managedBy } = user
    return reply.page(displayNamePage, { displayName, isManaged: managedBy !== undefined })
  }

  async function changeName(request: FastifyRequest, reply: FastifyReply) {
    const { presented } = request.requiredSession
    const displayName = request.form.display_name || undefined
    const refusal = await refusalOf(
      accounts.changeDisplayName(presented, displayName, describeRequester(request))
    )
    if (refusal === undefined) return reply.goTo('/account?changed=name')
    const model = { displayName, isManaged: refusal.name === 'ManagedByFileError', refusal }
    return reply.headers(refusal.headers).page(displayNamePage, model, refusal.statusCode)
  }

  async function showDenied({ query }: FastifyRequest, reply: FastifyReply) {
    const { site = '' } = query as { site?: string }
    return reply.page(deniedPage, { site })
  }
}
