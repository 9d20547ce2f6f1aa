import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AccountPatch, NewAccount } from '../../src/admin/account-changes.js'
import { describeAccount, versionTag } from '../../src/admin/account-view.js'
import { PasswordLinkRequest } from '../../src/admin/password-links.js'
import { Removal } from '../../src/admin/user-changes.js'
import { UserListQuery } from '../../src/admin/user-list.js'
import { isExpected } from '../../src/http/entity-tag.js'
import {
  Account,
  AccountDetails,
  AccountList,
  CreatedAccount,
  GivenLink
} from '../../src/http/schemas/replies.js'

interface Uid {
  uid: string
}

interface RemovalRequest {
  Params: Uid
  Querystring: Removal
  Body: Removal
}

const reading = { scope: 'users:read' } as const
const writing = { scope: 'users:write' } as const

export default fp(adminUsersRoutes)

async function adminUsersRoutes(app: FastifyInstance) {
  const { userAdministration: users } = app
  app.get<{ Querystring: UserListQuery }>(
    '/admin/users',
    { config: reading, schema: { querystring: UserListQuery, response: { 200: AccountList } } },
    async ({ query }) => await users.list(query)
  )
  app.post<{ Body: NewAccount }>(
    '/admin/users',
    { config: writing, schema: { body: NewAccount, response: { 201: CreatedAccount } } },
    create
  )
  const detailed = { config: reading, schema: { response: { 200: AccountDetails } } }
  app.get<{ Params: Uid }>('/admin/users/:uid', detailed, async ({ params }, reply) =>
    answer(reply, await users.requireById(params.uid))
  )
  app.get<{ Params: { user: string } }>('/admin/users/by-name/:user', detailed, async ({ params }, reply) =>
    answer(reply, await users.requireByName(params.user))
  )
  app.patch<{ Params: Uid; Body: AccountPatch }>(
    '/admin/users/:uid',
    { config: writing, schema: { body: AccountPatch, response: { 200: Account } } },
    change
  )
  app.delete<RemovalRequest>(
    '/admin/users/:uid',
    { config: writing, schema: { querystring: Removal, body: Removal } },
    remove
  )
  app.post<{ Params: Uid; Body: PasswordLinkRequest }>(
    '/admin/users/:uid/password-link',
    { config: writing, schema: { body: PasswordLinkRequest, response: { 201: GivenLink } } },
    makePasswordLink
  )

  async function answer(reply: FastifyReply, user: Parameters<typeof users.describe>[0]) {
    return reply.header('etag', versionTag(user)).send(await users.describe(user))
  }

  async function create(request: FastifyRequest<{ Body: NewAccount }>, reply: FastifyReply) {
    const account = await users.create(request.body, request.requiredActor)
    return reply.code(201).header('location', `/admin/users/${account.uid}`).send(account)
  }

  async function change(request: FastifyRequest<{ Params: Uid; Body: AccountPatch }>, reply: FastifyReply) {
    const { params, body, headers, requiredActor } = request
    const judge = (etag: string) => isExpected(headers['if-match'], etag)
    const user = await users.change(params.uid, body, requiredActor, judge)
    return reply.header('etag', versionTag(user)).send(describeAccount(user))
  }

  async function remove(request: FastifyRequest<RemovalRequest>, reply: FastifyReply) {
    const { params, query, body, requiredActor } = request
    await users.remove(params.uid, { ...query, ...body }, requiredActor)
    return reply.code(204).send()
  }

  async function makePasswordLink(
    request: FastifyRequest<{ Params: Uid; Body: PasswordLinkRequest }>,
    reply: FastifyReply
  ) {
    const { params, body, requiredActor } = request
    return reply.code(201).send(await users.makePasswordLink(params.uid, body, requiredActor))
  }
}
