import { Type } from 'typebox'
import { integer, oneOf } from './setting-kinds.js'

/** The settings of passwords and second factors; see `ConfigSchema`. */
export const authenticationSettings = {
  POSTERN_PASSWORD_MIN_LENGTH: integer('the least length of a new password', 1, 1024, 1, 'characters'),
  POSTERN_CONFIRM_PASSWORD: oneOf(
    'whether changes of an account need the current password',
    ['on', 'off'],
    'off'
  ),
  POSTERN_HASH_MEMORY_KIB: integer(
    'the memory that argon2id takes for a password',
    8,
    1_048_576,
    19_456,
    'KiB'
  ),
  POSTERN_HASH_ITERATIONS: integer('the iterations of argon2id', 1, 20, 2),
  POSTERN_SECOND_FACTOR: oneOf(
    'who must have a second factor; required: everybody',
    ['optional', 'required'],
    'optional'
  ),
  POSTERN_SECOND_FACTOR_GROUPS: Type.Optional(
    Type.String({
      title: 'the groups whose members must have a second factor',
      description: 'a comma-separated list of groups, such as postern-admins'
    })
  )
}
