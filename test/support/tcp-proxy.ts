import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A way to a server on this machine that can be made bad. */
export interface TcpProxy {
  readonly port: number
  /** How often something was sent to the target after an answer of it, or for the first time: how often somebody waits for it. */
  readonly questions: number
  /** Holds back all that is sent from now on by so many milliseconds, in both directions. */
  delay(milliseconds: number): void
  /** Ends all connections. New ones are taken. */
  cut(): void
  /** Loses all that is sent, on old and new connections, and tells nobody: at once, or after so many more questions. */
  blackHole(questions?: number): void
  /** Leads new connections to another port. */
  lead(target: number): void
  /** Lets everything through again. Connections that have lost something are cut. */
  heal(): void
}

/** A proxy to this port, closed after the test. */
export async function startTcpProxy(t: Test, port: number): Promise<TcpProxy> {
  let target = port
  const sockets = new Set<Socket>()
  let pause = 0
  let isBlackHole = false
  let [questions, lastQuestion] = [0, Number.POSITIVE_INFINITY]

  function join(from: Socket, to: Socket): void {
    sockets.add(from)
    const end = () => {
      sockets.delete(from)
      if (!isBlackHole) to.destroy()
    }
    from.on('error', end).on('close', end)
    from.on('data', (data) => {
      if (isBlackHole) return
      if (pause === 0) to.write(data)
      else setTimeout(() => !isBlackHole && to.writable && to.write(data), pause)
    })
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    let isAnswered = true
    near.on('data', () => {
      if (isAnswered && !isBlackHole) questions += 1
      if (questions > lastQuestion) isBlackHole = true
      isAnswered = false
    })
    far.on('data', () => {
      isAnswered = true
    })
    join(near, far)
    join(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    cut()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server on TCP has a port')

  return {
    port: address.port,
    get questions() {
      return questions
    },
    delay(milliseconds) {
      pause = milliseconds
    },
    cut,
    blackHole(more) {
      isBlackHole = more === undefined
      lastQuestion = questions + (more ?? 0)
    },
    lead(port) {
      target = port
    },
    heal() {
      pause = 0
      lastQuestion = Number.POSITIVE_INFINITY
      if (isBlackHole) cut()
      isBlackHole = false
    }
  }
}
