import {
  type AccountMembers,
  embeddedJson,
  given,
  type ImportReader,
  isObject,
  parseJson,
  recordsOf,
  secondsOf,
  textOf,
  withHash
} from './record.js'

// Every realm has these, and they say nothing of a user.
const ownRoles = /^(?:default-roles-.*|offline_access|uma_authorization)$/

/** The users of a realm that Keycloak has exported. */
export const readKeycloak: ImportReader = async function* ({ text }) {
  const document = parseJson(await text())
  const realm = Array.isArray(document) && document.length === 1 ? document[0] : document
  yield* recordsOf(Object(realm).users, (user) => {
    const account = accountOf(user)
    if (user.serviceAccountClientId !== undefined) {
      return { account, fault: 'it is the service account of a client' }
    }
    const credentials = Array.isArray(user.credentials) ? user.credentials.filter(isObject) : []
    const password = credentials.find(({ type }) => type === 'password')
    return withHash(account, password && phcOf(password))
  })
}

function accountOf(user: Record<string, unknown>): AccountMembers {
  const { email, enabled, firstName, lastName, id, createdTimestamp } = user
  const name = [firstName, lastName].map(textOf).filter(Boolean).join(' ')
  const groups = textsOf(user.groups).map((path) => path.replace(/^\//, '').replaceAll('/', ':'))
  const roles = textsOf(user.realmRoles).filter((role) => !ownRoles.test(role))
  return given({
    user: textOf(user.username),
    email: textOf(email),
    email_verified: textOf(email) === undefined ? undefined : user.emailVerified === true,
    display_name: textOf(name),
    groups: [...new Set([...groups, ...roles])],
    state: enabled === false ? 'disabled' : 'active',
    external_id: textOf(id),
    created_at: secondsOf(createdTimestamp)
  })
}

function phcOf({ credentialData, secretData }: Record<string, unknown>): string {
  const { algorithm, hashIterations: count, additionalParameters } = Object(embeddedJson(credentialData))
  const { value, salt } = Object(embeddedJson(secretData))
  const parts = `${unpadded(salt)}$${unpadded(value)}`
  if (algorithm !== 'argon2') return `$${algorithm}$i=${count}$${parts}`
  const parameters = Object(additionalParameters) as Record<string, unknown>
  const first = (name: string) => textsOf(parameters[name])[0]
  const version = first('version') === '1.0' ? 16 : 19
  return `$argon2${first('type')}$v=${version}$m=${first('memory')},t=${count},p=${first('parallelism')}$${parts}`
}

function unpadded(base64: unknown): string {
  return String(base64).replace(/=+$/, '')
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : []
}
