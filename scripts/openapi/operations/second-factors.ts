import type { Refusal, RefusalName } from '../../../src/errors/refusals.js'
import { empty, json, pass, user } from './examples.js'
import type { Operation } from './operation.js'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const otp = '492039'
const recoveryCodes = { recovery_codes: ['4DS7K2MZQW5XV3TA6YBNCJHE', '7RFUKGQZP2MX4VWT5YAC3DHB'] }

const ofCode: (RefusalName | Refusal)[] = [
  'InvalidArgumentError',
  'SecondFactorRequiredError',
  'IncorrectSecondFactorError',
  'TooManyFailuresError',
  'StoreUnavailableError'
]
const ofCredentials: (RefusalName | Refusal)[] = ['IncorrectPasswordError', 'UserDeactivatedError']

const inPlaceOfToken =
  'Somebody who must have a second factor, and has none, gives `user` and `pass` in the place of the token.'

/** The calls of second factors. */
export const secondFactors: Record<string, Operation> = {
  'POST /user/totp': {
    summary: 'Begin a second factor',
    description: `It is none before \`PUT /user/totp\`. The password must have been given in the last 10 minutes. With a factor in place the call takes a code of it as \`otp\`. ${inPlaceOfToken}`,
    arguments: { 'the first factor': {}, 'another factor': { otp }, 'without a token': { user, pass } },
    replies: {
      201: json('The secret, once.', {
        secret,
        uri: `otpauth://totp/login.example:alice?secret=${secret}&issuer=login.example&algorithm=SHA1&digits=6&period=30`,
        qr: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 37 37"/>'
      })
    },
    refusals: [...ofCode, ...ofCredentials]
  },
  'PUT /user/totp': {
    summary: 'Set up the second factor',
    description: `All tokens issued before end, but the one that is presented for it, which does not stand for the password any more. ${inPlaceOfToken}`,
    arguments: { 'the first code': { otp }, 'without a token': { user, pass, otp } },
    replies: { 200: json('The recovery codes, once.', recoveryCodes) },
    refusals: [...ofCode, ...ofCredentials, 'SecondFactorDoesNotExistError']
  },
  'DELETE /user/totp': {
    summary: 'Remove the second factor',
    description: 'All tokens and sessions of the account end, the presented token included.',
    arguments: { 'a code of it': { otp } },
    replies: { 204: empty('The password is all that a sign-in takes.') },
    refusals: [...ofCode, 'SecondFactorSetupRequiredError', 'SecondFactorDoesNotExistError']
  },
  'POST /user/recovery-codes': {
    summary: 'Make new recovery codes',
    description: 'The old ones are good no more.',
    arguments: { 'a code of the factor': { otp } },
    replies: { 200: json('The recovery codes, once.', recoveryCodes) },
    refusals: [...ofCode, 'SecondFactorDoesNotExistError']
  }
}
