import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { invalidArgument } from '../src/errors/refusals.js'
import type { Fixture } from '../src/fixture/fixture.js'
import { requireFixtureSecret } from '../src/fixture/fixture-access.js'
import {
  ClockSetting,
  FaultRequest,
  FixtureTokenRequest,
  FixtureUserRequest
} from '../src/fixture/fixture-schemas.js'

interface UserParams {
  user: string
}
interface SnapshotParams {
  name: string
}

export default async function fixtureRoutes(app: FastifyInstance) {
  const { fixture } = app
  if (fixture !== null) addControl(app, fixture)
}

function addControl(app: FastifyInstance, fixture: Fixture) {
  const secret = app.config.POSTERN_FIXTURE_SECRET
  const config = { isControl: true }
  const put = { config, schema: { body: FixtureUserRequest } }
  app.addHook('onRequest', async (request) => requireFixtureSecret(request.headers.authorization, secret))

  app.get('/fixture/users', { config }, listUsers)
  app.put<{ Params: UserParams; Body: FixtureUserRequest }>('/fixture/users/:user', put, putUser)
  app.delete<{ Params: UserParams }>('/fixture/users/:user', { config }, removeUser)
  app.post<{ Body: FixtureTokenRequest }>(
    '/fixture/tokens',
    { config, schema: { body: FixtureTokenRequest } },
    makeToken
  )
  app.get('/fixture/clock', { config }, readClock)
  app.put<{ Body: ClockSetting }>('/fixture/clock', { config, schema: { body: ClockSetting } }, setClock)
  app.delete('/fixture/clock', { config }, resetClock)
  app.post<{ Body: FaultRequest }>('/fixture/faults', { config, schema: { body: FaultRequest } }, addFault)
  app.delete('/fixture/faults', { config }, clearFaults)
  app.get('/fixture/requests', { config }, listRequests)
  app.delete('/fixture/requests', { config }, clearRequests)
  app.post<{ Params: SnapshotParams }>('/fixture/snapshots/:name', { config }, takeSnapshot)
  app.post<{ Params: SnapshotParams }>('/fixture/snapshots/:name/restore', { config }, restoreSnapshot)
  app.post('/fixture/reset', { config }, reset)

  async function listUsers() {
    const users = await fixture.listUsers()
    return { users: users.map(({ name, uid, active, claims = {} }) => ({ user: name, uid, active, claims })) }
  }

  async function putUser(
    request: FastifyRequest<{ Params: UserParams; Body: FixtureUserRequest }>,
    reply: FastifyReply
  ) {
    const { pass, claims, active } = request.body
    const { uid, isMade } = await fixture.putUser(request.params.user, { password: pass, claims, active })
    return reply.code(isMade ? 201 : 200).send({ uid })
  }

  async function removeUser(request: FastifyRequest<{ Params: UserParams }>, reply: FastifyReply) {
    await fixture.removeUser(request.params.user)
    return reply.code(204).send()
  }

  async function makeToken(request: FastifyRequest<{ Body: FixtureTokenRequest }>) {
    const { user, token_type, authentication_method, claims, expires_in, preset } = request.body
    return await fixture.makeToken(user, {
      tokenType: token_type,
      authenticationMethod: authentication_method,
      claims,
      expiresIn: expires_in,
      preset
    })
  }

  async function readClock() {
    return { now: fixture.clock() / 1000, frozen: fixture.clock.isFrozen() }
  }

  async function setClock(request: FastifyRequest<{ Body: ClockSetting }>) {
    const { now, advance, frozen } = request.body
    if (now !== undefined) fixture.clock.set(toMilliseconds(now))
    if (advance !== undefined) fixture.clock.advance(advance)
    if (frozen !== undefined) fixture.clock.freeze(frozen)
    return await readClock()
  }

  async function resetClock(_request: FastifyRequest, reply: FastifyReply) {
    fixture.clock.reset()
    return reply.code(204).send()
  }

  async function addFault(request: FastifyRequest<{ Body: FaultRequest }>, reply: FastifyReply) {
    const { route, times = 1, status, delay, drop } = request.body
    fixture.addFault({ route, times, status, delay, drop })
    return reply.code(204).send()
  }

  async function clearFaults(_request: FastifyRequest, reply: FastifyReply) {
    fixture.clearFaults()
    return reply.code(204).send()
  }

  async function listRequests() {
    return { requests: fixture.requests }
  }

  async function clearRequests(_request: FastifyRequest, reply: FastifyReply) {
    fixture.clearRequests()
    return reply.code(204).send()
  }

  async function takeSnapshot(request: FastifyRequest<{ Params: SnapshotParams }>, reply: FastifyReply) {
    fixture.takeSnapshot(request.params.name)
    return reply.code(204).send()
  }

  async function restoreSnapshot(request: FastifyRequest<{ Params: SnapshotParams }>, reply: FastifyReply) {
    await fixture.restoreSnapshot(request.params.name)
    return reply.code(204).send()
  }

  async function reset(_request: FastifyRequest, reply: FastifyReply) {
    await fixture.reset()
    return reply.code(204).send()
  }
}

function toMilliseconds(time: number | string): number {
  const milliseconds = typeof time === 'number' ? time * 1000 : Date.parse(time)
  if (Number.isNaN(milliseconds)) throw invalidArgument('now', 'must be seconds since the epoch, or ISO 8601')
  return milliseconds
}
