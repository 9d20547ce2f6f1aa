import t from 'tap'
import { docBlocks } from '../support/docs.js'
import { cheap, temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

/** The arguments of a line as a shell takes them apart. */
function wordsOf(line: string): string[] {
  return (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''))
}

t.test('every command of the page on accounts works while the service runs', async (t) => {
  const folder = temporaryFolder(t)
  const settings = { ...cheap, POSTERN_STORE: 'file', POSTERN_LOG_LEVEL: 'error' }
  const url = await serve(t, folder, { POSTERN_REGISTRATION: 'closed' }).url()
  const run = async (args: string[]) => {
    const program = new Program(t, args, settings, folder)
    program.child.stdin.end('wonderland')
    t.equal(await program.exit, 0, `${args.join(' ')}: ${program.stderr}`)
    return program.stdout
  }
  const signIn = async (password: string) => {
    const form = { grant_type: 'password', username: 'alice', password }
    return (await call(`${url}/oauth/token`, 'POST', form)).status
  }
  const spend = async (link: string, user: Record<string, string> = {}) =>
    (await call(url + new URL(link.trim()).pathname, 'POST', { pass: 'a new long password', ...user })).status

  const lines = docBlocks('docs/operate/accounts.md', 'sh').flatMap((block) => block.trim().split('\n'))
  t.ok(lines.length > 15)
  let link = ''
  let session = ''
  for (const line of lines) {
    const [program, ...args] = wordsOf(line)
    if (program === 'curl') {
      t.equal(await spend(link), 200, 'the link works as the page says')
      t.equal(await spend(link), 410, 'and once')
      t.equal(await signIn('a new long password'), 200)
      continue
    }
    const printed = await run(args.map((word) => (word === 'ID' ? session : word)))
    if (args[1] === 'link') link = printed
    if (args[1] === 'sessions') [session = ''] = printed.split('\t')
    if (args[0] === 'invite' && args.includes('--user')) t.equal(await spend(printed), 201)
  }
})
