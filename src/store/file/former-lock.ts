import { readFileSync } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'

/**
 * The id of a process of this user, or of the folder's owner, that holds the folder as release 0.1.0 does: by an abstract
 * socket, whose name any user of the machine can take, and which is seen in this network namespace only. Costs a read of
 * the kernel's list of sockets unless there is one.
 *
 * It keeps an upgrade from starting beside the service that it replaces. It may go with the second release after 0.1.0.
 */
export async function findFormerOwner(folder: string, suffix: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const { dev, ino, uid } = await stat(folder)
  const socket = findAbstractSocket(`@postern-${dev}-${ino}${suffix}`)
  if (socket === undefined) return undefined
  for (const pid of await readdir('/proc')) {
    if (/^\d+$/.test(pid) && (await isOneOf(pid, uid)) && (await holdsSocket(pid, socket))) return pid
  }
  return undefined
}

// The version of Node decides whether the name is padded with NULs, which the kernel lists as this character, too.
function findAbstractSocket(name: string): string | undefined {
  for (const line of listSockets().split('\n')) {
    const [inode, path] = line.trim().split(/\s+/).slice(6)
    if (path?.startsWith(name) && /^@*$/.test(path.slice(name.length))) return inode
  }
  return undefined
}

function listSockets(): string {
  try {
    return readFileSync('/proc/self/net/unix', 'utf8')
  } catch {
    return ''
  }
}

async function isOneOf(pid: string, owner: number): Promise<boolean> {
  const found = await stat(`/proc/${pid}`).catch(() => undefined)
  return found !== undefined && [process.geteuid?.(), owner].includes(found.uid)
}

async function holdsSocket(pid: string, inode: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  const descriptors = await readdir(folder).catch(() => [])
  for (const descriptor of descriptors) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => '')
    if (target === `socket:[${inode}]`) return true
  }
  return false
}
