import fc from 'fast-check'
import { decodePart, encode, multipart, multipartType } from './helper.js'

/** What must come back in no error and no log line; it is a part of many a value below. */
export const secret = 'hunter2'

/** Names and passwords, likely and unlikely ones. */
export const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  // Lone surrogates too.
  fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 6 }),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', 'null', '0', '\0', '%00', '\ufeff', '\u202e'),
  // Around the lengths that names and passwords may have.
  fc.constantFrom(255, 256, 1024, 1025).map((length) => 'x'.repeat(length))
)
const secretText = text.map((value) => secret + value)

/** The tokens of a user that have been issued, by what has become of them. */
const tokenKinds = ['access', 'refreshed', 'refresh', 'revoked'] as const
export type Issued = Record<(typeof tokenKinds)[number], string>

/** One of the tokens that the service has issued, and what to change of it. */
export const edit = fc.record({
  kind: fc.constantFrom(...tokenKinds),
  other: fc.constantFrom(...tokenKinds),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom(
    'none',
    'replace',
    'insert',
    'remove',
    'truncate',
    'repeat',
    'graft',
    'respell',
    'header',
    'payload'
  ),
  char: fc.oneof(fc.constantFrom(...'AQgw9-_.=+/ \n'), fc.string({ minLength: 1, maxLength: 1 })),
  part: fc.constantFrom(0, 1, 2),
  members: fc.dictionary(
    fc.constantFrom('alg', 'kid', 'typ', 'crit', 'jwk', 'exp', 'uid', 'user', 'gen', '__proto__'),
    fc.oneof(fc.jsonValue(), fc.constantFrom('none', 'HS256', 'ES256'))
  )
})
/** Mostly a token as it was issued, for whatever is behind the door. */
const mostlyWhole = fc.oneof(
  { weight: 3, arbitrary: edit.map((given) => ({ ...given, how: 'none' as const })) },
  { weight: 1, arbitrary: edit }
)
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never

/** The token with this change. */
export function edited(issued: Issued, { kind, other, at, how, char, part, members }: Edit): string {
  const token = issued[kind]
  const index = Math.floor(at * (token.length - 1))
  const parts = token.split('.')
  const changed = { ...decodePart(token, how === 'header' ? 0 : 1), ...members }
  switch (how) {
    case 'replace':
      return token.slice(0, index) + char + token.slice(index + 1)
    case 'insert':
      return token.slice(0, index) + char + token.slice(index)
    case 'remove':
      return token.slice(0, index) + token.slice(index + 1)
    case 'truncate':
      return token.slice(0, index)
    case 'repeat':
      return `${token}.${parts[part]}`
    case 'graft':
      return parts.with(part, issued[other].split('.')[part] ?? '').join('.')
    case 'respell':
      return parts.with(part, respelled(parts[part] ?? '')).join('.')
    case 'header':
      return parts.with(0, encode(changed)).join('.')
    case 'payload':
      return parts.with(1, encode(changed)).join('.')
    default:
      return token
  }
}

// The last character may hold bits that are not read: then this is another spelling of the same bytes.
function respelled(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.slice(-1)) ^ 1]
}

const anyKey = fc.oneof(
  fc.constantFrom(
    'user',
    'pass',
    'username',
    'password',
    'access_token',
    'refresh_token',
    '__proto__',
    'constructor',
    'user[]',
    'isAdmin'
  ),
  secretText
)
const anyValue = fc.oneof(
  fc.record({ text: secretText }),
  fc.record({ json: fc.jsonValue() }),
  fc.record({ json: fc.constant([secret]) }),
  fc.record({ edit })
)
type Value = { text: string } | { edit: Edit } | { json: unknown }
type Pairs = [string, Value][]

/** Arguments that a call could take more often than not, with others among them. */
const pairs = fc.uniqueArray(
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant('user'), fc.record({ text })) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('pass'), fc.record({ text: fc.oneof(text, secretText) })) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom('user', 'refresh_token'), fc.record({ edit: mostlyWhole }))
    },
    { weight: 1, arbitrary: fc.tuple(fc.constant('otp'), fc.record({ text: secretText })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('access_token'), fc.record({ edit: mostlyWhole })) },
    { weight: 1, arbitrary: fc.tuple(anyKey, anyValue) }
  ),
  { selector: ([name]) => name, maxLength: 4 }
) as fc.Arbitrary<Pairs>

/** Much like a body of `multipart/form-data` with the boundary `x`. */
const multipartText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '--x',
        '\r\n',
        '--x--',
        '\r\n--x\r\n',
        '\r\n\r\n',
        '--',
        ';',
        ' ',
        '"',
        '\r',
        '\n',
        '--x\r\n'
      ),
      fc.constantFrom(
        'Content-Disposition: form-data; name="user"\r\n\r\n',
        'Content-Disposition: form-data; name="pass"\r\n\r\n',
        `Content-Disposition: form-data; name="${secret}"\r\n\r\n`,
        'Content-Disposition: form-data; name="user"; filename="a"\r\n\r\n',
        'Content-Disposition: form-data',
        "Content-Disposition: form-data; name*=utf-8''%ff\r\n\r\n",
        'Content-Type: text/plain; charset=latin1\r\n',
        'Content-Type: application/octet-stream\r\n',
        'Content-Transfer-Encoding: base64\r\n'
      ),
      secretText
    ),
    { maxLength: 12 }
  )
  .map((pieces) => pieces.join(''))

const contentType = fc.constantFrom(
  'application/json',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-8',
  'application/json; charset=latin1',
  'application/json\ta',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'text/plain',
  ''
)

const route = fc.constantFrom(
  'POST /user',
  'GET /user',
  'PATCH /user',
  'DELETE /user',
  'GET /token',
  'HEAD /token',
  'POST /token',
  'GET /check',
  'POST /check',
  'GET /refresh_token',
  'DELETE /refresh_token',
  'POST /link/a-token',
  'POST /user/totp',
  'PUT /user/totp',
  'DELETE /user/totp',
  'POST /user/recovery-codes',
  'GET /revocations'
)
const noRoute = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY'),
    fc.constantFrom('/', '/user', '//user', '/us%65r', '/x%', '/%ff', '/user/../token', '/pubkey', '/version')
  )
  .map(([method, path]) => `${method} ${path}`)

/** A request to the service: arguments in one place or two, a token in the header, and now and then something odd. */
export const call = fc.record({
  target: fc.oneof({ weight: 8, arbitrary: route }, { weight: 1, arbitrary: noRoute }),
  query: fc.oneof(
    { weight: 4, arbitrary: fc.constant('') },
    { weight: 2, arbitrary: pairs },
    { weight: 1, arbitrary: fc.constantFrom(`pass=${secret}%`, `${secret}=%ff&user=%zz`, '&&&', '=') }
  ),
  body: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: fc.record({ as: fc.constantFrom('json', 'form', 'multipart'), pairs }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: contentType,
        bytes: fc.oneof(
          secretText.map((body) => `{"pass":"${body}`),
          fc.json(),
          multipartText,
          fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes))
        )
      })
    }
  ),
  isRepeated: fc.integer({ min: 0, max: 9 }).map((one) => one === 9),
  authorization: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    {
      weight: 6,
      arbitrary: fc.record({ scheme: fc.constantFrom('Bearer ', 'bearer ', '', 'Basic '), edit: mostlyWhole })
    },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii' }).map((rest) => `Bearer ${secret}${rest}`) }
  ),
  headers: fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { 'content-encoding': 'gzip' },
        { expect: secret },
        { 'x-http-method-override': 'DELETE' },
        { cookie: `access_token=${secret}` }
      )
    }
  )
})
type Call = typeof call extends fc.Arbitrary<infer Value> ? Value : never

/** The call as `inject` takes it, with these tokens. */
export function toInject({ target, query, body, isRepeated, authorization, headers }: Call, issued: Issued) {
  const [method = '', path = ''] = target.split(' ')
  const resolve = (given: Value) =>
    'text' in given ? given.text : 'edit' in given ? edited(issued, given.edit) : given.json
  const urlEncode = (list: Pairs) =>
    (isRepeated ? [...list, ...list] : list)
      .map(([name, given]) => {
        const plain = resolve(given)
        const written = typeof plain === 'string' ? plain : JSON.stringify(plain)
        return `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(written.toWellFormed())}`
      })
      .join('&')
  const jsonEncode = (list: Pairs) =>
    `{${list.map(([name, given]) => `${JSON.stringify(name)}:${JSON.stringify(resolve(given))}`).join(',')}}`

  const search = typeof query === 'string' ? query : urlEncode(query)
  const request = {
    method: method as 'GET',
    url: search === '' ? path : `${path}?${search}`,
    headers: { ...headers } as Record<string, string>
  }
  if (typeof authorization === 'string') request.headers.authorization = authorization
  else if (authorization)
    request.headers.authorization = authorization.scheme + edited(issued, authorization.edit)
  if (body === undefined) return request
  if ('bytes' in body) {
    if (body.type !== '') request.headers['content-type'] = body.type
    return { ...request, payload: body.bytes }
  }
  if (body.as === 'multipart') {
    request.headers['content-type'] = multipartType
    const list = isRepeated ? [...body.pairs, ...body.pairs] : body.pairs
    const texts = list.map(([name, given]): [string, string] => {
      const plain = resolve(given)
      return [name, typeof plain === 'string' ? plain : JSON.stringify(plain)]
    })
    return { ...request, payload: multipart(texts) }
  }
  const isJson = body.as === 'json'
  request.headers['content-type'] = isJson ? 'application/json' : 'application/x-www-form-urlencoded'
  return { ...request, payload: isJson ? jsonEncode(body.pairs) : urlEncode(body.pairs) }
}
