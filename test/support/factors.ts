import type { FastifyInstance } from 'fastify'
import { timeStep, totpCode } from '../../src/second-factor/totp.js'
import { bearer, type createClock, send, signUp } from './helper.js'

type Clock = Pick<ReturnType<typeof createClock>, 'advance'> & (() => number)

/** The user's authenticator app. A code is good once, so that each one is of the next time step, for which the clock moves on. */
export function createApp(secret: string, clock: Clock) {
  return () => {
    clock.advance(30)
    return totpCode(secret, timeStep(clock() / 1000))
  }
}

/** Signs a user up, sets up a second factor, and gives the app, the recovery codes and the token from before. */
export async function signUpWithFactor(
  app: FastifyInstance,
  clock: Clock,
  user = 'alice',
  pass = 'wonderland'
) {
  const token = await signUp(app, user, pass)
  return { token, ...(await setUpFactor(app, clock, token)) }
}

/** Sets up a second factor for the one who presents this token. */
export async function setUpFactor(app: FastifyInstance, clock: Clock, token: string) {
  const offered = await send(app, 'POST', '/user/totp', {}, { headers: bearer(token) })
  if (offered.statusCode !== 201) throw new Error(`POST /user/totp: ${offered.statusCode} ${offered.body}`)
  const { secret } = offered.json() as { secret: string }
  const otp = createApp(secret, clock)
  const set = await send(app, 'PUT', '/user/totp', { otp: otp() }, { headers: bearer(token) })
  if (set.statusCode !== 200) throw new Error(`PUT /user/totp: ${set.statusCode} ${set.body}`)
  const { recovery_codes: recoveryCodes } = set.json() as { recovery_codes: string[] }
  return { secret, otp, recoveryCodes }
}

/** An access token obtained with the password and a code. */
export async function signInWithCode(app: FastifyInstance, otp: string, user = 'alice', pass = 'wonderland') {
  const reply = await send(app, 'GET', '/token', { user, pass, otp })
  if (reply.statusCode !== 200) throw new Error(`GET /token: ${reply.statusCode} ${reply.body}`)
  return reply.body
}
