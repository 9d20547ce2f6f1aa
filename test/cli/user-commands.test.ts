import { join } from 'node:path'
import t from 'tap'
import { cheap, temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

t.test('user add --generate prints a new password alone, which works', async (t) => {
  const folder = temporaryFolder(t)
  const settings = { ...cheap, POSTERN_STORE: 'file', POSTERN_LOG_LEVEL: 'silent' }
  const generate = async (name: string, length = '1') => {
    const environment = { ...settings, POSTERN_PASSWORD_MIN_LENGTH: length }
    const program = new Program(t, ['user', 'add', name, '--generate'], environment, folder)
    t.equal(await program.exit, 0)
    t.equal(program.stderr, `The user ${name} was made in ${join(folder, 'data')}.\n`)
    return program.stdout
  }
  const passwords = [await generate('alice'), await generate('bob'), await generate('carol', '1024')]
  t.match(passwords, [/^[\w-]{20}\n$/, /^[\w-]{20}\n$/, /^[\w-]{1024}\n$/])
  t.equal(new Set(passwords).size, 3)
  const url = await serve(t, folder).url()
  for (const [index, user] of ['alice', 'bob'].entries()) {
    const pass = passwords[index]?.trimEnd() ?? ''
    t.equal((await call(`${url}/token`, 'GET', { user, pass })).status, 200)
  }
})
