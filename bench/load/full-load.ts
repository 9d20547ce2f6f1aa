import autocannon from 'autocannon'
import type { Program } from '../setup/program.js'
import type { Request, Requests } from './request.js'

/** The throughput of a server at full load. */
export interface Load {
  requestsPerSecond: number
  /** Per second of processor time, which is steadier where other programs run too; undefined if that is not known. */
  requestsPerCpuSecond: number | undefined
}

export const connections = 32

/** Loads a server with these requests; each connection has its share of them, and sends that in turn. */
export async function loadFully(program: Program, requests: Requests, { seconds = 1 } = {}): Promise<Load> {
  const before = program.cpuSeconds()
  const result = await autocannon({
    url: program.url,
    connections,
    duration: seconds,
    sampleInt: 100,
    setupClient: shareOut(requests)
  })
  const after = program.cpuSeconds()
  const failed = result.non2xx + result.errors + result.timeouts
  if (failed > 0) throw new Error(`${program.url}: ${failed} requests failed`)
  const { total } = result.requests
  return {
    requestsPerSecond: total / result.duration,
    requestsPerCpuSecond: before === undefined || after === undefined ? undefined : total / (after - before)
  }
}

// autocannon itself has every connection begin with the first request: in a short time few others would be sent.
function shareOut(requests: Requests): (client: autocannon.Client) => void {
  if (typeof requests === 'function') {
    const setupRequest = (defaults: autocannon.Request) => ({ ...defaults, ...requests() })
    return (client) => client.setRequests([{ setupRequest }])
  }
  const share = Math.ceil(requests.length / connections)
  let clients = 0
  return (client) => {
    const first = (clients * share) % requests.length
    clients += 1
    client.setRequests(requests.slice(first, first + share).map((request: Request) => ({ ...request })))
  }
}
