import { firebasePhc } from '../passwords/derived-hash.js'
import {
  embeddedJson,
  given,
  type ImportReader,
  InvalidFile,
  parseJson,
  recordsOf,
  secondsOf,
  textOf,
  withHash
} from './record.js'

type HashConfig = Pick<
  Parameters<typeof firebasePhc>[0],
  'signerKey' | 'saltSeparator' | 'memoryCost' | 'rounds'
>

/** The users that `firebase auth:export` writes as JSON, with the hash parameters of the project. */
export const readFirebase: ImportReader = async function* ({ text, hashConfig }) {
  const config = hashConfig === undefined ? undefined : parseHashConfig(hashConfig)
  const document = parseJson(await text())
  yield* recordsOf(Object(document).users, (user) => {
    const email = textOf(user.email)
    const account = given({
      user: email ?? textOf(user.localId),
      email,
      email_verified: email === undefined ? undefined : user.emailVerified === true,
      display_name: textOf(user.displayName),
      state: user.disabled === true ? 'disabled' : 'active',
      claims: embeddedJson(user.customAttributes),
      external_id: textOf(user.localId),
      created_at: secondsOf(user.createdAt),
      last_login_at: secondsOf(user.lastSignedInAt)
    })
    const tag = textOf(user.passwordHash)
    if (tag === undefined) return { account }
    if (config === undefined) return { account, refusedHash: 'its hash takes --hash-config' }
    const phc = firebasePhc({ ...config, salt: bytesOf(textOf(user.salt) ?? ''), tag: bytesOf(tag) })
    return withHash(account, phc)
  })
}

/** The parameters as the console of Firebase shows them. */
function parseHashConfig(text: string): HashConfig {
  const parameter = (name: string) => new RegExp(`"?${name}"?\\s*:\\s*"?([A-Za-z0-9+/_=-]+)`).exec(text)?.[1]
  const signerKey = parameter('base64_signer_key')
  const [rounds, memoryCost] = [Number(parameter('rounds')), Number(parameter('mem_cost'))]
  if (signerKey === undefined || !(rounds > 0 && memoryCost > 0)) {
    throw new InvalidFile(
      'the hash config takes base64_signer_key, base64_salt_separator, rounds and mem_cost'
    )
  }
  const saltSeparator = bytesOf(parameter('base64_salt_separator') ?? '')
  return { signerKey: bytesOf(signerKey), saltSeparator, rounds, memoryCost }
}

// Node takes Base64 in the alphabet of URLs, too.
function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
