import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, run, serve, until } from '../support/process.js'

const notLinux = process.platform === 'linux' ? false : 'locks by a file'

/** Starts `postern serve` by a command, or by another Node, on the folder that another one may own. */
async function startSecond(
  t: Test,
  folder: string,
  options: { under?: string[]; node?: string } = {},
  data = './data'
) {
  const second = serve(t, folder, { POSTERN_DATA_DIR: data, POSTERN_LOG_LEVEL: 'silent' }, options)
  const outcome = await second.url().catch(() => second.exit)
  return { outcome, stderr: second.stderr }
}

const refused = { outcome: 4, stderr: /^postern: the data folder \S+ is in use by another process[^\n]+\n$/ }

t.test(
  'H4: of eight processes that contend for a folder, and are killed, never two own it',
  { skip: notLinux },
  async (t) => {
    const folder = join(temporaryFolder(t), 'data')
    mkdirSync(folder)
    const script = join(import.meta.dirname, '../support/lock-contender.js')
    let isOver = false
    let output = ''
    const contend = async () => {
      for (let isFirst = true; isFirst || !isOver; isFirst = false) {
        const child = spawn(process.execPath, [script, folder, `${folder}-marker`], {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: {}
        })
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
        const stop = setInterval(() => isOver && child.kill('SIGKILL'), 50)
        await once(child, 'close')
        clearInterval(stop)
      }
    }
    const all = Promise.all(Array.from({ length: 8 }, contend))
    await after(8_000)
    await until(() => output.split('\n').length > 101)
    // Before the end, which kills some of them while the file of an owner is there.
    const turns = output.trim().split('\n')
    isOver = true
    await all
    t.notOk(turns.includes('two'))
    t.comment(`${turns.length} turns`)
  }
)

t.test('H4: of ten services that start at once on a folder of a killed one, one serves', async (t) => {
  const folder = temporaryFolder(t)
  for (let round = 0; round < 3; round += 1) {
    const programs = Array.from({ length: 10 }, () => serve(t, folder, { POSTERN_LOG_LEVEL: 'silent' }))
    const outcomes = await Promise.all(programs.map((program) => program.url().catch(() => program.exit)))
    const urls = outcomes.filter((outcome) => typeof outcome === 'string')
    t.equal(urls.length, 1)
    t.same(
      outcomes.filter((outcome) => outcome !== urls[0]),
      Array(9).fill(4)
    )
    t.equal((await call(`${urls[0]}/user`, 'POST', { user: `user ${round}`, pass: 'x' })).status, 201)
    const owner = programs[outcomes.indexOf(String(urls[0]))] as Program
    owner.child.kill('SIGKILL')
    await owner.exit
    t.equal(readdirSync(join(folder, 'data')).filter((name) => name.includes('owner')).length, 2)
  }
})

for (const other of ['22', '24'].filter((version) => !process.version.startsWith(`v${version}.`))) {
  const node = `node@${other}`
  const has = run(['npx', '-y', node, '-v'], '/', { HOME: process.env.HOME })
  const skip = notLinux || (has.status === 0 ? false : `needs ${node}`)
  t.test(`H4: this version of Node and ${node} see each other's lock`, { skip }, async (t) => {
    const { stdout } = run(['npx', '-y', node, '-p', 'process.execPath'], '/', { HOME: process.env.HOME })
    const folder = temporaryFolder(t)
    const first = serve(t, folder, { POSTERN_LOG_LEVEL: 'silent' })
    await first.url()
    const asOther = { node: stdout.trim() }
    t.match(await startSecond(t, folder, asOther), refused)
    first.child.kill('SIGKILL')
    await first.exit
    const second = serve(t, folder, { POSTERN_LOG_LEVEL: 'silent' }, asOther)
    await second.url()
    t.match(await startSecond(t, folder), refused)
  })
}

const noNamespaces =
  notLinux || (spawnSync('unshare', ['--net', 'true']).status === 0 ? false : 'needs unshare, and root')

t.test('H4: a process in another network namespace sees the lock', { skip: noNamespaces }, async (t) => {
  const folder = temporaryFolder(t)
  const first = serve(t, folder, {}, { under: ['unshare', '--net'] })
  await first.url()
  t.match(await startSecond(t, folder), refused)
  process.kill(-(first.child.pid as number), 'SIGKILL')
  await first.exit
  await serve(t, folder).url()
  t.match(await startSecond(t, folder, { under: ['unshare', '--net'] }), refused)
})

t.test(
  'H4: a process that sees the folder by a bind mount sees the lock',
  { skip: noNamespaces },
  async (t) => {
    const folder = realpathSync(temporaryFolder(t))
    mkdirSync(join(folder, 'data'))
    mkdirSync(join(folder, 'mounted'))
    await serve(t, folder).url()
    const script = 'mount --bind data mounted && exec "$@"'
    const under = ['unshare', '--mount', 'sh', '-c', script, 'sh']
    t.match(await startSecond(t, folder, { under }, './mounted'), refused)
  }
)

t.test(
  'H4: without its socket, a user cannot be added beside a service in another network namespace',
  { skip: noNamespaces },
  async (t) => {
    const folder = temporaryFolder(t)
    await serve(t, folder).url()
    const add = new Program(
      t,
      ['user', 'add', 'alice'],
      { POSTERN_SOCKET: 'off', POSTERN_LOG_LEVEL: 'silent' },
      folder,
      {
        under: ['unshare', '--net']
      }
    )
    add.child.stdin.end('x')
    t.equal(await add.exit, 4)
  }
)
