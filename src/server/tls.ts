import { createSecureContext } from 'node:tls'
import type { Config } from '../config/config.js'
import { readSettingFileSync } from '../config/setting-file.js'
import { StartupError } from '../errors/startup-error.js'

/** A certificate with its chain, and its private key, in PEM; and what TLS 1.2 may be spoken with, as OpenSSL names it. */
export interface TlsCredentials {
  cert: Buffer
  key: Buffer
  ciphers: string
}

// Forward secrecy and authenticated encryption only (RFC 9325 §4.2): no static RSA, no CBC. TLS 1.3 has nothing else.
const ciphers = 'ECDHE+AESGCM:ECDHE+CHACHA20'

/**
 * The certificate and key that HTTPS is served with; undefined if none are set.
 *
 * @throws `StartupError` (wrong setting) for a file that cannot be read, or that does not hold what it should.
 */
export function loadTls({
  POSTERN_TLS_CERT_FILE: certFile,
  POSTERN_TLS_KEY_FILE: keyFile
}: Config): TlsCredentials | undefined {
  if (certFile === undefined || keyFile === undefined) return undefined
  const credentials = {
    cert: readSettingFileSync('POSTERN_TLS_CERT_FILE', certFile),
    key: readSettingFileSync('POSTERN_TLS_KEY_FILE', keyFile),
    ciphers
  }
  try {
    createSecureContext(credentials)
  } catch {
    // OpenSSL's own message is of no use to an operator.
    const message =
      'POSTERN_TLS_CERT_FILE and POSTERN_TLS_KEY_FILE take a PEM certificate and its own private key'
    throw new StartupError('wrongSetting', message)
  }
  return credentials
}
