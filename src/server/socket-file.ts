import { randomBytes } from 'node:crypto'
import { link, lstat, rename, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { provisionalNameLength } from '../config/socket-path.js'
import { StartupError } from '../errors/startup-error.js'

/** A listening Unix socket at its path. */
export interface SocketFile {
  /** Removes the path, unless it leads to something else by now. */
  remove(): Promise<void>
}

// Of a file system without hard links.
const noLinks = new Set(['EPERM', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

/**
 * Has a server listen on a Unix socket that only its owner may open, from its first moment. A socket on which nobody answers is
 * replaced. Until all is well the socket has another name: Node removes the name that it has bound when the server closes, even
 * if another process has it by then.
 *
 * @throws `StartupError` (address not available) for a path with a living socket or with any other file; the error of the system
 *   if the socket cannot be made.
 */
export async function listenOnPath(server: Server, path: string): Promise<SocketFile> {
  const provisional = join(
    dirname(path),
    `.${randomBytes(8).toString('hex').slice(1, provisionalNameLength)}`
  )
  await listenPrivately(server, provisional)
  try {
    const { dev, ino } = await lstat(provisional)
    await moveTo(provisional, path)
    return {
      async remove() {
        const found = await lstat(path).catch(() => undefined)
        if (found?.dev === dev && found.ino === ino) await unlink(path).catch(() => {})
      }
    }
  } finally {
    await unlink(provisional).catch(() => {})
  }
}

/** The server binds before the call returns, so that no other file is made under this mask but by other threads. */
function listenPrivately(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177)
  try {
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      // Else the primary process of a cluster would listen, and outlive this one.
      server.listen({ path, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } finally {
    process.umask(mask)
  }
}

async function moveTo(provisional: string, path: string): Promise<void> {
  // A second time, since a leftover was removed; a third time would be another process's socket.
  for (const isLast of [false, true]) {
    try {
      await link(provisional, path)
      return
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (code === 'EEXIST' && !isLast) await removeLeftover(path)
      else if (noLinks.has(code)) return await moveWithoutLinks(provisional, path)
      else throw error
    }
  }
}

async function moveWithoutLinks(provisional: string, path: string): Promise<void> {
  await removeLeftover(path)
  await rename(provisional, path)
}

async function removeLeftover(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket()) throw inTheWay(path, 'there is a file that is no socket')
  if (await isAnswered(path)) throw inTheWay(path, 'another process listens there')
  await unlink(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // No other error proves that nobody listens: the queue of a living socket may be full.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT')
    })
  })
}

function inTheWay(path: string, reason: string): StartupError {
  return new StartupError(
    'addressNotAvailable',
    `cannot listen on the socket ${path}: ${reason}; remove it, or set POSTERN_SOCKET`
  )
}
