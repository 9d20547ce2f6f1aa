import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { ClaimKind } from './claim.js'
import { createPrivateFile, removeFile } from './private-file.js'

// How long, in milliseconds, a file may be empty because its owner has only just made it.
const writingTime = 2_000

// The claims of this process: the id in a file may be that of an earlier process which had the same, as in a container.
const held = new Set<string>()

/**
 * A claim by a file that holds the process id, for where there are no sockets in folders. It is seen on one machine only, and
 * not from one container to another; and a process that has got the id of one that was killed is taken for it.
 */
export const processClaim: ClaimKind = {
  extension: 'pid',

  async make(folder, name) {
    const path = folder.at(name)
    const file = await createPrivateFile(path)
    const token = randomBytes(8).toString('hex')
    // Added before the file has it: a reader that finds the token in the file must find it here.
    held.add(token)
    const end = async () => {
      held.delete(token)
    }
    try {
      await file.writeFile(`${process.pid} ${token}\n`)
      return { end }
    } catch (error) {
      await end()
      await removeFile(path)
      throw error
    } finally {
      await file.close()
    }
  },

  async isLive(folder, name) {
    try {
      const text = await readFile(folder.at(name), 'utf8')
      if (text === '') return Date.now() - (await stat(folder.at(name))).mtimeMs < writingTime
      const [owner, token = ''] = text.trim().split(' ')
      return Number(owner) === process.pid ? held.has(token) : isRunning(Number(owner))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }
}

function isRunning(pid: number): boolean {
  // 0 and negative numbers stand for groups of processes.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
