import { createHash, randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { Link } from '../store/store.js'

/** The lifetime of a password link unless the call says otherwise, in seconds. */
export const passwordLinkTtl = 1800

/** The lifetime of an invitation unless the call says otherwise, in seconds. */
export const invitationTtl = 604_800

const maxTtl = 604_800
const tokenLength = 32

/** The lifetime of a link, in seconds. */
export const LinkTtl = Type.Optional(Type.Integer({ minimum: 1, maximum: maxTtl }))

/** A link as the operator gets it, once. */
export interface GivenLink {
  url: string
  /** In seconds since the epoch. */
  expires_at: number
}

/** A new link: its token of 256 random bits, which is told once, and what the store has of it. */
export function createLink(now: number, ttl: number): { token: string; link: Link } {
  const token = randomBytes(tokenLength).toString('base64url')
  return { token, link: { digest: linkDigest(token), expiresAt: now + ttl } }
}

/** The digest by which a link is found. It is compared in place of the token, so that no time tells how much of that was right. */
export function linkDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
