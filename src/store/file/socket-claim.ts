import { randomBytes } from 'node:crypto'
import { chmod, chown, link, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import type { ClaimKind, OpenFolder } from './claim.js'
import { groupWrite, removeFile, requiredOwner } from './private-file.js'

/**
 * A claim by a Unix socket that is listened to as long as its process lives, and no longer, even after a kill -9. It answers
 * all who find it by a path: another version of Node, another network namespace, another mount of the folder.
 */
export const socketClaim: ClaimKind = {
  extension: 'sock',

  async make(folder, name) {
    // Nobody may find the name before it answers. And Node removes the path that a server was opened by when it closes,
    // even if that is somebody else's by then: this one is nobody else's.
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
        // Nothing else is a proof of death: the queue of connections of a live one may be full.
        if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
        else if (error.code === 'EACCES') reject(error)
        else resolve(true)
      })
    })
  }
}

// To connect takes the right to write to the socket, which all who may own the folder must have.
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
    // Not by the primary process of a cluster, which would outlive this one.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject)
      // A connection that could not be accepted, such as for want of a file descriptor, is none the less an answer.
      server.on('error', () => {})
      server.unref()
      resolve(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()))
}
