import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { root } from '../../support/dockerfile.js'
import { freePort } from '../../support/free-port.js'
import { temporaryFolder } from '../../support/helper.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { call, serve } from '../../support/process.js'

const compose = parse(readFileSync(join(root, 'compose.postgres.yaml'), 'utf8'), { merge: true })
const nginx = spawnSync('which', ['nginx'], {
  encoding: 'utf8',
  env: { PATH: `${process.env.PATH}:/usr/sbin` }
})
const skip = skipWithoutPostgres || (nginx.status !== 0 && 'there is no nginx: install nginx-light')

/** The nginx of the compose file before two instances, once it is ready. Its files are in the folder. */
async function startNginx(t: Test, folder: string, one: string, other: string): Promise<string> {
  const port = await freePort()
  const text = compose.configs.nginx.content
    .replaceAll('$$', '$')
    .replace('172.30.58.11:3000', one)
    .replace('172.30.58.12:3000', other)
    .replace('listen 80', `listen 127.0.0.1:${port}`)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/log; events {} http { access_log off; ${text} }`
  )
  const program = spawn(nginx.stdout.trim(), ['-c', join(folder, 'nginx.conf'), '-p', folder], {
    stdio: 'pipe'
  })
  const ended = once(program, 'exit')
  t.teardown(async () => {
    program.kill('SIGTERM')
    await ended
  })
  const address = `http://127.0.0.1:${port}`
  while (
    !(await fetch(`${address}/health/ready`).then(
      ({ ok }) => ok,
      () => false
    ))
  ) {
    if (program.exitCode !== null) throw new Error(`nginx: ${program.stderr.read()}`)
  }
  return address
}

t.test(
  'behind the nginx of the compose file two instances are one service, and one is enough',
  { skip },
  async (t) => {
    const server = await startPostgres(t)
    const folder = temporaryFolder(t)
    const settings = {
      ...compose.services['postern-1'].environment,
      POSTERN_STORE: '',
      POSTERN_LOG_LEVEL: 'warn',
      POSTERN_DATABASE_URL: await server.createDatabase('compose'),
      POSTERN_STORAGE_KEY: randomBytes(32).toString('base64'),
      POSTERN_ISSUER: 'http://127.0.0.1:3000',
      POSTERN_TRUST_PROXY: '127.0.0.1',
      POSTERN_REGISTRATION: 'open',
      POSTERN_PASSWORD_MIN_LENGTH: '1'
    }
    const instances = [serve(t, folder, settings), serve(t, folder, settings)] as const
    const [first, second] = await Promise.all(instances.map((instance) => instance.url()))
    const url = await startNginx(t, folder, new URL(String(first)).host, new URL(String(second)).host)

    const alice = { user: 'alice', pass: 'wonderland' }
    t.equal((await call(`${url}/user`, 'POST', alice)).status, 201)
    for (let round = 0; round < 4; round += 1) {
      const { status, body: token } = await call(`${url}/token`, 'GET', alice)
      t.equal(status, 200)
      t.equal((await call(`${url}/check`, 'GET', {}, token)).status, 200)
      await call(`${url}/oauth/revoke`, 'POST', { token })
    }
    const { body: token } = await call(`${url}/token`, 'GET', alice)
    instances[0].child.kill('SIGKILL')
    await instances[0].exit
    for (let round = 0; round < 10; round += 1) {
      t.equal((await call(`${url}/check`, 'GET', {}, token)).status, 200, 'the other instance takes over')
    }
  }
)

t.test(
  'the nginx of the compose file sends no change twice',
  { skip: nginx.status !== 0 && 'there is no nginx: install nginx-light' },
  async (t) => {
    const begun: string[] = []
    // It begins everything, and ends before it answers.
    const servers = [1, 2].map(() =>
      createServer(({ method, url, socket }, response) => {
        if (url === '/health/ready') return void response.end()
        begun.push(`${method} ${url}`)
        socket.destroy()
      })
    )
    for (const server of servers) {
      await once(server.listen(0, '127.0.0.1'), 'listening')
      t.teardown(() => server.close().closeAllConnections())
    }
    const [one = '', other = ''] = servers.map(
      (server) => `127.0.0.1:${(server.address() as AddressInfo).port}`
    )
    // Each in its turn: an instance that has failed is left out for two seconds, and with it the question whether it is asked.
    for (const [method, path, times] of [
      ['GET', '/token?user=alice', 1],
      ['GET', '/refresh_token', 1],
      ['HEAD', '/refresh_token', 1],
      ['DELETE', '/user', 1],
      ['PUT', '/user/totp', 1],
      ['PATCH', '/user', 1],
      ['POST', '/user', 1],
      ['GET', '/check', 2]
    ] as const) {
      const url = await startNginx(t, temporaryFolder(t), one, other)
      begun.length = 0
      t.equal((await fetch(`${url}${path}`, { method })).status, 502)
      t.same(begun, Array(times).fill(`${method} ${path}`))
    }
  }
)

t.test('the compose file opens nothing to the network, and holds no secret', async (t) => {
  const { services } = compose
  t.same(services.nginx.ports, ['127.0.0.1:3000:80'])
  for (const name of ['postern-1', 'postern-2', 'database']) t.equal(services[name].ports, undefined)
  const { environment } = services['postern-2']
  t.match(environment.POSTERN_STORAGE_KEY, /^\$\{POSTERN_STORAGE_KEY:\?/)
  t.match(environment.POSTERN_DATABASE_URL, /:\$\{POSTGRES_PASSWORD:\?[^}]*\}@/)
  t.equal(environment.POSTERN_TRUST_PROXY, services.nginx.networks.postern.ipv4_address)
  t.match(services['postern-1'], { read_only: true, cap_drop: ['ALL'], mem_limit: '1g' })
})
