import { isLoopbackHost } from '../networks.js'
import type { Config } from './config.js'

// NIST SP 800-63B asks for no less, and for 15 where the password is the only factor.
const leastPasswordLength = 8

/** The warning where argon2id costs less than OWASP recommends. */
export const weakHashWarning =
  'POSTERN_HASH_MEMORY_KIB and POSTERN_HASH_ITERATIONS are below what OWASP recommends'

/** A warning of each setting that is wide open, with the setting that ends it. */
export function warnOfOpenSettings(config: Config): string[] {
  const { POSTERN_HOST: host, POSTERN_PASSWORD_MIN_LENGTH: length } = config
  const isReachable = !isLoopbackHost(host)
  const isEncrypted = config.POSTERN_TLS_CERT_FILE !== undefined || hasProxy(config)
  const warnings: [boolean, string][] = [
    [
      isReachable && !isEncrypted,
      `POSTERN_HOST=${host} without HTTPS has passwords and tokens travel in the clear: set POSTERN_TLS_CERT_FILE and POSTERN_TLS_KEY_FILE, or POSTERN_HOST=127.0.0.1, or POSTERN_TRUST_PROXY to the address of the proxy that does TLS`
    ],
    [
      isReachable && config.POSTERN_REGISTRATION === 'open',
      `everybody who reaches POSTERN_HOST=${host} can sign up: set POSTERN_REGISTRATION=closed to make the users yourself`
    ],
    [
      config.POSTERN_TRUST_PROXY === true,
      'POSTERN_TRUST_PROXY=true has every client state its own address: set it to the address of the proxy'
    ],
    [
      config.POSTERN_CORS_ORIGIN === '*',
      'POSTERN_CORS_ORIGIN=* has pages of every site call this service: set it to the origins of your pages'
    ],
    [
      length < leastPasswordLength,
      `passwords of ${length} ${length === 1 ? 'character' : 'characters'} are taken: set POSTERN_PASSWORD_MIN_LENGTH to ${leastPasswordLength} or more, best to 15`
    ]
  ]
  return warnings.filter(([isOpen]) => isOpen).map(([, warning]) => warning)
}

// The backends are trusted, too, but do no TLS.
function hasProxy({ POSTERN_TRUST_PROXY: trusted, POSTERN_LOGIN_BACKENDS: backends }: Config): boolean {
  return typeof trusted === 'string' && trusted !== backends.join(',')
}
