import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { FactorHolder } from '../src/accounts/factor-holders.js'
import { describeRequester } from '../src/http/requester.js'
import { FactorOffer, FactorProof, FactorSetup } from '../src/http/schemas/arguments.js'
import { OfferedFactor, RecoveryCodes } from '../src/http/schemas/replies.js'

type Call<Body> = FastifyRequest<{ Body: Body }>

export default fp(secondFactorRoutes)

async function secondFactorRoutes(app: FastifyInstance) {
  const { auth, secondFactors } = app
  app.post<{ Body: FactorOffer }>(
    '/user/totp',
    {
      preValidation: auth.passwordIfPresented,
      schema: { body: FactorOffer, response: { 201: OfferedFactor } }
    },
    offer
  )
  app.put<{ Body: FactorSetup }>(
    '/user/totp',
    {
      preValidation: auth.passwordIfPresented,
      schema: { body: FactorSetup, response: { 200: RecoveryCodes } }
    },
    setUp
  )
  app.delete<{ Body: FactorProof }>(
    '/user/totp',
    { preValidation: auth.password, schema: { body: FactorProof } },
    remove
  )
  app.post<{ Body: FactorProof }>(
    '/user/recovery-codes',
    { preValidation: auth.password, schema: { body: FactorProof, response: { 200: RecoveryCodes } } },
    renewRecoveryCodes
  )

  async function offer(request: Call<FactorOffer>, reply: FastifyReply) {
    const { otp } = request.body
    const offered = await secondFactors.offer(holderOf(request), otp, describeRequester(request))
    return reply.code(201).send(offered)
  }

  async function setUp(request: Call<FactorSetup>) {
    const { otp } = request.body
    const { recoveryCodes } = await secondFactors.setUp(holderOf(request), otp, describeRequester(request))
    return toReply(recoveryCodes)
  }

  async function remove(request: Call<FactorProof>, reply: FastifyReply) {
    await secondFactors.remove(request.requiredClaims, request.body.otp, describeRequester(request))
    return reply.code(204).send()
  }

  async function renewRecoveryCodes(request: Call<FactorProof>) {
    const { requiredClaims, body } = request
    return toReply(
      await secondFactors.renewRecoveryCodes(requiredClaims, body.otp, describeRequester(request))
    )
  }
}

function holderOf(request: Call<FactorOffer>): FactorHolder {
  const { user: name, pass: password } = request.body
  const isByToken = request.claims !== null || name === undefined || password === undefined
  return isByToken ? { presented: request.requiredClaims } : { credentials: { name, password } }
}

function toReply(codes: string[]) {
  return { recovery_codes: codes }
}
