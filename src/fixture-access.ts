import { isIP } from 'node:net'
import type { Config } from './config/config.js'
import { ServiceError, StartupError } from './errors/refusals.js'
import { isSameSecret } from './secrets.js'

/**
 * Requires that a fixture listens for this machine alone, or has a secret: whoever reaches it can have a token for anybody.
 *
 * @throws `StartupError` (wrong setting).
 */
export function requireFixtureHost({ POSTERN_HOST: host, POSTERN_FIXTURE_SECRET: secret }: Config): void {
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  if (isLoopback || secret !== undefined) return
  const message = `a fixture listens on a loopback address; for POSTERN_HOST=${host} set POSTERN_FIXTURE_SECRET`
  throw new StartupError('wrongSetting', message)
}

/**
 * Requires the secret of a fixture, if it has one, as a Bearer credential.
 *
 * @throws `FixtureSecretRequiredError`.
 */
export function requireFixtureSecret(authorization: string | undefined, secret: string | undefined): void {
  if (secret === undefined) return
  const [, given = ''] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  if (!isSameSecret(given, secret)) throw new ServiceError('FixtureSecretRequiredError')
}
