import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

t.test('R1: a start that takes longer than ten seconds goes on, and says so', async (t) => {
  const folder = temporaryFolder(t)
  // A pipe is read for as long as nobody has written to it.
  const file = join(folder, 'users-file')
  execFileSync('mkfifo', [file])
  const program = serve(t, folder, { POSTERN_USERS_FILE: file })
  await program.logged(/"msg":"the service is still starting after 1\d seconds"/)
  await after(1000)
  await writeFile(file, JSON.stringify([{ name: 'alice', password: 'x' }]))
  const url = await program.url()
  t.equal((await call(`${url}/token`, 'GET', { user: 'alice', pass: 'x' })).status, 200)
})

t.test('R1: a start that fails has ended all its work when it gives the folder back', async (t) => {
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  const first = serve(t, folder)
  await call(`${await first.url()}/user`, 'POST', { user: 'alice', pass: 'x' })
  first.child.kill('SIGKILL')
  await first.exit
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const failed = serve(t, folder, { POSTERN_PORT: String(port) })
  t.equal(await failed.exit, 6)
  t.same(
    readdirSync(data).filter((name) => /journal|tmp/.test(name)),
    []
  )
  t.equal(JSON.parse(readFileSync(join(data, 'users.json'), 'utf8')).users.length, 1)
})
