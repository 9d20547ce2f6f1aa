import { randomBytes } from 'node:crypto'
import { chmod, chown, link, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import type { ClaimKind, OpenFolder } from './claim.js'
import { groupWrite, removeFile, requiredOwner } from './private-file.js'

/**
 * A claim by a listening Unix socket. It listens exactly as long as its process lives, also when that ends by kill -9. It
 * answers by any path that leads to it: from another version of Node, network namespace or mount of the folder.
 */
export const socketClaim: ClaimKind = {
  extension: 'sock',

  async make(folder, name) {
    // Nobody may find the name before the socket answers. Node removes the path of a server when it closes, even if another
    // process has that path by then. No other process has this one.
    const path = folder.at(`.${name}.${randomBytes(6).toString('hex')}`)
    const server = await listen(path)
    try {
      await openToOwners(folder, path)
      await link(path, folder.at(name))
      return { end: () => close(server) }
    } catch (error) {
      await close(server)
      throw error
    } finally {
      await removeFile(path)
    }
  },

  isLive(folder, name) {
    return new Promise((resolve, reject) => {
      const socket = connect(folder.at(name))
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', (error: NodeJS.ErrnoException) => {
        // No other error proves that it is dead: the connection queue of a live socket may be full.
        if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
        else if (error.code === 'EACCES') reject(error)
        else resolve(true)
      })
    })
  }
}

// A client needs write permission to connect. Every user who may own the folder must have it.
async function openToOwners(folder: OpenFolder, path: string): Promise<void> {
  const { mode } = await stat(folder.at('.'))
  await chmod(path, (mode & groupWrite) === 0 ? 0o600 : 0o660)
  const owner = await requiredOwner(folder.at('.'))
  if (owner !== undefined) await chown(path, owner.uid, owner.gid)
}

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // Else the primary process of a cluster would listen, and outlive this one.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject)
      // A connection that cannot be accepted, such as for lack of a file descriptor, is an answer all the same.
      server.on('error', () => {})
      server.unref()
      resolve(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()))
}
