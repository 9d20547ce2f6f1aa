import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import { call, serve, until } from './process.js'

const writers = 8
const statusOfDeletedUser = 403

/** What a writer knows of one user: what was acknowledged, and what was under way when the program was killed. */
interface Account {
  name: string
  pass: string
  revoked?: string
  deleted?: boolean
  unanswered?: 'password' | 'deletion'
}

/**
 * Kills the program with SIGKILL while eight clients write, starts it again, and checks that nothing that was answered
 * with success is lost. Returns the number of acknowledged changes.
 */
export async function killRounds(t: Test, folder: string, rounds: number): Promise<number> {
  const accounts: Account[] = []
  let acknowledged = 0

  async function changeUntilKilled(url: string, prefix: string): Promise<void> {
    for (let number = 0; ; number += 1) {
      const account: Account = { name: `${prefix}-${number}`, pass: 'first' }
      await expectStatus(201, call(`${url}/user`, 'POST', { user: account.name, pass: account.pass }))
      accounts.push(account)
      const signIn = async () =>
        (await call(`${url}/token`, 'GET', { user: account.name, pass: account.pass })).body
      const token = await signIn()
      if (number % 2 === 0) {
        const { body: refresh_token } = await call(`${url}/refresh_token`, 'GET', {}, token)
        await expectStatus(204, call(`${url}/refresh_token`, 'DELETE', { refresh_token }, token))
        account.revoked = refresh_token
      } else {
        account.unanswered = 'password'
        await expectStatus(200, call(`${url}/user`, 'PATCH', { pass: 'second' }, token))
        account.pass = 'second'
        delete account.unanswered
      }
      if (number % 3 === 0) {
        const current = await signIn()
        account.unanswered = 'deletion'
        await expectStatus(204, call(`${url}/user`, 'DELETE', {}, current))
        account.deleted = true
        delete account.unanswered
      }
    }
  }

  async function expectStatus(expected: number, reply: Promise<{ status: number }>): Promise<void> {
    const { status } = await reply
    if (status !== expected) t.fail(`answered ${status}, not ${expected}`)
    acknowledged += 1
  }

  for (let round = 0; round < rounds; round += 1) {
    const program = serve(t, folder, { POSTERN_LOG_LEVEL: 'error' })
    const url = await program.url()
    const before = acknowledged
    const clients = Array.from({ length: writers }, (_, writer) =>
      changeUntilKilled(url, `${round}-${writer}`).catch((error: Error) => {
        if (error.message !== 'fetch failed' && error.message !== 'terminated') throw error
      })
    )
    // However slow the machine is, the kill comes in the midst of the changes.
    await until(() => acknowledged > before)
    await after(100 + Math.random() * 400)
    program.child.kill('SIGKILL')
    await program.exit
    await Promise.all(clients)
  }

  const url = await serve(t, folder, { POSTERN_LOG_LEVEL: 'error' }).url()
  const lost: string[] = []
  for (const account of accounts)
    if (!(await isAsAcknowledged(url, account))) lost.push(JSON.stringify(account))
  t.same(lost, [], `${acknowledged} acknowledged changes in ${rounds} rounds`)
  return acknowledged
}

async function isAsAcknowledged(
  url: string,
  { name, pass, revoked, deleted, unanswered }: Account
): Promise<boolean> {
  const signIn = async (word: string) =>
    (await call(`${url}/token`, 'GET', { user: name, pass: word })).status
  const status = await signIn(pass)
  const isThere =
    status === (deleted ? statusOfDeletedUser : 200) ||
    (unanswered === 'deletion' && status === statusOfDeletedUser) ||
    (unanswered === 'password' && (await signIn('second')) === 200)
  if (revoked === undefined || !isThere) return isThere
  const { status: refreshed } = await call(`${url}/token`, 'GET', { user: revoked })
  return refreshed === 400 || refreshed === statusOfDeletedUser
}
