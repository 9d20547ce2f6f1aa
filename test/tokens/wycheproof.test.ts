// The JWS and JWK vectors of Project Wycheproof, which are no part of the project. No payload of theirs is a JSON object, so
// that none of them is a token, however good its signature: what is judged here are the signature and the imported key.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Algorithm } from '../../src/keys/algorithms.js'
import { openGeneratedKeys } from '../../src/keys/key-source.js'
import { fromPrivateJwk, type SigningKey } from '../../src/keys/signing-key.js'
import { createKeyFile } from '../../src/store/file/key-file.js'
import { requireCompactForm } from '../../src/tokens/compact-form.js'
import type { Tokens } from '../../src/tokens/tokens.js'
import { send, signUp, startService, temporaryFolder } from '../support/helper.js'

interface Vector {
  tcId: number
  comment: string
  jws: string
  result: 'valid' | 'invalid'
}

type Jwk = Record<string, string>

interface Group<Key> {
  comment: string
  private: Key
  tests: Vector[]
}

const folder = process.env.WYCHEPROOF_DIR ?? join(import.meta.dirname, '../../../../shared/wycheproof')
const skip = existsSync(folder) ? false : 'the vectors are not there: set WYCHEPROOF_DIR to their folder'

// What checks the signature within the verifiers of fast-jwt, which all refuse a payload that is no JSON object before.
const { verifySignature } = createRequire(import.meta.url)('fast-jwt/src/crypto.js') as {
  verifySignature(algorithm: Algorithm, key: string | Buffer, input: string, signature: string): boolean
}

// Where the answer is not the vector's `result`, by number.
const otherAnswers: Record<number, string> = {
  346: 'the header says PS384, the key was made for PS256',
  350: 'as 346',
  347: 'the alg of the key is ES521, which is no algorithm',
  351: 'as 347',
  367: 'is called invalid, but is the valid vector 357 to the letter',
  370: 'as 367',
  372: 'is called valid, but has a question mark in its base64url',
  373: 'as 372'
}

function readGroups<Key>(name: string): Group<Key>[] {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')).testGroups
}

interface Verifier {
  algorithm: Algorithm
  material: string | Buffer
}

/** The imported key, and what verifies with it. */
function importJwk(jwk: Jwk): { key?: SigningKey; verifier?: Verifier; problem?: string } {
  try {
    const key = fromPrivateJwk(jwk)
    return { key, verifier: { algorithm: key.algorithm, material: key.publicKey ?? key.secret } }
  } catch (error) {
    const problem = (error as Error).message
    if (!problem.includes('no text')) return { problem }
    // Postern's own secrets are text, but the verifier takes any bytes.
    const material = Buffer.from(jwk.k ?? '', 'base64url')
    return { problem, verifier: { algorithm: jwk.alg as Algorithm, material } }
  }
}

function isSigned({ algorithm, material }: Verifier, jws: string): boolean {
  const [head = '', body, signature = ''] = jws.split('.')
  try {
    const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString())
    return alg === algorithm && verifySignature(algorithm, material, `${head}.${body}`, signature)
  } catch {
    return false
  }
}

function isCompact(jws: string): boolean {
  try {
    requireCompactForm(jws)
    return true
  } catch {
    return false
  }
}

/** What stands between the dots of a valid vector, and in no token. */
function oddPayload(jws: string): 'empty' | 'no UTF-8' | undefined {
  const payload = Buffer.from(jws.split('.')[1] ?? '', 'base64url')
  if (payload.length === 0) return 'empty'
  return Buffer.from(payload.toString()).equals(payload) ? undefined : 'no UTF-8'
}

t.test('every JWS vector is accepted or refused as it says, under its key', { skip }, async (t) => {
  const counts: Record<string, number> = {}
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  for (const { private: jwk, tests } of readGroups<Jwk>('json_web_signature_test.json')) {
    const { verifier, problem } = importJwk(jwk)
    for (const { tcId, comment, jws, result } of tests) {
      const other = otherAnswers[tcId]
      const isValid = result === 'valid' ? other === undefined : other !== undefined
      const odd = isValid ? oddPayload(jws) : undefined
      const label = `${tcId} ${comment}`
      // An odd payload is told apart, so that the signature over it is judged all the same.
      t.equal(
        verifier !== undefined && isSigned(verifier, jws) && (odd !== undefined || isCompact(jws)),
        isValid,
        label
      )
      if (odd !== undefined) t.notOk(isCompact(jws), `${label}: its payload is ${odd}`)
      if (other !== undefined) t.comment(`${label}: ${other}`)
      count(isValid ? 'accepted' : 'refused')
      if (problem !== undefined)
        count(verifier ? `under a key taken as bytes: ${problem}` : `key refused: ${problem}`)
      if (odd !== undefined) count(`accepted, but no token could be: its payload is ${odd}`)
    }
  }
  t.comment('JWS vectors', counts)
  t.equal((counts.accepted ?? 0) + (counts.refused ?? 0), 401)
})

t.test('a JWK Set is taken as the file of keys, or refused, as its vector says', { skip }, async (t) => {
  const notTaken: Record<number, string> = { 2: 'its secrets are bytes that are no text' }
  for (const { private: set, tests } of readGroups<object>('json_web_key_test.json')) {
    for (const { tcId, comment, jws, result } of tests) {
      const data = temporaryFolder(t)
      writeFileSync(join(data, 'keys.json'), JSON.stringify(set))
      const { alg } = JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString())
      const opened = await openGeneratedKeys(createKeyFile(data), alg, 0).catch((error: Error) => error)
      const label = `${tcId} ${comment}`
      if (opened instanceof Error) {
        t.match(opened, { name: 'StartupError', exitCode: 3 }, label)
        t.equal(result, notTaken[tcId] === undefined ? 'invalid' : 'valid', label)
      } else {
        const isSignedByOne = opened.some(({ key }) =>
          isSigned({ algorithm: alg, material: key.publicKey ?? key.secret }, jws)
        )
        t.equal(isSignedByOne, result === 'valid', label)
      }
    }
  }
})

t.test('no vector is a token, nor any part of one in a token of ours', { skip }, async (t) => {
  const services = new Map<string, Awaited<ReturnType<typeof serviceWith>>>()
  const groups = [
    ...readGroups<Jwk>('json_web_signature_test.json'),
    ...readGroups<{ keys: Jwk[] }>('json_web_key_test.json')
  ]
  let calls = 0
  for (const { comment, private: given, tests } of groups) {
    const jwk = 'keys' in given ? given.keys[0] : given
    const { key } = importJwk(jwk as Jwk)
    const service = services.get(key?.secret ?? '') ?? (await serviceWith(t, key))
    services.set(key?.secret ?? '', service)
    const wrong: unknown[] = []
    for (const { tcId, jws } of tests) {
      for (const access_token of new Set(transplants(jws, service.token))) {
        calls += 1
        const response = await send(service.app, 'GET', '/check', { access_token })
        if (response.statusCode !== 400) wrong.push([tcId, access_token, response.statusCode])
        else if (
          response.json().error_name !== (access_token === '' ? 'InvalidArgumentError' : 'InvalidTokenError')
        )
          wrong.push([tcId, response.body])
        if (!(await isRefused(service.tokens, access_token))) wrong.push([tcId, access_token])
      }
    }
    t.same(wrong, [], comment)
  }
  t.comment(`${calls} calls, under ${services.size} keys`)
  for (const { app, token, log } of services.values()) {
    t.equal((await send(app, 'GET', '/check', { access_token: token })).statusCode, 200)
    t.notMatch(log.join(''), /"level":[56]0/)
  }
})

/** The service with this key, or one of its own, and a good token of it. */
async function serviceWith(t: Test, key: SigningKey | undefined) {
  const { app, log } = await startService(
    t,
    key === undefined ? {} : { POSTERN_ALGORITHM: key.algorithm, POSTERN_SIGNING_KEY: key.secret }
  )
  return { app, log, tokens: app.tokens, token: await signUp(app) }
}

function transplants(jws: string, token: string): string[] {
  const [header, payload, signature] = token.split('.')
  const [head = '', body = '', sign = ''] = jws.split('.')
  return [
    jws,
    `${head}.${payload}.${signature}`,
    `${header}.${body}.${signature}`,
    `${header}.${payload}.${sign}`,
    `${header}.${body}.${sign}`,
    `${head}.${payload}.${sign}`
  ]
}

/** Whether the function that verifies refresh tokens and those of arguments refuses it too, in our own words. */
async function isRefused(tokens: Tokens, token: string): Promise<boolean> {
  try {
    await tokens.verify(token, 'access_token')
    return false
  } catch (error) {
    return (error as Error).name === 'InvalidTokenError'
  }
}
