import { dirname, join } from 'node:path'
import { StartupError } from '../errors/startup-error.js'
import type { Config } from './config.js'

// In bytes, as `sun_path` of Linux holds them without the null byte at its end. Node 20 cuts a longer path without a word.
const maxLength = 107

/** The length of the name by which a socket is made beside its path, in bytes; see `src/server/operator-socket.ts`. */
export const provisionalNameLength = 8

/**
 * The path of the operator's socket; undefined if there is none.
 *
 * @throws `StartupError` (wrong setting) for one that is too long for a socket.
 */
export function socketPath({
  POSTERN_SOCKET: socket,
  POSTERN_STORE: store,
  POSTERN_DATA_DIR: folder
}: Pick<Config, 'POSTERN_SOCKET' | 'POSTERN_STORE' | 'POSTERN_DATA_DIR'>): string | undefined {
  if (socket === 'off' || (socket === undefined && store !== 'file')) return undefined
  const path = socket ?? join(folder, 'postern.sock')
  const provisional = join(dirname(path), 'x'.repeat(provisionalNameLength))
  const length = Math.max(Buffer.byteLength(path), Buffer.byteLength(provisional))
  if (length <= maxLength) return path
  throw new StartupError(
    'wrongSetting',
    `${socket === undefined ? 'POSTERN_DATA_DIR' : 'POSTERN_SOCKET'} gives a path of ${length} bytes for a socket, which takes ${maxLength}: set POSTERN_SOCKET to a shorter one, or to off`
  )
}
