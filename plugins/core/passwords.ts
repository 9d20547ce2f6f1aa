import { availableParallelism } from 'node:os'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import type { Environment } from '../../src/config/environment.js'
import { createPasswords, type Passwords } from '../../src/passwords/passwords.js'

declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

const maxQueued = 32
// A fixture's hashes take next to no time and memory, and a test should not have to retry.
const maxQueuedInFixture = 10_000
const maxWait = 2000

// In milliseconds: after the first requests, of which many may be waiting for the start.
const preparationDelay = 100

export default fp<AppOptions>(
  async (app, { environment, fixture }) => {
    // argon2 runs on libuv's threads, as file access does, and a thread takes what came first: with no more hashes under
    // way than threads, a file operation waits for one hash at most, never for a queue of them.
    const maxRunning = Math.min(availableParallelism(), poolThreads(environment))
    const passwords = createPasswords({
      memoryKib: app.config.POSTERN_HASH_MEMORY_KIB,
      iterations: app.config.POSTERN_HASH_ITERATIONS,
      minLength: app.config.POSTERN_PASSWORD_MIN_LENGTH,
      concurrency: {
        maxRunning,
        maxQueued: fixture === undefined ? maxQueued : maxQueuedInFixture,
        maxWait
      },
      networks: app.networks
    })
    app.decorate('passwords', passwords)

    let preparation: NodeJS.Timeout | undefined
    app.addHook('onListen', async () => {
      // Were it left to the first password, there might be no file descriptor left, and Node, which remembers what it did
      // not find, would miss argon2 until the next start.
      const warn = (err: unknown) => app.log.warn({ err }, 'argon2 could not be loaded')
      preparation = setTimeout(() => passwords.prepare().catch(warn), preparationDelay)
    })
    app.addHook('onClose', async () => clearTimeout(preparation))
  },
  { name: 'passwords', dependencies: ['config', 'networks'] }
)

// As libuv reads it: four without the variable, one where it makes no sense. `src/cli/cli.cts` sets it for the program.
function poolThreads({ UV_THREADPOOL_SIZE: size }: Environment): number {
  return size === undefined ? 4 : Math.max(1, Number.parseInt(size, 10) || 1)
}
