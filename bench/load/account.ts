import { generateKeyPairSync } from 'node:crypto'
import { createKeyRing } from '../../src/keys/key-ring.js'
import { importKey } from '../../src/keys/signing-key.js'
import { createTokens } from '../../src/tokens/tokens.js'
import type { Program } from '../setup/program.js'
import { postForm, type Request, send } from './request.js'

export const user = 'bench'
export const password = 'correct horse battery staple'

/** A user with tokens. */
export interface Account {
  /** The payload of the access token, as JSON. */
  payload: string
  accessToken: string
  refreshToken: string
}

/** How many users there are beside an attacker who floods the service. */
export const honestUsers = 20

/** The name of one of them. */
export function honestName(index: number): string {
  return `honest ${index % honestUsers}`
}

/** Makes the user at this Postern, and signs in. */
export async function openAccount({ url }: Program): Promise<Account> {
  await send(url, signUp(user))
  const accessToken = await send(url, signIn())
  const refreshToken = await send(url, { path: `/refresh_token?access_token=${accessToken}` })
  return { accessToken, refreshToken, payload: await send(url, check(accessToken)) }
}

export function signUp(name: string): Request {
  return postForm('/user', { user: name, pass: password })
}

export function signIn(pass = password): Request {
  return { path: `/token?${new URLSearchParams({ user, pass })}` }
}

export function refresh(refreshToken: string): Request {
  return { path: `/token?user=${refreshToken}` }
}

export function check(accessToken: string): Request {
  return { path: `/check?access_token=${accessToken}` }
}

/** A new key, as a setting. */
export function generateSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** More access tokens of the account, made here, since asking for them would take most of the time there is. */
export function makeAccessTokens({ payload }: Account, signingKey: string, count: number): string[] {
  const { uid, user: name, gen } = JSON.parse(payload)
  const keys = createKeyRing(
    [{ key: importKey(signingKey, 'ES256', 'the key'), signsFrom: 0 }],
    3600,
    Date.now
  )
  const tokens = createTokens({ keys, clock: Date.now, accessTtl: 3600 })
  return Array.from({ length: count }, () => tokens.issueAccessToken({ uid, name, gen }, 'refresh_token'))
}
