import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { postForm, type Request, send } from '../load/request.js'
import type { Place } from './processors.js'
import { built, type Program, type Start } from './program.js'

const folder = built('../bench/peers')

/** The discovery document of OpenID Connect. */
export const discovery = '/.well-known/openid-configuration'

/** Another service that makes tokens, in `bench/peers`. */
export interface Peer {
  name: string
  /** A path that answers 200 as soon as it runs. */
  path: string
}

/** A common mock server for tests. */
export const mockServer: Peer = { name: 'oauth2-mock-server', path: discovery }

/** A token of a client's own, of which the mock server wants to know nothing. */
export const clientCredentials: Request = postForm('/token', { grant_type: 'client_credentials' })

/** Installs the peers, unless they are there; returns the reason when they cannot be installed. */
export function installPeers(): string | undefined {
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) return undefined
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  const { status, error } = spawnSync('npm', ['ci', ...options], { cwd: folder, stdio: 'ignore' })
  if (status === 0) return undefined
  return `npm cannot install them (${error?.message ?? `exit code ${status}`})`
}

/** How a peer is started. */
export function programOf({ name }: Peer, place: Place = 'anywhere'): Omit<Start, 'folder'> {
  const environment = { NODE_ENV: 'production' }
  return { args: [`${folder}/${name}.js`], environment, place, isQuiet: true }
}

/** Requires that this request is answered with a token as ours are. */
export async function requireToken({ url }: Program, request: Request): Promise<void> {
  const { access_token: token } = JSON.parse(await send(url, request))
  const [header = ''] = String(token).split('.')
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString())
  if (alg !== 'ES256') throw new Error(`${url} signs with ${alg}`)
}
