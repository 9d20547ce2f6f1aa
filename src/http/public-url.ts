import type { FastifyInstance } from 'fastify'
import { serverAddress } from './server-address.js'

/**
 * The base of the links that people get, without a slash at its end: the public URL of the settings, else the issuer if that is
 * a URL, else the address that the service listens on. A client's `Host` never counts.
 */
export function publicUrl(app: FastifyInstance): string {
  const { POSTERN_PUBLIC_URL: url, POSTERN_ISSUER: issuer = '' } = app.config
  return (url ?? (isHttpUrl(issuer) ? issuer : serverAddress(app))).replace(/\/+$/, '')
}

/** The address of the link with this token. */
export function linkUrl(app: FastifyInstance, token: string): string {
  return `${publicUrl(app)}/link/${token}`
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
