import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { storedNames, temporaryFolder } from '../../support/helper.js'
import { call, Program, serve } from '../../support/process.js'

const written = join(import.meta.dirname, '../../../../test/store/file')
const refreshTokens = JSON.parse(readFileSync(join(written, 'refresh-tokens.json'), 'utf8'))

/** A folder to serve from, with a copy of this data folder, which a release has really written. */
function copyOf(t: Test, kind: string): string {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  for (const name of readdirSync(join(written, kind))) {
    cpSync(join(written, kind, name), join(folder, 'data', name))
  }
  return folder
}

const signIn = (url: string, user: string, pass: string) => call(`${url}/token`, 'GET', { user, pass })

for (const kind of ['format-1', '0.2.0/stopped', '0.2.0/killed', '0.5.0/stopped', '0.5.0/killed']) {
  t.test(`a service goes on with a data folder of ${kind}`, async (t) => {
    const folder = copyOf(t, kind)
    const service = serve(t, folder)
    const url = await service.url()
    t.equal((await signIn(url, 'alice', 'wonderland')).status, 200)
    t.equal((await signIn(url, 'alice', 'cheshire')).status, 404, 'the password was changed')
    t.equal((await signIn(url, 'bob', 'builder')).status, 403, 'bob was deleted')
    // Format 1 had no records of refresh tokens: those end.
    const refreshed = await call(`${url}/token`, 'GET', { user: refreshTokens[kind] })
    t.equal(refreshed.status, kind === 'format-1' ? 400 : 200)
    t.equal((await call(`${url}/user`, 'POST', { user: 'carol', pass: 'christmas' })).status, 201)
    service.child.kill('SIGTERM')
    t.equal(await service.exit, 0)
    t.match(readFileSync(join(folder, 'data/users.json'), 'utf8'), /^\{\n"version": 5,/)
    t.match(readFileSync(join(folder, 'data/keys.json'), 'utf8'), /^\{\n"version": 5,/)

    const again = serve(t, folder)
    for (const [user, pass] of [
      ['alice', 'wonderland'],
      ['carol', 'christmas']
    ] as const)
      t.equal((await signIn(await again.url(), user, pass)).status, 200)
  })
}

/** All files of a folder with their bytes. */
function contentOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    storedNames(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')])
  )
}

const version = /("version": ?)[345]/
const addUser = ['user', 'add', 'dave']
for (const [file, kind, commands] of [
  ['users.json', '0.2.0/stopped', [addUser, ['data', 'accept']]],
  ['keys.json', '0.2.0/stopped', [addUser, ['keys', 'list'], ['data', 'accept']]],
  ['users.1.journal', '0.2.0/killed', [addUser]]
] as const) {
  t.test(`going back: a command that meets ${file} of a newer format ends with 3 and changes nothing`, async (t) => {
    const folder = copyOf(t, kind)
    const data = join(folder, 'data')
    const path = join(data, file)
    const former = readFileSync(path, 'utf8')
    const newer = former.replace(version, '$16')
    t.not(newer, former)
    writeFileSync(path, newer)
    const before = contentOf(data)
    const told = `${file} was written by a newer Postern (format 6, this reads 5). It was left as it is`
    const service = serve(t, folder)
    t.equal(await service.exit, 3)
    t.ok(service.stderr.includes(told), service.stderr)
    t.notMatch(service.stderr, /damaged|move it/)
    t.equal(service.stdout, '')
    for (const command of commands) {
      const program = new Program(t, [...command], {}, folder)
      program.child.stdin.end('pass\n')
      t.equal(await program.exit, 3, command.join(' '))
      t.ok(program.stderr.includes(told), program.stderr)
    }
    t.same(contentOf(data), before)
  })
}
