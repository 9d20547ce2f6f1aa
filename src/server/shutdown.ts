import { isatty } from 'node:tty'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { countBusyConnections } from './connections.js'
import { watchParent, watchStandardInput } from './orphan.js'

// The maximum duration of a shutdown, in milliseconds: 10 seconds are promised.
const grace = 9_000

/** The kind of service, for the events that end it. */
export interface Ends {
  /** Called at SIGHUP, unless that ends the service. */
  reload(): void
  /** A fixture also ends by SIGHUP, and when standard input closes. */
  isFixture: boolean
  /** Whether the service ends with its parent. */
  endsWithParent: boolean
}

/**
 * Ends the process by SIGTERM or SIGINT, by SIGHUP if it has a terminal or is a fixture, by an error that nobody expected, with
 * the standard input of a fixture (see `watchStandardInput`), and with its parent. Accepted requests are answered first, for
 * 9 seconds at most; a start is broken off at once, and so is the end by a second signal. The exit code is 0; after an error,
 * or if an answer was cut off, it is 1; and a disk that does not answer takes SIGKILL. Each end has its line in the log.
 *
 * @returns a function that takes the handlers away again, for a start that has failed.
 */
export function endByEvents(app: FastifyInstance, { reload, isFixture, endsWithParent }: Ends): () => void {
  // Asked now: a terminal that is gone is none any more.
  const endsByHangUp = isFixture || isatty(0)
  let reason: string | undefined
  let began = 0
  const { uninstall, close } = closeWithGrace(
    {
      delay: grace,
      logger: false,
      skip: endsByHangUp ? [] : ['SIGHUP'],
      onSecondSignal: (signal) => endAtOnce(`a second signal, ${signal}, ends the service at once`),
      onSecondError: (err) => app.log.fatal({ err }, 'a second unexpected error ends the service at once'),
      onTimeout: () => {
        endAtOnce(`the service has not ended within ${grace / 1000} seconds, and ends at once`, isDiskStuck())
      }
    },
    async ({ signal, err }) => {
      began = performance.now()
      if (err) app.log.fatal({ err }, 'an unexpected error ends the service')
      else app.log.info({ signal }, `${signal ?? reason}: the service ends`)
      // A service that is still starting has acknowledged nothing. Closing it would wait for the whole start.
      if (app.server.listening) await app.close()
      app.log.info({ signal, ms: elapsed() }, `the service has ended${signal ? ` by ${signal}` : ''}`)
    }
  )

  // Without an answer that is cut off nothing is lost: the journal has all that was acknowledged.
  function endAtOnce(message: string, isStuck = false): void {
    const busy = countBusyConnections(app)
    app.log.warn({ busy, ms: elapsed() }, message)
    // To exit is to wait for all threads, one of which waits for a disk that does not answer.
    if (isStuck) process.kill(process.pid, 'SIGKILL')
    if (busy === 0) process.exit(0)
  }

  function elapsed(): number {
    return Math.round(performance.now() - began)
  }

  function endFor(why: string): void {
    if (began > 0) return
    reason = why
    void close()
  }

  function endWithInput(): void {
    if (began > 0) return
    if (!app.server.listening) {
      // A fixture logs no more than errors, and would be gone without a word.
      app.log.error(
        'standard input has closed, and a fixture ends with it: give it /dev/null to have it run on'
      )
    }
    endFor('standard input has closed')
  }

  if (!endsByHangUp) process.on('SIGHUP', reload)
  const leaveInput = isFixture ? watchStandardInput(endWithInput) : () => {}
  const leaveParent = endsWithParent ? watchParent(() => endFor('the parent process has ended')) : () => {}
  return () => {
    uninstall()
    process.off('SIGHUP', reload)
    leaveInput()
    leaveParent()
  }
}

function isDiskStuck(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))
}
