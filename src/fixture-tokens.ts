import { createSigner } from 'fast-jwt'
import { type Clock, toSeconds } from './clock.js'
import { generateKey, type SigningKey } from './keys/signing-key.js'

/** What is wrong with a token that a test asks for. */
export const presets = [
  'expired',
  'not_yet_valid',
  'wrong_key',
  'unknown_kid',
  'wrong_issuer',
  'wrong_audience',
  'alg_none',
  'tampered',
  'revoked'
] as const

/** See `presets`. */
export type Preset = (typeof presets)[number]

type Payload = Record<string, unknown>

/** Makes tokens over again, some of them bad. */
export interface TokenForge {
  /**
   * The token with these claims over its own, and with what the preset says. `revoked` is no matter of its form: that is for
   * the caller to do.
   */
  remake(token: string, signing: SigningKey, claims: Payload, preset?: Preset): Promise<string>
}

const hour = 3600

/** See `TokenForge`. */
export function createTokenForge(clock: Clock): TokenForge {
  const strangers = new Map<string, Promise<SigningKey>>()

  function strangerTo({ algorithm }: SigningKey): Promise<SigningKey> {
    const known = strangers.get(algorithm) ?? generateKey(algorithm)
    strangers.set(algorithm, known)
    return known
  }

  function claimsOf(preset: Preset | undefined): Payload {
    const now = toSeconds(clock())
    switch (preset) {
      case 'expired':
        return { iat: now - hour, nbf: now - hour, exp: now - 1 }
      case 'not_yet_valid':
        return { nbf: now + hour, exp: now + 2 * hour }
      case 'wrong_issuer':
        return { iss: 'https://wrong-issuer.example' }
      case 'wrong_audience':
        return { aud: 'https://wrong-audience.example' }
      default:
        return {}
    }
  }

  return {
    async remake(token, signing, claims, preset) {
      const payload = { ...payloadOf(token), ...claims, ...claimsOf(preset) }
      switch (preset) {
        case 'alg_none':
          return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(payload)}.`
        case 'wrong_key':
          return sign(await strangerTo(signing), signing.kid, payload)
        case 'unknown_kid': {
          const stranger = await strangerTo(signing)
          return sign(stranger, stranger.kid, payload)
        }
        case 'tampered': {
          const [header, , signature] = sign(signing, signing.kid, payload).split('.')
          return [header, encode({ ...payload, user: 'mallory' }), signature].join('.')
        }
        default:
          return sign(signing, signing.kid, payload)
      }
    }
  }
}

function sign({ algorithm, secret }: SigningKey, kid: string, payload: Payload): string {
  return createSigner({ key: secret, algorithm, kid })(payload)
}

/** The payload of a token of ours, whose signature needs no verification. */
export function payloadOf(token: string): Payload {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
