import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, type Program, serve } from '../support/process.js'

const logins = 500
const hashMemoryKib = 19_456
const spareKib = 64 * 1024

function residentKib({ child }: Program, kind: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(new RegExp(`^${kind}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
}

t.test(
  '500 logins at once are answered or told to come back, within the bound of memory, and checks go on',
  { skip: process.platform !== 'linux' && 'resident memory is read from /proc' },
  async (t) => {
    const program = serve(t, temporaryFolder(t), {
      POSTERN_HASH_MEMORY_KIB: String(hashMemoryKib),
      POSTERN_HASH_ITERATIONS: '2',
      POSTERN_LOG_LEVEL: 'error'
    })
    const url = await program.url()
    await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
    const { body: token } = await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })
    const idleKib = residentKib(program, 'VmRSS')

    const signIn = `${url}/token?${new URLSearchParams({ user: 'alice', pass: 'wonderland' })}`
    let answered = 0
    const answers = Array.from({ length: logins }, async () => {
      const response = await fetch(signIn)
      answered += 1
      await response.text()
      return response
    })
    const checks: number[] = []
    while (answered < logins) checks.push((await call(`${url}/check`, 'GET', { access_token: token })).status)
    t.ok(checks.length > 0, `${checks.length} checks meanwhile`)
    t.same([...new Set(checks)], [200])

    const responses = await Promise.all(answers)
    const refused = responses.filter(({ status }) => status === 503)
    t.equal(responses.filter(({ status }) => status === 200).length, logins - refused.length)
    t.ok(refused.length > 0 && refused.length < logins, `${refused.length} refused`)
    t.ok(refused.every(({ headers }) => headers.get('retry-after') === '1'))
    const bound = idleKib + availableParallelism() * hashMemoryKib + spareKib
    const peakKib = residentKib(program, 'VmHWM')
    t.ok(peakKib <= bound, `${peakKib} KiB of ${bound}`)
    t.equal((await fetch(signIn)).status, 200, 'afterwards all is as before')
    t.equal(program.stderr, '')
  }
)
