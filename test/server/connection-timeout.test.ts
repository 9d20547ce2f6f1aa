import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { spareWaitingClients } from '../../src/server/connection-timeout.js'

// In milliseconds. The longer one is over in no test, however busy the machine is.
const timeout = 200
const longPatience = 60_000

async function listen(t: Test, handle: RequestListener, patience = longPatience): Promise<number> {
  const server = createServer(handle).setTimeout(timeout)
  spareWaitingClients(server, patience)
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** All that comes in answer to these bytes, and in how many milliseconds. */
async function send(port: number, bytes: string) {
  const began = performance.now()
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return { answer: await text(socket), duration: performance.now() - began }
}

const ask = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

t.test('R8: a client that waits for its answer is kept for longer than nothing may move', async (t) => {
  const port = await listen(t, async (_request, response) => {
    await after(3 * timeout)
    response.end('an answer')
  })
  t.match((await send(port, ask)).answer, 'an answer')
})

t.test('R8: such a client is not kept for ever', async (t) => {
  const patience = 1000
  const port = await listen(t, () => {}, patience)
  const { answer, duration } = await send(port, ask)
  t.equal(answer, '')
  t.ok(duration > patience - timeout, `${duration} ms`)
})

t.test('R8: nobody is kept who has not asked yet, or whose answer has begun', async (t) => {
  const port = await listen(t, (request, response) => {
    if (request.url === '/begun') response.write('half')
  })
  for (const request of [
    'GET / HTTP',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf',
    ask.replace('/', '/begun')
  ]) {
    t.ok((await send(port, request)).duration < longPatience, request)
  }
})
