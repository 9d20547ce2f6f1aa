import { renameSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createOutage } from '../../src/monitoring/outage.js'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

t.test('an outage is told once for each reason, and its end tells how often it was met', (t) => {
  const outage = createOutage()
  const full = () => new Error('refused', { cause: Object.assign(new Error('no space'), { code: 'ENOSPC' }) })
  t.equal(outage.end(), 0)
  t.same([outage.begin(full()), outage.begin(full()), outage.begin(new Error('hangs'))], [true, false, true])
  t.equal(outage.begin(full()), true)
  t.equal(outage.end(), 4)
  t.equal(outage.begin(full()), true)
  t.end()
})

t.test('a disk that fails is one line in the log, and another once it works', async (t) => {
  const folder = temporaryFolder(t)
  const program = serve(t, folder, { POSTERN_LOG_LEVEL: 'warn' })
  const url = await program.url()
  const signUp = async (user: string) =>
    (await call(`${url}/user`, 'POST', { user, pass: 'wonderland' })).status
  t.equal(await signUp('alice'), 201)
  // The start warns, too, and its lines may come later than its address. The keys, which are read each second, have lines of their own.
  const begunAt = Date.now()
  renameSync(join(folder, 'data'), join(folder, 'gone'))
  for (const user of ['bob', 'carol', 'dave']) t.equal(await signUp(user), 503)
  t.equal((await call(`${url}/health/ready`, 'GET', {})).status, 503)
  const lines = () =>
    program.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ time, msg }) => time >= begunAt && !msg.startsWith('the keys'))
  await program.logged('the request failed')
  t.match(lines(), [{ msg: 'the request failed', err: { type: 'Refusal' } }])
  t.equal(lines().length, 1)
  renameSync(join(folder, 'gone'), join(folder, 'data'))
  while ((await signUp('erin')) === 503);
  await program.logged('changes are stored again')
  t.equal(lines().length, 2)
  t.ok(lines()[1].failures >= 4)
})
