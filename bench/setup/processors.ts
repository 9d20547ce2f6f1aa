import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Where a process runs: the one that is measured, the one that loads it, or wherever there is room. */
export type Place = 'server' | 'load' | 'anywhere'

const allowed = allowedProcessors()

/** Whether server and load have a processor each, so that neither takes time from the other. */
export const isPinned = allowed.length > 1

/** The prefix of a command that runs it there. A child of a pinned process would be pinned like its parent. */
export function placed(place: Place): string[] {
  return isPinned ? ['taskset', '-c', list(place)] : []
}

/** How many there are for a process that is not pinned, which this one, once moved, cannot tell from `node:os`. */
export const processorCount = allowed.length || availableParallelism()

/** Moves this process with all its threads. */
export function move(place: Place): void {
  if (isPinned) spawnSync('taskset', ['-a', '-c', '-p', list(place), String(process.pid)])
}

// The first and the last, since neighbours are often two threads of one core.
function list(place: Place): string {
  if (place === 'server') return String(allowed[0])
  return place === 'load' ? String(allowed.at(-1)) : allowed.join()
}

function allowedProcessors(): number[] {
  const { stdout } = spawnSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' })
  const [, ranges = ''] = /: ([\d,-]+)\s*$/.exec(stdout ?? '') ?? []
  return ranges.split(',').filter(Boolean).flatMap(range)
}

function range(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
