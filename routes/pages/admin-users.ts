import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { CreatedAccount } from '../../src/admin/user-creation.js'
import { fieldsOfForm, newAccountOf } from '../../src/browser/account-form.js'
import { newAccountPage } from '../../src/browser/pages/admin-account-form-pages.js'
import { adminSecretPage } from '../../src/browser/pages/admin-secret-page.js'
import { adminUsersPage } from '../../src/browser/pages/admin-users-page.js'
import { adminTexts } from '../../src/browser/pages/texts/admin.js'
import { adminUsersTexts } from '../../src/browser/pages/texts/admin-users.js'
import { asRefusal } from '../../src/browser/refused.js'
import { listQueryOf, userSearch } from '../../src/browser/user-search.js'
import { Refusal } from '../../src/errors/refusals.js'

type Query = FastifyRequest<{ Querystring: Record<string, string | undefined> }>

export default fp(adminUsersRoutes)

async function adminUsersRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { userAdministration: users } = app.service
  app.get('/admin/pages/users', showList)
  app.get('/admin/pages/users/new', showForm)
  app.post('/admin/pages/users/new', { config: { page: '/admin/pages/users/new' } }, create)

  async function showList({ query, requiredActor }: Query, reply: FastifyReply) {
    const search = userSearch(query)
    const page = await users.list(listQueryOf(search, query.cursor), requiredActor)
    return reply.page(adminUsersPage, { search, page, isFirst: query.cursor === undefined })
  }

  async function showForm(_request: FastifyRequest, reply: FastifyReply) {
    return reply.page(newAccountPage, { fields: fieldsOfForm({}), way: 'invite' })
  }

  async function create({ form, requiredActor }: FastifyRequest, reply: FastifyReply) {
    const make = async () => await users.create(newAccountOf(form), requiredActor)
    const made = await make().catch(asRefusal)
    if (made instanceof Refusal) {
      const model = { fields: fieldsOfForm(form), way: form.way ?? 'invite', refusal: made }
      return reply.page(newAccountPage, model, made.statusCode)
    }
    if (made.invite_url !== undefined) return showLink(made, made.invite_url, reply)
    return reply.goTo(`/admin/pages/users/${made.uid}?done=1`)
  }
}

function showLink(
  { uid, invite_expires_at: expiresAt }: CreatedAccount,
  secret: string,
  reply: FastifyReply
) {
  return reply.page(adminSecretPage, ({ language }) => ({
    section: 'users',
    title: adminUsersTexts[language].linkTitle,
    text: adminUsersTexts[language].linkText,
    label: adminTexts[language].link,
    secret,
    expiresAt,
    back: `/admin/pages/users/${uid}`
  }))
}
