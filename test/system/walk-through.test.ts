import { spawnSync } from 'node:child_process'
import t, { type Test } from 'tap'
import { docBlocks } from '../support/docs.js'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

const canRun = (command: string) => spawnSync(command, ['--version']).status === 0
const skip = canRun('bash') && canRun('curl') ? false : 'needs bash and curl'

interface Step {
  command: string
  /** The comment below it, which is the reply. */
  reply: string
}

/** The commands of a page that call the service at `$P`, each with the reply that the page shows. */
function readSteps(file: string): Step[] {
  const steps: Step[] = []
  for (const line of docBlocks(file, 'sh')
    .filter((block) => block.includes('$P'))
    .flatMap((block) => block.trimEnd().split('\n'))) {
    const [, comment] = /^# (.*)$/.exec(line) ?? []
    const last = steps.at(-1)
    if (comment === undefined) steps.push({ command: line, reply: '' })
    // A long line goes on, indented, on the next one.
    else if (last !== undefined) last.reply += comment.startsWith(' ') ? comment.trim() : `\n${comment}`
  }
  return steps
}

/** A pattern for this reply and all that differ from it in ids, times, keys, tokens or versions alone. */
function toPattern(reply: string): RegExp {
  const source = reply
    .trim()
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/eyJ\w+…/g, '[\\w-]+\\.[\\w-]+\\.[\\w-]+')
    .replace(/\w[\w+/]{63}/g, '[\\w+/]{64}')
    .replace(/"[\da-f]{32}"/g, '"[\\da-f]{32}"')
    .replace(/\d{10}/g, '\\d{10}')
    .replace(/\d+(?:\\\.\d+){2}/g, '\\d+\\.\\d+\\.\\d+')
    .replace(/^(HTTP.*)\n/, '$1\\r\\n[^]*\n')
    .replaceAll(/ ?…/g, '[^]*')
  return new RegExp(`^${source}`)
}

function runSteps(t: Test, steps: Step[], environment: Record<string, string>): void {
  const end = '\n---end of a step---\n'
  const script = steps.map(({ command }) => `${command}\nprintf '${end.replaceAll('\n', '\\n')}'`).join('\n')
  const { PATH } = process.env
  const { stdout } = spawnSync('bash', ['-c', script], { env: { PATH, ...environment }, encoding: 'utf8' })
  const replies = stdout.split(end)
  for (const [index, { command, reply }] of steps.entries()) {
    t.match(replies[index], toPattern(reply), `${command}: ${JSON.stringify(replies[index])}`)
    t.match(replies[index], /^$|\n$/, `${command}: the prompt stands on a new line`)
  }
}

for (const file of ['README.md', 'docs/api/walk-through.md']) {
  t.test(`each call of ${file} is answered as it says there`, { skip }, async (t) => {
    const url = await serve(t, temporaryFolder(t)).url()
    const steps = readSteps(file).map(({ command, reply }) => ({
      command: command.replace('http://127.0.0.1:3000', url),
      reply
    }))
    t.ok(steps.length > 4)
    runSteps(t, steps, {})
    const { status } = await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })
    t.equal(status, 200, 'the user of all other examples is still there')
  })
}

for (const file of ['docs/api/arguments.md', 'docs/api/oauth.md']) {
  t.test(`each call of ${file} is answered as it says there`, { skip }, async (t) => {
    const url = await serve(t, temporaryFolder(t)).url()
    const alice = { user: 'alice', pass: 'wonderland' }
    await call(`${url}/user`, 'POST', alice)
    const token = (await call(`${url}/token`, 'GET', alice)).body
    const grant = { grant_type: 'password', username: 'alice', password: 'wonderland' }
    const options = { method: 'POST', body: new URLSearchParams(grant) }
    const granted = (await (await fetch(`${url}/oauth/token`, options)).json()) as { refresh_token: string }
    const steps = readSteps(file).map(({ command, reply }) => ({
      command: command.replace(/eyJ\w+…/, granted.refresh_token),
      reply: reply === '' && file.endsWith('arguments.md') ? 'eyJhbGciOi…' : reply
    }))
    t.ok(steps.length >= 4)
    runSteps(t, steps, { P: url, TOKEN: token })
  })
}
