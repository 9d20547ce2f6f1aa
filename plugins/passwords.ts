import { availableParallelism } from 'node:os'
import fp from 'fastify-plugin'
import type { AppOptions } from '../src/app.js'
import { createPasswords, type Passwords } from '../src/passwords.js'

declare module 'fastify' {
  interface FastifyInstance {
    passwords: Passwords
  }
}

const maxQueued = 32
const maxWait = 2000

export default fp<AppOptions>(
  async (app, { environment }) => {
    // argon2 runs on libuv's threads, as file access does. Two of them (of four, unless the operator has set another
    // number) are kept from it as far as there are so many, or a change would wait behind hashes to reach the disk.
    const threads = Number(environment.UV_THREADPOOL_SIZE) || 4
    const maxRunning = Math.max(1, Math.min(availableParallelism(), threads - 2))
    app.decorate(
      'passwords',
      createPasswords({
        memoryKib: app.config.POSTERN_HASH_MEMORY_KIB,
        iterations: app.config.POSTERN_HASH_ITERATIONS,
        minLength: app.config.POSTERN_PASSWORD_MIN_LENGTH,
        gate: { maxRunning, maxQueued, maxWait }
      })
    )
  },
  { name: 'passwords', dependencies: ['config'] }
)
