import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { storedNames, temporaryFolder } from '../support/helper.js'
import { call, type Program, serve } from '../support/process.js'

const pass = 'wonderland'
const names = ['alice', 'bob']

/** A folder with a data folder in it, which two users have been stored in, and what its files hold. */
async function storeUsers(t: Test, signal: NodeJS.Signals) {
  const folder = temporaryFolder(t)
  const program = serve(t, folder)
  const url = await program.url()
  for (const user of names) await call(`${url}/user`, 'POST', { user, pass })
  program.child.kill(signal)
  await program.exit
  return { folder, data: join(folder, 'data') }
}

/** The address that the program serves at, or the exit code of one that does not. */
function outcome(program: Program): Promise<string | number | null> {
  return program.url().catch(() => program.exit)
}

function contents(data: string): Record<string, string> {
  return Object.fromEntries(storedNames(data).map((name) => [name, readFileSync(join(data, name), 'latin1')]))
}

const damages: Record<string, (content: string) => string> = {
  empty: () => '',
  'an opening brace': () => '{',
  'an array': () => '[]',
  null: () => 'null',
  'cut short': (content) => content.slice(0, content.length / 3),
  'of another shape': () => '{"version":2,"users":{},"keys":{}}'
}

for (const [file, signal] of [
  ['users.json', 'SIGTERM'],
  ['keys.json', 'SIGTERM'],
  ['users.1.journal', 'SIGKILL']
] as const) {
  t.test(`a damaged ${file} ends every start with 3, and nothing in the folder is touched`, async (t) => {
    const { folder, data } = await storeUsers(t, signal)
    const whole = readFileSync(join(data, file), 'utf8')
    for (const [kind, damage] of Object.entries(damages)) {
      // A journal is read line by line, and one without a whole line was never acknowledged: the damage stands in its first.
      const content = file.endsWith('.journal') ? `${damage(whole)}\n${whole}` : damage(whole)
      writeFileSync(join(data, file), content)
      const before = contents(data)
      for (const start of ['first', 'second']) {
        const program = serve(t, folder, { POSTERN_LOG_LEVEL: 'silent' })
        t.equal(await outcome(program), 3, `${kind}, ${start} start`)
        t.match(program.stderr, new RegExp(`^postern: \\S+${file} is damaged: [^\n]+\n$`))
        t.notMatch(program.stderr, /argon2id|alice/)
        t.equal(program.stdout, '')
        t.same(contents(data), before)
      }
    }

    writeFileSync(join(data, file), whole)
    const url = await serve(t, folder).url()
    for (const user of names) t.equal((await call(`${url}/token`, 'GET', { user, pass })).status, 200)
  })
}

t.test('temporary files that were left behind are neither read nor kept', async (t) => {
  const { folder, data } = await storeUsers(t, 'SIGKILL')
  const snapshot = '{"version":2,"seq":9,"users":[],"revokedTokens":[]}'
  for (const name of [
    '.users.json.tmp',
    '.keys.json.tmp',
    'users.json.tmp',
    'keys.json.tmp',
    '.writable.tmp'
  ])
    writeFileSync(join(data, name), snapshot)
  const program = serve(t, folder)
  const url = await program.url()
  for (const user of names) t.equal((await call(`${url}/token`, 'GET', { user, pass })).status, 200)
  program.child.kill('SIGTERM')
  t.equal(await program.exit, 0)
  t.same(storedNames(data), ['keys.json', 'users.json'])
})

t.test(
  'of processes that start on one folder at the same moment one serves, and the others end with 4',
  async (t) => {
    const folder = temporaryFolder(t)
    mkdirSync(join(folder, 'data'))
    const programs = Array.from({ length: 5 }, () => serve(t, folder, { POSTERN_LOG_LEVEL: 'silent' }))
    const outcomes = await Promise.all(programs.map(outcome))
    const urls = outcomes.filter((result) => typeof result === 'string')
    t.equal(urls.length, 1)
    t.same(
      outcomes.filter((result) => result !== urls[0]),
      [4, 4, 4, 4]
    )
    t.equal((await call(`${urls[0]}/user`, 'POST', { user: 'alice', pass })).status, 201)
  }
)
