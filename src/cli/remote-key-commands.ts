import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { Environment } from '../config/environment.js'
import { StartupError } from '../errors/startup-error.js'
import type { KeyState } from '../keys/key-states.js'
import { visibleText } from '../visible-text.js'
import { createAdminClient, type Members } from './admin-client.js'
import { membersOf } from './admin-command.js'
import { remoteTransport } from './admin-transports.js'
import { describeKey, type KeyCommands } from './key-commands.js'
import { jsonLine } from './output.js'

const path = '/admin/signing-keys'

/**
 * The commands for the keys of the service at this URL.
 *
 * @throws as `remoteTransport`; each command also as `AdminClient.call`, and where `KeyCommands` throws.
 */
export function createRemoteKeyCommands(url: string, environment: Environment): KeyCommands {
  const client = createAdminClient(remoteTransport(url, environment), 'keyRefused')

  async function call(method: string, path: string): Promise<Members> {
    try {
      return (await client.call(method, path)).body
    } finally {
      await client.close()
    }
  }

  return {
    async list() {
      return membersOf(await call('GET', path), 'keys')
        .map(describe)
        .join('')
    },
    async rotate() {
      return describe(await call('POST', path))
    },
    async retire(kid) {
      await call('DELETE', `${path}/${encodeURIComponent(kid)}`)
      return `${kid} is retired: its tokens are refused\n`
    },
    async export(format) {
      const keySet = await call('GET', '/.well-known/jwks.json')
      if (format === 'jwks') return jsonLine(keySet)
      const keys = membersOf(keySet, 'keys') as JsonWebKey[]
      if (keys.length === 0) throw new StartupError('keyRefused', 'the keys have no public part')
      return keys.map(toPem).join('')
    }
  }
}

function toPem(key: JsonWebKey): string {
  return String(createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
}

function describe({ signs_from: signsFrom, verifies_until: verifiesUntil, ...key }: Members): string {
  const line = describeKey({ ...key, signsFrom, verifiesUntil } as unknown as KeyState)
  return `${visibleText(line.trimEnd())}\n`
}
