import { execFileSync } from 'node:child_process'
import t from 'tap'
import { timeStep, totpCode } from '../../src/second-factor/totp.js'
import { bearer, send, signUp, startService } from '../support/helper.js'

function hasOathtool(): boolean {
  try {
    execFileSync('oathtool', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The code of another program than ours, at this time in seconds. */
function oathtool(secret: string, time: number): string {
  const now = new Date(time * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, ' UTC')
    .replace('T', ' ')
  return execFileSync('oathtool', ['--totp', '--base32', `--now=${now}`, secret], { encoding: 'utf8' }).trim()
}

t.test(
  'the codes of oathtool sign in',
  { skip: !hasOathtool() && 'oathtool is not installed' },
  async (t) => {
    const { app, clock } = await startService(t)
    const headers = bearer(await signUp(app))
    const { secret } = (await send(app, 'POST', '/user/totp', {}, { headers })).json()
    const now = () => clock() / 1000
    const set = await send(app, 'PUT', '/user/totp', { otp: oathtool(secret, now()) }, { headers })
    t.equal(set.statusCode, 200)
    for (let step = 0; step < 20; step += 1) {
      clock.advance(30)
      const otp = oathtool(secret, now())
      t.equal(otp, totpCode(secret, timeStep(now())))
      const signedIn = await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland', otp })
      t.equal(signedIn.statusCode, 200)
    }
  }
)
