import { createHmac, sign as signBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import type { Algorithm } from '../../src/keys/algorithms.js'
import type { SigningKey } from '../../src/keys/signing-key.js'
import { createServer } from '../../src/server/server.js'
import { ignoreFile } from '../../src/store/file/folder-trust.js'
import { lockFileName } from '../../src/store/file/lock-names.js'

/** A point in time to start from, in milliseconds. */
export const start = Date.UTC(2030, 0, 1)

/** A clock that stands still until it is moved, by seconds: because time passes, or because somebody sets it. */
export function createClock() {
  let passed = 0
  let error = 0
  const clock = () => start + passed + error
  return Object.assign(clock, {
    advance(seconds: number) {
      passed += seconds * 1000
    },
    set(seconds: number) {
      error += seconds * 1000
    },
    uptime: () => passed
  })
}

/** Settings of the real service that make it cheap, and quiet but for what a test wants to see. */
export const cheap: Environment = {
  POSTERN_STORE: 'memory',
  POSTERN_HASH_MEMORY_KIB: '8',
  POSTERN_HASH_ITERATIONS: '1',
  POSTERN_LOGIN_MAX_FAILURES: '0',
  POSTERN_SESSIONS_PER_MINUTE: '0',
  POSTERN_MAX_EVENT_LOOP_DELAY: '0',
  POSTERN_LOG_LEVEL: 'trace'
}

/** A folder that is gone after the test, or after what else has a `teardown`. */
export function temporaryFolder(t: Pick<Test, 'teardown'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The names of all files in a data folder but those that say who owns it, its socket and its `.gitignore`, in order. */
export function storedNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !lockFileName.test(name) && name !== ignoreFile && name !== 'postern.sock')
    .sort()
}

/** The service, ready for `inject`, with its clock and all that it has logged; closed after the test. */
export async function startService(t: Test, environment: Environment = {}) {
  const clock = createClock()
  const log: string[] = []
  const app = createServer(
    { environment: { ...cheap, ...environment }, clock },
    { write: (line) => log.push(line) }
  )
  t.teardown(() => app.close())
  await app.ready()
  return { app, clock, log }
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'
export type Transport = 'json' | 'form' | 'multipart' | 'query'
export const transports: Transport[] = ['json', 'form', 'multipart', 'query']

const boundary = 'a-boundary-9f2c'

/** The content type of what `multipart` makes. */
export const multipartType = `multipart/form-data; boundary=${boundary}`

/** Arguments as a body of `multipart/form-data`. */
export function multipart(pairs: Iterable<[name: string, value: string]>): string {
  const parts = [...pairs].map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  )
  return `${parts.join('')}--${boundary}--\r\n`
}

/** Sends arguments by one of the ways in which the contract takes them. */
export function send(
  app: FastifyInstance,
  method: Method,
  url: string,
  values: Record<string, string> = {},
  { by = 'json', headers = {} }: { by?: Transport; headers?: Record<string, string | string[]> } = {}
): Promise<LightMyRequestResponse> {
  const encoded = new URLSearchParams(values).toString()
  if (by === 'query') return app.inject({ method, url: encoded === '' ? url : `${url}?${encoded}`, headers })
  if (by === 'json') return app.inject({ method, url, headers, payload: values })
  if (by === 'multipart') {
    const payload = multipart(Object.entries(values))
    return app.inject({ method, url, headers: { ...headers, 'content-type': multipartType }, payload })
  }
  return app.inject({
    method,
    url,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    payload: encoded
  })
}

/** Makes a user and signs it in. */
export async function signUp(app: FastifyInstance, user = 'alice', pass = 'wonderland'): Promise<string> {
  const made = await send(app, 'POST', '/user', { user, pass })
  if (made.statusCode !== 201) throw new Error(`sign-up of ${user}: ${made.statusCode} ${made.body}`)
  return signIn(app, user, pass)
}

/** An access token obtained with a password. */
export async function signIn(app: FastifyInstance, user = 'alice', pass = 'wonderland'): Promise<string> {
  return textOf(await send(app, 'GET', '/token', { user, pass }))
}

/** A refresh token of the one who presents this access token. */
export async function refreshToken(app: FastifyInstance, token: string): Promise<string> {
  return textOf(await send(app, 'GET', '/refresh_token', {}, { by: 'query', headers: bearer(token) }))
}

/** An access token obtained with a refresh token. */
export async function refresh(app: FastifyInstance, token: string): Promise<string> {
  return textOf(await send(app, 'GET', '/token', { user: token }))
}

export function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

function textOf(response: LightMyRequestResponse): string {
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.body}`)
  return response.body
}

export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

export function decodePart(token: string, part: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString())
}

type ForgeKey = Pick<SigningKey, 'algorithm'> & { secret: string | Buffer }

/** Signs any header and payload with a key of the service, without the service's own code. */
export function forge(key: ForgeKey, header: unknown, payload: unknown) {
  return forgeBytes(key, encode(header), encode(payload))
}

/** Signs a header and a payload that are encoded already, and may be anything. */
export function forgeBytes({ algorithm, secret }: ForgeKey, head: string, body: string) {
  const input = `${head}.${body}`
  return `${input}.${rawSignature(algorithm, secret, input).toString('base64url')}`
}

function rawSignature(algorithm: Algorithm, secret: string | Buffer, input: string): Buffer {
  const digest = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('HS')) return createHmac(digest, secret).update(input).digest()
  if (algorithm === 'EdDSA') return signBytes(null, Buffer.from(input), secret)
  const padding = algorithm.startsWith('PS') ? { padding: 6, saltLength: -1 } : {}
  return signBytes(digest, Buffer.from(input), { key: secret, dsaEncoding: 'ieee-p1363', ...padding })
}

/** The lengths of all texts that are normalised from now on. */
export function normalisedLengths(t: Test): number[] {
  const { normalize } = String.prototype
  const lengths: number[] = []
  t.teardown(() => {
    String.prototype.normalize = normalize
  })
  String.prototype.normalize = function (this: string, form?: string) {
    lengths.push(this.length)
    return normalize.call(this, form as 'NFC')
  }
  return lengths
}
