import { Type } from 'typebox'
import { oneOf } from './setting-kinds.js'

/** The least length of `POSTERN_ADMIN_KEY`: it has all rights, and is typed by nobody. */
export const minAdminKeyLength = 32

/** The pattern of `POSTERN_ADMIN_KEY`, as JSON Schema takes it: a header holds no other characters as they are (RFC 9110 §5.5). */
export const adminKeyPattern = `^[\\x21-\\x7e]{${minAdminKeyLength},}$`

/** The settings of the operator's calls; see `ConfigSchema`. */
export const operatorSettings = {
  POSTERN_SOCKET: Type.Optional(
    Type.String({
      title:
        'the Unix socket for the operator; unset: postern.sock in the data folder, and none with another store',
      description: 'off, or the path of a socket of at most 107 bytes'
    })
  ),
  POSTERN_ADMIN: oneOf(
    'where the calls of the operator are; http: on the port of the other calls, too',
    ['socket', 'http'],
    'socket'
  ),
  POSTERN_ADMIN_KEY: Type.Optional(
    Type.String({
      title: 'a key with all rights for the calls of the operator',
      writeOnly: true,
      pattern: adminKeyPattern,
      description: `a key of at least ${minAdminKeyLength} characters, all of them visible ASCII`
    })
  ),
  POSTERN_ADMIN_KEY_FILE: Type.Optional(
    Type.String({
      title: 'a file with the key of the operator, whose last line break is left out',
      description: `the path of a file with a key of at least ${minAdminKeyLength} characters`
    })
  )
}
