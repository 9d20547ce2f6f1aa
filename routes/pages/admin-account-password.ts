import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AccountPatch } from '../../src/admin/account-changes.js'
import { describeAccount } from '../../src/admin/account-view.js'
import { PasswordLinkRequest } from '../../src/admin/password-links.js'
import { adminPasswordPage } from '../../src/browser/pages/admin-password-page.js'
import { adminSecretPage } from '../../src/browser/pages/admin-secret-page.js'
import { adminTexts } from '../../src/browser/pages/texts/admin.js'
import { adminUsersTexts } from '../../src/browser/pages/texts/admin-users.js'
import { asRefusal, refusalOf } from '../../src/browser/refused.js'
import { requireValid } from '../../src/browser/valid-arguments.js'
import { Refusal } from '../../src/errors/refusals.js'

type PasswordRequest = FastifyRequest<{ Params: { uid: string } }>

export default fp(adminAccountPasswordRoutes)

async function adminAccountPasswordRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { userAdministration: users } = app.service
  const onPage = { config: { page: '/admin/pages/users/:uid/password' } }
  app.get('/admin/pages/users/:uid/password', showForms)
  app.post('/admin/pages/users/:uid/password', onPage, setPassword)
  app.post('/admin/pages/users/:uid/password-link', onPage, makeLink)

  async function showForms({ params: { uid } }: PasswordRequest, reply: FastifyReply) {
    return await answer(uid, reply)
  }

  async function setPassword({ params: { uid }, form, requiredActor }: PasswordRequest, reply: FastifyReply) {
    const change = async () => {
      await users.change(uid, requireValid(AccountPatch, { pass: form.pass ?? '' }), requiredActor)
    }
    const refusal = await refusalOf(change())
    if (refusal === undefined) return reply.goTo(`/admin/pages/users/${uid}?done=1`)
    return await answer(uid, reply, refusal)
  }

  async function makeLink({ params: { uid }, form, requiredActor }: PasswordRequest, reply: FastifyReply) {
    const make = async () => {
      const request = requireValid(PasswordLinkRequest, { expires_in: Number(form.expires_in) })
      return await users.makePasswordLink(uid, request, requiredActor)
    }
    const made = await make().catch(asRefusal)
    if (made instanceof Refusal) return await answer(uid, reply, made)
    return reply.page(adminSecretPage, ({ language }) => ({
      section: 'users',
      title: adminUsersTexts[language].linkTitle,
      text: adminUsersTexts[language].linkText,
      label: adminTexts[language].link,
      secret: made.url,
      expiresAt: made.expires_at,
      back: `/admin/pages/users/${uid}`
    }))
  }

  async function answer(uid: string, reply: FastifyReply, refusal?: Refusal) {
    const account = describeAccount(await users.requireById(uid))
    return reply.page(adminPasswordPage, { account, refusal }, refusal?.statusCode)
  }
}
