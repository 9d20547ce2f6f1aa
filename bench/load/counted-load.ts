import { Connection, toBuffer } from './connection.js'
import type { Requests } from './request.js'

// Postern lets 32 wait for 2 seconds: on a slow machine, so many connections would be told that it is busy.
const connections = 16

/**
 * How many requests a second are answered of so many, from the first one sent to the last one answered.
 *
 * For slow calls: of those that a load by time leaves behind at its end, each would go on hashing into the next measurement.
 */
export async function loadCounted(url: string, requests: Requests, total: number): Promise<number> {
  const { host } = new URL(url)
  const next = (index: number) => {
    const request = typeof requests === 'function' ? requests() : requests[index % requests.length]
    return toBuffer(request ?? { path: '/' }, host)
  }
  let sent = 0
  const sendInTurn = async (connection: Connection) => {
    while (sent < total) {
      sent += 1
      await connection.answer(next(sent - 1))
    }
    connection.close()
  }
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)))
  const start = performance.now()
  await Promise.all(opened.map(sendInTurn))
  return (total * 1000) / (performance.now() - start)
}
