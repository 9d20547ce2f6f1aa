import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../support/dockerfile.js'
import { temporaryFolder } from '../support/helper.js'
import { call, run, serve } from '../support/process.js'

const filter = join(root, 'packaging/fail2ban/filter.d/postern.conf')
const skip = spawnSync('fail2ban-regex', ['--version']).status === 0 ? false : 'needs fail2ban'

/** The addresses that the filter finds in these lines, each with its time, in milliseconds. */
function find(folder: string, lines: string[]): { address: string; time: number }[] {
  const file = join(folder, 'lines.log')
  writeFileSync(file, `${lines.join('\n')}\n`)
  const { stdout } = run(['fail2ban-regex', '--out', '<ip> <time>', file, filter], folder)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map(([address = '', time]) => ({ address, time: Number(time) * 1000 }))
}

t.test(
  'fail2ban finds failed logins, their addresses and dates, in the log and in the journal',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t)
    const settings = {
      POSTERN_LOGIN_MAX_FAILURES: '2',
      POSTERN_LOG_LEVEL: 'info',
      POSTERN_TRUST_PROXY: 'true'
    }
    const program = serve(t, folder, settings)
    const url = await program.url()
    const before = Date.now()
    const signIn = (user: string, pass: string, address: string) =>
      fetch(`${url}/token?${new URLSearchParams({ user, pass })}`, {
        headers: { 'x-forwarded-for': address }
      })
    await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
    await signIn('alice', 'wonderland', '203.0.113.7')
    // A name that would pass for a line about somebody else.
    await signIn('","audit":"login_failed","address":"198.51.100.1","user":"', 'x', '203.0.113.8')
    for (const _ of [1, 2, 3]) await signIn('alice', 'looking-glass', '203.0.113.9')
    await signIn('alice', 'looking-glass', '2001:db8::1')
    program.child.kill()
    await program.exit

    const lines = program.stderr.split('\n').filter((line) => line.startsWith('{'))
    const expected = ['203.0.113.8', '203.0.113.9', '203.0.113.9', '203.0.113.9', '2001:db8::1']
    for (const prefix of [
      '',
      'box node[4711]: ',
      'Nov  6 05:15:01 box node[4711]: ',
      '2026-11-26T05:15:01+00:00 box node[4711]: '
    ]) {
      const found = find(
        folder,
        lines.map((line) => prefix + line)
      )
      t.same(
        found.map(({ address }) => address),
        expected,
        prefix
      )
      for (const { time } of found) t.ok(time >= before && time <= Date.now(), `${prefix}${time}`)
    }
  }
)

t.test('the jail is that of the filter, and the journal that of the unit', (t) => {
  const jail = readFileSync(join(root, 'packaging/fail2ban/jail.d/postern.conf'), 'utf8')
  t.match(jail, /^\[postern\]$/m)
  t.match(readFileSync(filter, 'utf8'), /^journalmatch = _SYSTEMD_UNIT=postern\.service$/m)
  t.end()
})
