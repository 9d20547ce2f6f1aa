import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cheap, temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'
import { noTerminal, onTerminal, screen, shown } from '../support/terminal.js'

const skip = noTerminal
const settings = { ...cheap, POSTERN_STORE: 'file', POSTERN_PORT: '0', POSTERN_LOG_LEVEL: 'info' }

t.test('a start on a terminal tells what serves there, without a secret', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const secret = 'a-secret-of-32-characters-for-HS'
  const environment = {
    ...settings,
    POSTERN_ALGORITHM: 'HS256',
    POSTERN_SIGNING_KEY: secret,
    POSTERN_ISSUER: 'a\u001b[2Jb'
  }
  const first = onTerminal(t, ['serve'], environment, folder)
  await shown(first, /settings .*\n/)
  const [url = ''] = /http:\S+/.exec(screen(first)) ?? []
  t.match(screen(first), `Postern is listening on ${url}\n`)
  t.match(screen(first), `sign-in       ${url}/sign-in\n`)
  t.match(screen(first), `docs          ${url}/docs\n`)
  t.match(screen(first), /data {10}\S+\/data, made just now; 0 users\n/)
  t.match(screen(first), /registration {2}open: everybody can sign up\n/)
  t.match(
    screen(first),
    /settings .*POSTERN_PORT=0, .*POSTERN_SIGNING_KEY \(set\), .*POSTERN_ISSUER=a\\u\{1b\}\[2Jb/
  )
  t.match(screen(first), /^\d\d:\d\d:\d\d warning the data folder \S+ was made/m)
  t.notMatch(screen(first), secret)
  t.notMatch(first.stdout, '\u001b[2J')
  t.match(first.stdout, '\u001b[1m', 'the terminal has colours')
  await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
  await shown(first, /^\d\d:\d\d:\d\d POST \/user 201 .* alice$/m)
  first.child.stdin.write('\u0003')
  t.equal(await first.exit, 0)
  t.match(screen(first), /the service has ended by SIGINT/)

  const second = onTerminal(t, ['serve'], { ...settings, NO_COLOR: '1', POSTERN_DOCS: 'off' }, folder)
  await shown(second, /settings .*\n/)
  t.match(screen(second), /data {10}\S+\/data, opened; 1 user\n/)
  t.match(screen(second), /docs {10}off\n/)
  t.notMatch(second.stdout, '\u001b')
})

t.test('a terminal that is hung up ends the service, with a line in the log', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const log = join(folder, 'log')
  const program = onTerminal(t, ['serve'], settings, folder, log)
  await shown(program, /settings .*\n/)
  program.child.stdin.end()
  t.equal(await program.exit, 0)
  const lines = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(lines.at(-1), { signal: 'SIGHUP', ms: Number, msg: 'the service has ended by SIGHUP' })
})

t.test('an import shows its progress, and leaves its report alone on the screen', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const lines = Array.from({ length: 1200 }, (_, index) => `{"user":"user-${index}"}\n`)
  writeFileSync(join(folder, 'users'), lines.join(''))
  const args = ['user', 'import', 'users', '--from', 'postern']
  const program = onTerminal(t, args, settings, folder)
  t.equal(await program.exit, 0)
  t.match(screen(program), /0 of 1200/)
  t.ok(screen(program).endsWith('1200 made, 0 updated, 0 skipped, 0 refused.\n'))
  const log = join(folder, 'log')
  const quiet = onTerminal(t, [...args, '--on-conflict', 'skip'], settings, folder, log)
  t.equal(await quiet.exit, 0)
  t.notMatch(readFileSync(log, 'utf8'), 'of 1200', 'nothing of it where nobody looks')
  t.equal(screen(quiet), '0 made, 0 updated, 1200 skipped, 0 refused.\n')
})

t.test('user add asks twice for a password, and shows none of it', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const add = async (first: string, second: string) => {
    const program = onTerminal(t, ['user', 'add', 'alice'], settings, folder)
    await shown(program, 'Password of alice: ')
    program.child.stdin.write(first)
    await shown(program, 'Once more: ')
    program.child.stdin.write(second)
    return { code: await program.exit, screen: screen(program), raw: program.stdout }
  }
  const differing = await add('wonderland\r', 'wunderland\r')
  t.match(differing, { code: 2, screen: /postern: the two passwords differ: no user was made\n$/ })
  // With a slip that is taken back, and a letter of two bytes.
  const made = await add('wonderlä\u007fand\r', 'wonderland\r')
  t.match(made, { code: 0, screen: /The user alice was made in \S+\/data\.\n$/ })
  for (const { raw } of [differing, made]) t.notMatch(raw, /w.nder|ä|land/)
  const url = await serve(t, folder).url()
  t.equal((await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })).status, 200)
})

t.test('Ctrl-C, the end of input and a hang-up at the question make no user', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const ask = async () => {
    const program = onTerminal(t, ['user', 'add', 'alice'], settings, folder)
    await shown(program, 'Password of alice: ')
    return program
  }
  const interrupted = await ask()
  interrupted.child.stdin.write('\u0003')
  t.equal(await interrupted.exit, 130)
  const ended = await ask()
  ended.child.stdin.write('\u0004')
  t.equal(await ended.exit, 2)
  t.match(screen(ended), /postern: the terminal has no password/)
  const hungUp = await ask()
  hungUp.child.stdin.end()
  t.not(await hungUp.exit, 0)
  t.notOk(existsSync(join(folder, 'data')))
})

t.test('a purge asks on a terminal, and anything but yes changes nothing', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const quiet = { ...settings, POSTERN_LOG_LEVEL: 'error' }
  const generated = new Program(t, ['user', 'add', 'alice', '--generate'], quiet, folder)
  t.equal(await generated.exit, 0)
  const purge = async (answer: string, ...options: string[]) => {
    const program = onTerminal(t, ['user', 'purge', 'alice', ...options], quiet, folder)
    if (answer !== '') {
      await shown(program, /Remove all of the user alice, for good\? The name stays reserved\. \[y\/N\] $/)
      program.child.stdin.write(answer)
    }
    return { code: await program.exit, screen: screen(program) }
  }
  for (const answer of ['\r', 'no\r', 'yess\r', '\u0004']) {
    t.match(
      await purge(answer),
      { code: 1, screen: /postern: nothing was changed\n$/ },
      JSON.stringify(answer)
    )
  }
  t.equal((await purge('\u0003')).code, 130)
  t.match(await purge('', '--yes'), { code: 0, screen: /The user alice is purged\.\n$/ })
  const again = new Program(t, ['user', 'add', 'bob', '--generate'], quiet, folder)
  t.equal(await again.exit, 0)
  const bob = onTerminal(t, ['user', 'delete', 'bob'], quiet, folder)
  await shown(bob, /Delete the user bob\?/)
  bob.child.stdin.write('y\r')
  t.match({ code: await bob.exit, screen: screen(bob) }, { code: 0, screen: /The user bob is deleted\.\n$/ })
})

t.test('a list on a terminal is a table, and no value drives it', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const quiet = { ...settings, POSTERN_LOG_LEVEL: 'error' }
  const name = 'a\u202eb'
  const add = new Program(t, ['user', 'add', 'alice', '--generate', '--display-name', name], quiet, folder)
  t.equal(await add.exit, 0, add.stderr)
  const list = onTerminal(t, ['user', 'list'], quiet, folder)
  t.equal(await list.exit, 0)
  const show = onTerminal(t, ['user', 'show', 'alice'], quiet, folder)
  t.equal(await show.exit, 0)
  t.match(screen(show), /^display_name +a\\u\{202e\}b$/m)
  t.match(screen(list), /^User +uid +State .*\nalice +[0-9a-f]{32} +active/)
})
