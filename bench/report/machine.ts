import { availableParallelism, cpus, loadavg, release, type } from 'node:os'
import { isPinned } from '../setup/processors.js'

/** The machine of the measurement, without which the figures mean little. */
export interface Machine {
  processor: string
  processors: number
  system: string
  node: string
  isPinned: boolean
  /** The load average of the minute before, caused by other programs. */
  loadBefore: number
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    system: `${type()} ${release()}`,
    node: process.version,
    isPinned,
    loadBefore: loadavg()[0] ?? 0
  }
}

/** In one line. */
export function machineText({ processor, processors, system, node, isPinned, loadBefore }: Machine): string {
  const pinning = isPinned ? 'server and load on a processor each' : 'processes not pinned'
  return `${processors} x ${processor}, ${system}, Node.js ${node}; ${pinning}; load before: ${loadBefore.toFixed(1)}`
}
