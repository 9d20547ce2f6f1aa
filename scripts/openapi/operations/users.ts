import { confirmation, confirmationRefusals, empty, json, pass, payload, user } from './examples.js'
import type { Operation } from './operation.js'

/** The calls of accounts. */
export const users: Record<string, Operation> = {
  'POST /user': {
    summary: 'Make a user',
    arguments: { 'a new user': { user, pass } },
    replies: { 201: empty('The user was made.') },
    refusals: [
      'InvalidArgumentError',
      'PasswordPolicyError',
      'RegistrationClosedError',
      'UserAlreadyExistsError',
      'TooManySignUpsError',
      'StoreUnavailableError'
    ]
  },
  'GET /user': {
    summary: 'Who am I?',
    description: 'No call is refused for its token: who has none that is good is told that there is nobody.',
    replies: {
      200: json('The payload of the token.', payload),
      204: empty('No valid token was presented, or different ones.')
    }
  },
  'PATCH /user': {
    summary: 'Change the password',
    description:
      'All tokens issued before end, but the one that is presented for it, which does not stand for the password any more.',
    arguments: {
      'a new password': { pass: 'looking-glass' },
      'a new password, and the current one': { pass: 'looking-glass', current_pass: pass }
    },
    replies: { 200: empty('The password was changed.') },
    refusals: ['PasswordPolicyError', 'ManagedByFileError', ...confirmationRefusals, 'StoreUnavailableError']
  },
  'DELETE /user': {
    summary: 'Delete the user',
    description: 'All its tokens end at once. Nobody else can ever take the name.',
    arguments: confirmation,
    replies: { 204: empty('The user was deleted.') },
    refusals: [...confirmationRefusals, 'StoreUnavailableError']
  },
  'POST /link/:token': {
    summary: 'Set a password or make an account by a link',
    description:
      'The operator makes the link: for an account, or as an invitation, which works while registration is closed, too. It is good ' +
      'once, and a refused password or name leaves it good. Nobody is signed in. A request that accepts text/html is the form of the page at the ' +
      'same address, and gets a page.',
    arguments: {
      'a new password': { pass },
      'an account of a chosen name': { pass, user }
    },
    replies: { 200: empty('The password is set.'), 201: empty('The account is made.') },
    refusals: [
      'InvalidArgumentError',
      'PasswordPolicyError',
      'UserAlreadyExistsError',
      'EmailTakenError',
      'LinkGoneError',
      'StoreUnavailableError'
    ]
  }
}
