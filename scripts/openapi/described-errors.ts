import { STATUS_CODES } from 'node:http'
import { Refusal, type RefusalName, toErrorBody } from '../../src/errors/refusals.js'
import { challenge } from '../../src/http/challenge.js'
import { toForwardAuthRefusal } from '../../src/http/forward-auth.js'
import { toOAuthErrorBody, toOAuthRefusal } from '../../src/oauth/errors.js'

/** The form of errors in a family of calls. */
export interface ErrorFamily {
  /** The name of their schema and of their response in the document's components. */
  name: 'Error' | 'OAuthError'
  /** The key of the error code in the body. */
  code: string
  adapt: (refusal: Refusal) => Refusal
  toBody: (refusal: Refusal) => Record<string, unknown>
}

/** The errors of most calls. */
export const plainErrors: ErrorFamily = {
  name: 'Error',
  code: 'error_name',
  adapt: (refusal) => refusal,
  toBody: toErrorBody
}
/** The errors below `/oauth`. */
export const oauthErrors: ErrorFamily = {
  name: 'OAuthError',
  code: 'error',
  adapt: toOAuthRefusal,
  toBody: toOAuthErrorBody
}
/** The errors that a proxy is told. */
export const forwardAuthErrors: ErrorFamily = { ...plainErrors, adapt: toForwardAuthRefusal }

// Refusals before the call, and so its family, is known: each call may answer these in the plain form.
const ofConnection = make('RequestTimeoutError', 'HeadersTooLargeError')
const ofAnyCall = make(
  'MalformedRequestError',
  'PayloadTooLargeError',
  'UnsupportedMediaTypeError',
  'ExpectationFailedError',
  'InternalServerError',
  'ServerBusyError',
  // Where a database keeps the accounts, to read them may fail, too.
  'StoreUnavailableError'
)

/** The responses of what any call may be refused for, which a call has as its `default`, by their names in the components. */
export const sharedResponses: Record<ErrorFamily['name'], object> = {
  Error: describeShared([plainErrors, [...ofAnyCall, ...ofConnection]]),
  OAuthError: describeShared([oauthErrors, ofAnyCall], [plainErrors, ofConnection])
}

/** The responses to what this call alone is refused for, by status. */
export function describeErrors(refusals: Refusal[], family: ErrorFamily): Record<string, object> {
  const { name, code, adapt, toBody } = family
  // To a proxy, all refusals are of the statuses that it knows.
  const all = family === forwardAuthErrors ? [...refusals, ...ofAnyCall] : refusals
  const own = all.map(adapt)
  const statuses = [...new Set(own.map(({ statusCode }) => statusCode))]
  const described = statuses.map((status) => {
    const alternatives = own.filter(({ statusCode }) => statusCode === status)
    // Where a call has a response of its own for a status, the default does not count.
    const shared = ofAnyCall.map(adapt).filter(({ statusCode }) => statusCode === status)
    const codes = [...alternatives, ...shared].map((refusal) => toBody(refusal)[code])
    const schema = {
      allOf: [{ $ref: `#/components/schemas/${name}` }],
      properties: { [code]: { enum: [...new Set(codes)] } }
    }
    const content = { 'application/json': { schema, examples: examplesOf(alternatives, family) } }
    const headers = Object.assign({}, ...[...alternatives, ...shared].map(headersOf))
    const hasHeaders = Object.keys(headers).length > 0
    return [status, { description: STATUS_CODES[status], content, ...(hasHeaders && { headers }) }]
  })
  return Object.fromEntries(described)
}

function describeShared(...families: [ErrorFamily, Refusal[]][]) {
  const schemas = families.map(([{ name }]) => ({ $ref: `#/components/schemas/${name}` }))
  const examples = families.map(([family, refusals]) => examplesOf(refusals.map(family.adapt), family))
  const schema = schemas.length === 1 ? schemas[0] : { anyOf: schemas }
  return {
    description: 'What any call may be refused for.',
    content: { 'application/json': { schema, examples: Object.assign({}, ...examples) } }
  }
}

function examplesOf(refusals: Refusal[], { toBody }: ErrorFamily) {
  return Object.fromEntries(
    refusals.map((refusal) => [refusal.name, { summary: refusal.message, value: toBody(refusal) }])
  )
}

const busy = new Set(['ServerBusyError', 'StoreUnavailableError'])

function headersOf(refusal: Refusal) {
  if (refusal.statusCode === 429 || busy.has(refusal.name)) {
    return { 'Retry-After': { type: 'integer', description: 'For how many seconds to wait.' } }
  }
  if (refusal.headers['www-authenticate'] === undefined && challenge(refusal) === undefined) return {}
  return { 'WWW-Authenticate': { type: 'string', description: 'What would be accepted (RFC 9110 §11.6.1).' } }
}

/** Refusals; those that are only named have the messages of the table. */
export function make(...refusals: (RefusalName | Refusal)[]): Refusal[] {
  return refusals.map((refusal) => (typeof refusal === 'string' ? new Refusal(refusal) : refusal))
}
