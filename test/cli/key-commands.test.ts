import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

t.test(
  'keys are listed, rotated, retired and exported while the service runs, which takes it up',
  async (t) => {
    const folder = temporaryFolder(t)
    const environment = { POSTERN_KEY_PUBLISH_AHEAD: '1' }
    const keys = async (args: string[], others: Environment = {}) => {
      const program = new Program(t, ['keys', ...args], { ...environment, ...others }, folder)
      return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
    }
    t.match(await keys(['list']), {
      code: 2,
      stdout: '',
      stderr: /^postern: there is no key for ES256 in [^\n]*\n$/
    })

    const service = serve(t, folder, environment)
    const url = await service.url()
    const published = async () => (await call(`${url}/.well-known/jwks.json`, 'GET', {})).body
    const until = async (isDone: (keySet: string) => boolean) => {
      let keySet = await published()
      while (!isDone(keySet)) keySet = await published()
      return JSON.parse(keySet)
    }
    await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
    const signIn = async () => (await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })).body
    const isGood = async (access_token: string) =>
      (await call(`${url}/check`, 'GET', { access_token })).status === 200
    const first = await signIn()
    t.match(await keys(['list']), { code: 0, stdout: /^[\w-]{43} {2}ES256 {2}signs\n$/, stderr: '' })
    t.equal((await keys(['export'])).stdout, `${await published()}\n`)
    t.equal((await keys(['export', '--format', 'pem'])).stdout, (await call(`${url}/pubkey`, 'GET', {})).body)

    const { stdout: made } = await keys(['rotate'])
    const [, next = ''] = /^([\w-]{43}) {2}ES256 {2}signs from [\d-]+T[\d:]+Z\n$/.exec(made) ?? []
    const both = await until((keySet) => keySet.includes(next))
    t.equal(both.keys.length, 2)
    let token = await signIn()
    while (
      !token.startsWith(
        Buffer.from(`{"alg":"ES256","typ":"JWT","kid":"${next}"`).toString('base64url').slice(0, 60)
      )
    ) {
      token = await signIn()
    }
    for (const good of [first, token]) {
      t.ok(await isGood(good))
      await jwtVerify(good, createLocalJWKSet(both))
    }
    t.match(await keys(['list']), {
      stdout: /^[\w-]{43} {2}ES256 {2}verifies until \S+\n[\w-]{43} {2}ES256 {2}signs\n$/
    })

    const [old = ''] = (await keys(['list'])).stdout.split(' ')
    t.match(await keys(['retire', old]), { code: 0, stdout: `${old} is retired: its tokens are refused\n` })
    await until((keySet) => !keySet.includes(old))
    t.equal(await isGood(first), false)
    t.equal(await isGood(token), true)
    t.match(await keys(['retire', next]), { code: 8, stderr: /^postern: \S+ is the only key: [^\n]*\n$/ })
    const unknown = `-${'x'.repeat(42)}`
    t.match(await keys(['retire', unknown]), {
      code: 8,
      stderr: 'postern: There is no signing key of this kid.\n'
    })
    t.match(await keys(['retire', 'x']), {
      code: 8,
      stderr: 'postern: There is no signing key of this kid.\n'
    })
  }
)

t.test('a key that is set is listed and exported, and cannot be changed', async (t) => {
  const folder = temporaryFolder(t)
  const { privateKey } = generateKeyPairSync('ed25519')
  const environment = {
    POSTERN_ALGORITHM: 'EdDSA',
    POSTERN_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
  const keys = async (args: string[], others: Environment = {}) => {
    const program = new Program(t, ['keys', ...args], { ...environment, ...others }, folder)
    return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
  }
  t.match(await keys(['list']), { code: 0, stdout: /^[\w-]{43} {2}EdDSA {2}signs\n$/ })
  t.match(await keys(['export', '--format', 'pem']), { code: 0, stdout: /^-----BEGIN PUBLIC KEY-----\n/ })
  t.match(await keys(['rotate']), { code: 2, stderr: /^postern: [^\n]*POSTERN_SIGNING_KEY[^\n]*\n$/ })
  const secret = { POSTERN_ALGORITHM: 'HS256', POSTERN_SIGNING_KEY: 'x'.repeat(32) }
  t.match(await keys(['export'], secret), { code: 0, stdout: '{"keys":[]}\n' })
  t.match(await keys(['export', '--format', 'pem'], secret), { code: 8, stdout: '' })
  for (const args of [
    ['list', 'x'],
    ['retire'],
    ['retire', 'x', 'y'],
    ['nonsense'],
    ['export', '--format', 'x']
  ]) {
    t.match(await keys(args), { code: 2, stdout: '', stderr: /^postern: [^\n]+\n$/ }, args.join(' '))
  }
})
