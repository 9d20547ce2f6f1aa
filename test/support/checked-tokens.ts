import { call } from './process.js'

/** An access token that somebody else has ended, or may end. */
export interface CheckedToken {
  readonly text: string
  /** Ends it, and all others of its account; resolves with the time of the acknowledgement, of `performance.now()`. */
  end(): Promise<number>
}

let accounts = 0

/** Makes an account on this instance, with a token that the instance can end. */
export async function createCheckedToken(url: string): Promise<CheckedToken> {
  accounts += 1
  const [user, pass] = [`checked-${accounts}`, 'wonderland']
  await expectStatus(201, call(`${url}/user`, 'POST', { user, pass }))
  const signIn = async () => (await expectStatus(200, call(`${url}/token`, 'GET', { user, pass }))).body
  const [text, ender] = [await signIn(), await signIn()]
  return {
    text,
    async end() {
      await expectStatus(204, call(`${url}/refresh_tokens`, 'DELETE', {}, ender))
      return performance.now()
    }
  }
}

/** The status of a check, when it was sent and when it was answered, of `performance.now()`. */
export interface Check {
  readonly status: number
  readonly sent: number
  readonly received: number
}

/** Checks a token on an instance. */
export async function check(url: string, { text }: CheckedToken): Promise<Check> {
  const sent = performance.now()
  const { status } = await call(`${url}/check`, 'GET', { access_token: text })
  return { status, sent, received: performance.now() }
}

/** Checks a token, again and again, until the answer is this one. Returns all others, with the last one at the end. */
export async function checkUntil(url: string, token: CheckedToken, status: number): Promise<Check[]> {
  const checks: Check[] = []
  for (;;) {
    const last = await check(url, token)
    checks.push(last)
    if (last.status === status) return checks
  }
}

async function expectStatus<Reply extends { status: number; body: string }>(
  expected: number,
  reply: Promise<Reply>
): Promise<Reply> {
  const got = await reply
  if (got.status !== expected) throw new Error(`answered ${got.status}, not ${expected}: ${got.body}`)
  return got
}
