import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

t.test('R3: files that were edited by hand are refused until postern data accept takes them', async (t) => {
  const folder = temporaryFolder(t)
  const accept = async (environment: Environment = {}) => {
    const program = new Program(t, ['data', 'accept'], environment, folder)
    return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
  }
  t.match(await accept(), { code: 2, stdout: '', stderr: /^postern: there is no data folder [^\n]+\n$/ })
  t.match(await accept({ POSTERN_STORE: 'memory' }), { code: 2, stderr: /keeps no files/ })

  const service = serve(t, folder)
  const url = await service.url()
  await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
  t.match(await accept(), { code: 4, stderr: /is in use by another process/ }, 'the service runs')
  service.child.kill('SIGTERM')
  t.equal(await service.exit, 0)
  const asWritten = 'users.json: as it was written\nkeys.json: as it was written\n'
  t.match(await accept(), { code: 0, stdout: asWritten, stderr: '' })

  const path = join(folder, 'data/users.json')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('"alice"', '"alicia"'))
  const refused = serve(t, folder)
  t.equal(await refused.exit, 3)
  t.match(
    refused.stderr,
    /\npostern: \S+users\.json is damaged: its checksum is not [^\n]*`postern data accept`[^\n]*\n$/
  )
  t.match(await accept(), {
    code: 0,
    stdout: 'users.json: taken as it is, with a new checksum\nkeys.json: as it was written\n'
  })
  const again = serve(t, folder)
  const signIn = await call(`${await again.url()}/token`, 'GET', { user: 'alicia', pass: 'wonderland' })
  t.equal(signIn.status, 200)
  again.child.kill('SIGTERM')
  await again.exit

  for (const [edited, message] of [
    [text.replace('"state":"active"', '"state":"yes"'), /users\.json is damaged: \/users\/0\/state/],
    [text.replace('"version": 5', '"version": 6'), /written by a newer Postern \(format 6, this reads 5\)/]
  ] as const) {
    writeFileSync(path, edited)
    t.match(await accept(), { code: 3, stdout: '', stderr: message })
    t.equal(readFileSync(path, 'utf8'), edited)
  }
})
