import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, refusal, serve, startRequest, until } from '../support/process.js'

/** Resolves once the program has handlers of its own. Node itself catches SIGTERM, to set the terminal right, but not SIGHUP. */
async function handlers({ child }: Program): Promise<void> {
  const isCaught = () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const sighup = 1n
    return (BigInt(`0x${/^SigCgt:\t(\w+)$/m.exec(status)?.[1]}`) & sighup) !== 0n
  }
  await until(isCaught)
}

const readsProc = { skip: process.platform === 'linux' ? false : 'reads /proc' }

/** The lines of the log, parsed. */
function linesOf({ stderr }: Program): Record<string, unknown>[] {
  return stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

t.test('R10: each stop has a line that says which signal it was, and how long it took', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const program = serve(t, temporaryFolder(t))
    await program.url()
    program.child.kill(signal)
    t.equal(await program.exit, 0)
    const [begin, end] = linesOf(program).slice(-2)
    t.match(begin, { signal, msg: `${signal}: the service ends` })
    t.match(end, { signal, ms: Number, msg: `the service has ended by ${signal}` })
  }
})

t.test('R10: SIGHUP reads the users file again, and without one says so; the service goes on', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'users-file.json')
  const writeUsers = (...names: string[]) =>
    writeFileSync(file, JSON.stringify(names.map((name) => ({ name, password: 'wonderland' }))))
  writeUsers('alice')
  const program = serve(t, folder, { POSTERN_USERS_FILE: file })
  const url = await program.url()
  const signIn = async (user: string) =>
    (await call(`${url}/token`, 'GET', { user, pass: 'wonderland' })).status
  t.same([await signIn('alice'), await signIn('bob')], [200, 404])
  writeUsers('alice', 'bob')
  program.child.kill('SIGHUP')
  await program.logged('SIGHUP: the users file was read again')
  t.same([await signIn('alice'), await signIn('bob')], [200, 200])
  writeFileSync(file, '{')
  program.child.kill('SIGHUP')
  await program.logged('SIGHUP: not all of the users file could be read again')
  t.equal(await signIn('bob'), 200)

  const plain = serve(t, temporaryFolder(t))
  const plainUrl = await plain.url()
  plain.child.kill('SIGHUP')
  await plain.logged('SIGHUP: there is nothing to read again')
  t.equal((await call(`${plainUrl}/version`, 'GET', {})).status, 200)
})

t.test(
  'SIGHUP reads the file of sites again, over a mistake the old sites stay, and a start ends with 2',
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'sites.yaml')
    writeFileSync(file, 'sites: [{ host: wiki.example.org }]')
    const program = serve(t, folder, { POSTERN_SITES_FILE: file })
    const url = await program.url()
    program.child.kill('SIGHUP')
    await program.logged('SIGHUP: the file of sites was read again')
    writeFileSync(file, 'sites: [{ host: wiki.example.org, open: yes }]')
    program.child.kill('SIGHUP')
    await program.logged('SIGHUP: the file of sites could not be read again: the old sites stay in use')
    await program.logged('/sites/0/open must be of the type boolean')
    t.equal((await call(`${url}/version`, 'GET', {})).status, 200)

    const stopped = serve(t, temporaryFolder(t), { POSTERN_SITES_FILE: file })
    t.equal(await stopped.exit, 2)
    t.match(stopped.stderr, 'POSTERN_SITES_FILE takes')
  }
)

t.test('R10: a second signal ends the service at once, with 1 if an answer is cut off', async (t) => {
  const program = serve(t, temporaryFolder(t))
  const url = await program.url()
  await startRequest(url, '/user', '{"user":"slow","pass":"x"}')
  program.child.kill('SIGTERM')
  await program.logged('SIGTERM: the service ends')
  await refusal(url)
  const began = performance.now()
  program.child.kill('SIGTERM')
  t.equal(await program.exit, 1)
  t.ok(performance.now() - began < 6000, 'before the 6 seconds of a request are over')
  t.match(linesOf(program).at(-1), { busy: 1, msg: 'a second signal, SIGTERM, ends the service at once' })
})

t.test('R10: a connection on which nothing was asked holds no end up, and counts for none', async (t) => {
  for (const signals of [1, 2]) {
    const program = serve(t, temporaryFolder(t))
    const { hostname, port } = new URL(await program.url())
    const socket = connect(Number(port), hostname)
    t.teardown(() => socket.destroy())
    await call(`http://${hostname}:${port}/version`, 'GET', {})
    const began = performance.now()
    program.child.kill('SIGTERM')
    if (signals > 1) {
      await program.logged('SIGTERM: the service ends')
      program.child.kill('SIGTERM')
    }
    t.equal(await program.exit, 0)
    t.ok(performance.now() - began < 6000, 'before the 6 seconds of a request are over')
  }
})

t.test(
  'R10: SIGTERM during the start ends it at once with 0, and the next start needs no cleaning up',
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'users-file.json')
    const users = Array.from({ length: 500 }, (_, number) => ({ name: `user ${number}`, password: 'x' }))
    writeFileSync(file, JSON.stringify(users))
    const slow = { POSTERN_HASH_MEMORY_KIB: '65536', POSTERN_USERS_FILE: file }
    const program = serve(t, folder, slow)
    await program.logged('"user":"user 0"')
    program.child.kill('SIGTERM')
    t.equal(await program.exit, 0)
    t.equal(program.stdout, '')
    t.notMatch(program.stderr, '"user":"user 499"')
    t.match(linesOf(program).at(-1), { signal: 'SIGTERM', msg: 'the service has ended by SIGTERM' })
    const url = await serve(t, folder).url()
    t.equal((await call(`${url}/token`, 'GET', { user: 'user 0', pass: 'x' })).status, 200)
  }
)

t.test('R10: signals are handled from the first lines of the program on', readsProc, async (t) => {
  const program = serve(t, temporaryFolder(t))
  await handlers(program)
  t.equal(program.stderr + program.stdout, '', 'it has done nothing yet')
  program.child.kill('SIGTERM')
  t.equal(await program.exit, 0)
  t.match(program.stderr, /SIGTERM/)
  t.equal(program.stdout, '')
})

t.test('R10: SIGUSR1 does not open the inspector', async (t) => {
  const program = serve(t, temporaryFolder(t))
  const url = await program.url()
  program.child.kill('SIGUSR1')
  t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
  program.child.kill('SIGTERM')
  t.equal(await program.exit, 0)
  t.notMatch(program.stderr, /Debugger listening/)
})

t.test('R10: a command that is not the service ends by the signal', readsProc, async (t) => {
  const program = new Program(t, ['user', 'add', 'alice'], {}, temporaryFolder(t))
  await handlers(program)
  program.child.kill('SIGTERM')
  t.equal(await program.exit, 143)
})

t.test('R7: a log whose reader has ended does not end the service', async (t) => {
  const program = serve(t, temporaryFolder(t))
  const url = await program.url()
  program.child.stderr.destroy()
  program.child.stdout.destroy()
  for (let time = 0; time < 5; time += 1) t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
  program.child.kill('SIGTERM')
  t.equal(await program.exit, 0)
})

t.test(
  'R7: a log whose disk is full does not end the service',
  { skip: process.platform === 'linux' ? false : 'needs /dev/full' },
  async (t) => {
    const under = ['sh', '-c', 'exec "$@" 2> /dev/full', 'sh']
    const program = serve(t, temporaryFolder(t), {}, { under })
    const url = await program.url()
    for (let time = 0; time < 5; time += 1) t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
    program.child.kill('SIGTERM')
    t.equal(await program.exit, 0)
  }
)

t.test('R7: a reader of the log that does not read for a while is told how much it has missed', async (t) => {
  const program = serve(t, temporaryFolder(t))
  const url = await program.url()
  const { port, hostname } = new URL(url)
  program.child.stderr.pause()
  const socket = connect(Number(port), hostname)
  const request = `GET /${'x'.repeat(2000)} HTTP/1.1\r\nHost: x\r\n\r\n`
  let answers = 0
  const count = 1500
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      answers += data.toString().split('HTTP/1.1 404').length - 1
      if (answers < count) socket.write(request)
      else resolve()
    })
    socket.write(request)
  })
  socket.destroy()
  program.child.stderr.resume()
  const isTold = () => program.stderr.includes('lines of the log could not be written')
  while (!isTold()) await call(`${url}/version`, 'GET', {})
  const report = linesOf(program).find(({ dropped }) => dropped !== undefined)
  t.ok(Number(report?.dropped) > 0)
  t.ok(linesOf(program).length < count)
})
