import { setTimeout as after } from 'node:timers/promises'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import t from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

const requestsPerSecond = 200

t.test(
  'a rotation under 200 requests a second loses none, and no verifier that fetches by kid fails',
  async (t) => {
    const folder = temporaryFolder(t)
    const environment = { POSTERN_KEY_PUBLISH_AHEAD: '2' }
    const url = await serve(t, folder, environment).url()
    await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
    const { body: password } = await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })
    const { body: refreshToken } = await call(`${url}/refresh_token`, 'GET', { access_token: password })

    const keySet = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), {
      cooldownDuration: 0,
      // A busy machine may take longer than the 5 seconds of jose.
      timeoutDuration: 60_000
    })
    const kids = new Map<string, number>()
    const failures: string[] = []
    const use = async () => {
      const { status, body } = await call(`${url}/token`, 'GET', { user: refreshToken })
      if (status !== 200) return failures.push(`token ${status}`)
      await jwtVerify(body, keySet).catch((error: Error) => failures.push(error.message))
      const check = await call(`${url}/check`, 'GET', { access_token: body })
      if (check.status !== 200) failures.push(`check ${check.status}`)
      const { kid = '' } = decodeProtectedHeader(body)
      kids.set(kid, (kids.get(kid) ?? 0) + 1)
    }

    const uses: Promise<unknown>[] = []
    const begun = performance.now()
    let rotation: Program | undefined
    // Until the old key has signed for about half a second, and then the new one, too.
    for (;;) {
      const hasEachSigned = kids.size > 0 && Math.min(...kids.values()) >= requestsPerSecond / 2
      if (hasEachSigned) {
        if (kids.size === 2) break
        rotation ??= new Program(t, ['keys', 'rotate'], environment, folder)
      }
      uses.push(use(), use())
      // A busy machine answers fewer: the queue of the others would have no end.
      await uses.at(-200)
      await after(Math.max(0, begun + (uses.length * 1000) / requestsPerSecond - performance.now()))
    }
    await Promise.all(uses)
    t.equal(await rotation?.exit, 0)
    t.same(failures, [])
    t.comment(`${uses.length} requests, signed by ${[...kids.values()].join(' and ')}`)
  }
)
