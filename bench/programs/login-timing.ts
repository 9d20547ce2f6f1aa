// Whether the time of a failed login tells if there is such a user, or if it has a second factor: pairs of a wrong password for one
// name and for another, in turn, judged by Mann and Whitney's test. Prints A, the chance that the first name takes longer, with its
// 95 % interval; that must lie within 0.42 to 0.58. Run by hand: `node build/bench/programs/login-timing.js`, on a quiet machine.
import { timeStep, totpCode } from '../../src/second-factor/totp.js'
import { openAccount, password, signUp, user } from '../load/account.js'
import { postForm, send } from '../load/request.js'
import { Workplace } from '../setup/workplace.js'

const pairs = 500
const warmUps = 20
const bounds = [0.42, 0.58] as const

const workplace = new Workplace()
try {
  const postern = await workplace.startPostern({
    environment: { POSTERN_LOGIN_MAX_FAILURES: '0', POSTERN_LOG_LEVEL: 'error' }
  })
  await openAccount(postern)
  await setUpFactor(postern.url, 'careful')
  await compare(postern.url, user, 'nobody')
  await compare(postern.url, 'careful', user)
} finally {
  await workplace.close()
}

async function compare(url: string, one: string, other: string): Promise<void> {
  const [these, those]: [number[], number[]] = [[], []]
  for (let pair = -warmUps; pair < pairs; pair += 1) {
    const times = [await time(url, one), await time(url, other)]
    if (pair >= 0) [these, those].forEach((samples, index) => void samples.push(times[index] ?? Number.NaN))
  }
  const share = chanceOfLonger(these, those)
  const margin = 1.96 * standardError(share, pairs)
  const [least, most] = [share - margin, share + margin]
  const verdict = least >= bounds[0] && most <= bounds[1] ? 'not told apart' : 'told apart'
  console.log(
    `${one}, ${other}: A = ${share.toFixed(3)}, 95 % interval ${least.toFixed(3)} to ${most.toFixed(3)}, N = ${pairs}: ${verdict}`
  )
}

/** Makes a user with a second factor. */
async function setUpFactor(url: string, name: string): Promise<void> {
  await send(url, signUp(name))
  const access_token = await send(url, postForm('/token', { user: name, pass: password }))
  const { secret } = JSON.parse(await send(url, postForm('/user/totp', { access_token })))
  const otp = totpCode(secret, timeStep(Date.now() / 1000))
  const reply = await fetch(`${url}/user/totp`, {
    method: 'PUT',
    body: new URLSearchParams({ access_token, otp })
  })
  if (!reply.ok) throw new Error(await reply.text())
}

async function time(url: string, name: string): Promise<number> {
  const start = performance.now()
  const response = await fetch(`${url}/token?${new URLSearchParams({ user: name, pass: 'wrong' })}`)
  await response.arrayBuffer()
  if (response.status !== 404) throw new Error(`${name}: ${response.status}`)
  return performance.now() - start
}

/** U of Mann and Whitney as a share of all pairs. */
function chanceOfLonger(these: readonly number[], those: readonly number[]): number {
  let longer = 0
  for (const one of these) for (const other of those) longer += one > other ? 1 : one === other ? 0.5 : 0
  return longer / (these.length * those.length)
}

/** Of such a share, of as many samples on both sides (Hanley and McNeil, 1982). */
function standardError(share: number, count: number): number {
  const first = share / (2 - share)
  const second = (2 * share ** 2) / (1 + share)
  const variance =
    share * (1 - share) + (count - 1) * (first - share ** 2) + (count - 1) * (second - share ** 2)
  return Math.sqrt(variance / count ** 2)
}
