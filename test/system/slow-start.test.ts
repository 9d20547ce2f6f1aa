import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

t.test('R1: a start that takes longer than ten seconds goes on, and says so', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'users-file.json')
  const users = Array.from({ length: 4 }, (_, number) => ({ name: `user ${number}`, password: 'x' }))
  writeFileSync(file, JSON.stringify(users))
  const began = performance.now()
  const program = serve(t, folder, {
    POSTERN_USERS_FILE: file,
    POSTERN_HASH_MEMORY_KIB: '131072',
    POSTERN_HASH_ITERATIONS: '20'
  })
  const url = await program.url()
  t.ok(performance.now() - began > 10_500, 'long enough to tell')
  t.match(program.stderr, /"msg":"the service is still starting after \d+ seconds"/)
  t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
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
