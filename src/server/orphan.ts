import { fstatSync } from 'node:fs'

// How often to look whether the parent process is still there, in milliseconds.
const interval = 500

/**
 * Calls `ended` once standard input closes, if it is a pipe or a socket, whose other end a parent process holds. `/dev/null`,
 * a file, a terminal and a closed descriptor say nothing of a parent. The input is discarded.
 *
 * @returns a function that stops it.
 */
export function watchStandardInput(ended: () => void): () => void {
  if (!isPipeOrSocket(0)) return () => {}
  const { stdin } = process
  stdin.once('close', ended).once('end', ended).on('error', ended)
  stdin.resume()
  // To wait for its end must not keep a process alive that has nothing else to do.
  if ('unref' in stdin) stdin.unref()
  return () => {
    stdin.off('close', ended).off('end', ended).off('error', ended)
    stdin.pause()
  }
}

/**
 * Calls `ended` within half a second after the parent process has ended. Another process then becomes the parent.
 *
 * @returns a function that stops it.
 */
export function watchParent(ended: () => void): () => void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    ended()
  }, interval)
  timer.unref()
  return () => clearInterval(timer)
}

function isPipeOrSocket(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor)
    return stats.isFIFO() || stats.isSocket()
  } catch {
    // It is closed.
    return false
  }
}
