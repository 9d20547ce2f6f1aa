import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from './free-port.js'
import { temporaryFolder } from './helper.js'
import { type PostgresServer, postgresUser } from './postgres-server.js'

const path = spawnSync('which', ['pgbouncer'], {
  encoding: 'utf8',
  env: { PATH: `${process.env.PATH}:/usr/sbin` }
}).stdout.trim()

/** For the tests that need it: why they are skipped where there is none. */
export const skipWithoutPgBouncer = path === '' && 'there is no PgBouncer: install pgbouncer'

/** A PgBouncer in transaction mode before this server, gone after the test. Gives a function from a database to its URL. */
export async function startPgBouncer(t: Test, server: PostgresServer): Promise<(database: string) => string> {
  const folder = temporaryFolder(t)
  const owner = postgresUser()
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${server.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
`
  )
  const pooler = spawn(path, [file], {
    uid: owner?.uid,
    gid: owner?.gid,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let log = ''
  pooler.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = once(pooler, 'exit')
  t.teardown(async () => {
    pooler.kill('SIGTERM')
    await ended
  })
  while (!(await isListening(port))) {
    if (pooler.exitCode !== null) throw new Error(`PgBouncer does not start: ${log}`)
    await delay(20)
  }
  return (database) => `postgres://postgres@127.0.0.1:${port}/${database}`
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await new Promise<boolean>((settle) => {
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
  socket.destroy()
  return isOpen
}
