import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from './free-port.js'
import { temporaryFolder } from './helper.js'
import { isInstalled, systemPath } from './nginx.js'

/** Why a test that needs PgBouncer is skipped, or false. */
export const skipWithoutPgBouncer = !isInstalled('pgbouncer') && 'PgBouncer is not installed'

/** PgBouncer in transaction mode before the server on this port, until the end of the test. Gives its own port. */
export async function startPgBouncer(t: Test, serverPort: number): Promise<number> {
  const folder = temporaryFolder(t)
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  // It gives up the rights of root before it reads this.
  chmodSync(folder, 0o755)
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${serverPort} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 100
`
  )
  const asOther = process.getuid?.() === 0 ? ['-u', 'postgres'] : []
  const bouncer = spawn('pgbouncer', [...asOther, file], {
    env: { PATH: systemPath },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let log = ''
  bouncer.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = once(bouncer, 'exit')
  t.teardown(async () => {
    bouncer.kill('SIGKILL')
    await ended
  })
  while (!log.includes('process up')) {
    if (bouncer.exitCode !== null) throw new Error(`PgBouncer ended: ${log}`)
    await Promise.race([once(bouncer.stderr, 'data'), ended])
  }
  return port
}
