import { Connection, toBuffer } from './connection.js'
import { connections } from './full-load.js'
import type { Requests } from './request.js'

// In milliseconds. A timer is late by up to one, which is longer than many a request takes; to look at the clock all the time
// takes a processor, which requests that come as rarely as this need more.
const coarse = 10

/**
 * The latencies, in milliseconds, of requests that come evenly at this rate, whether or not those before are answered:
 * each counts from when it was due.
 *
 * autocannon's own rate will not do. It sends a second's requests in one burst, which is full load for part of the second,
 * and counts in whole milliseconds, where these calls take a tenth of one.
 */
export async function loadAtRate(
  url: string,
  requests: Requests,
  { rate, seconds }: { rate: number; seconds: number }
): Promise<number[]> {
  const total = Math.ceil(rate * seconds)
  const buffers = toBuffers(requests, total, new URL(url).host)
  const free = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)))
  const opened = [...free]
  const latencies = new Float64Array(total)
  const interval = 1000 / rate
  const start = performance.now()
  let sent = 0
  let answered = 0
  let failure: Error | undefined
  const sendDue = () => {
    while (sent < total && start + sent * interval <= performance.now()) {
      const connection = free.pop()
      if (connection === undefined) return
      const due = start + sent * interval
      const buffer = buffers[sent % buffers.length] as Buffer
      sent += 1
      connection.send(buffer, (error) => {
        failure ??= error
        latencies[answered] = performance.now() - due
        answered += 1
        free.push(connection)
      })
    }
  }
  // Without promises, whose garbage would be collected while replies wait to be read.
  await new Promise<void>((resolve) => {
    const turn = () => {
      sendDue()
      if (answered === total || failure !== undefined) resolve()
      else if (interval > coarse) setTimeout(turn, 1)
      else setImmediate(turn)
    }
    turn()
  })
  for (const connection of opened) connection.close()
  if (failure !== undefined) throw failure
  return [...latencies]
}

function toBuffers(requests: Requests, total: number, host: string): Buffer[] {
  const list = typeof requests === 'function' ? Array.from({ length: total }, requests) : requests
  return list.map((request) => toBuffer(request, host))
}
