import t from 'tap'
import { fromBase32, toBase32 } from '../../src/second-factor/base32.js'
import { canonicalCode, useFactor } from '../../src/second-factor/factor-use.js'
import {
  createRecoveryCodes,
  isRecoveryCode,
  recoveryDigest
} from '../../src/second-factor/recovery-codes.js'
import {
  createTotpSecret,
  isTotpSecret,
  matchingStep,
  timeStep,
  totpCode,
  totpUri
} from '../../src/second-factor/totp.js'

// Of RFC 6238, appendix B, and RFC 4226, appendix D.
const secret = toBase32(Buffer.from('12345678901234567890'))

t.test('codes are those of RFC 6238, appendix B, whose last six digits are ours', async (t) => {
  const vectors = {
    59: '94287082',
    1111111109: '07081804',
    1111111111: '14050471',
    1234567890: '89005924',
    2000000000: '69279037',
    20000000000: '65353130'
  }
  for (const [time, code] of Object.entries(vectors)) {
    t.equal(totpCode(secret, timeStep(Number(time))), code.slice(-6), time)
  }
})

t.test('codes are those of RFC 4226, appendix D', async (t) => {
  const codes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')
  t.same(
    codes.map((_, counter) => totpCode(secret, counter)),
    codes
  )
})

t.test('base32 is that of RFC 4648, section 10, without padding', async (t) => {
  const vectors = {
    '': '',
    f: 'MY',
    fo: 'MZXQ',
    foo: 'MZXW6',
    foob: 'MZXW6YQ',
    fooba: 'MZXW6YTB',
    foobar: 'MZXW6YTBOI'
  }
  for (const [text, encoded] of Object.entries(vectors)) {
    t.equal(toBase32(Buffer.from(text)), encoded)
    t.equal(fromBase32(encoded)?.toString(), text)
  }
  for (const wrong of ['my', 'M1', 'MY=', 'M Y', 'MÝ']) t.equal(fromBase32(wrong), undefined, wrong)
})

t.test('a secret has 160 bits, and no two are the same', async (t) => {
  const secrets = Array.from({ length: 100 }, createTotpSecret)
  t.equal(new Set(secrets).size, 100)
  for (const secret of secrets) {
    t.equal(fromBase32(secret)?.length, 20)
    t.ok(isTotpSecret(secret))
  }
  t.notOk(isTotpSecret('MZXW6YTBOI'), 'too short')
  t.notOk(isTotpSecret(createTotpSecret().toLowerCase()))
})

t.test('a code is good one step early and late, and after the last one that was used', async (t) => {
  const now = 1_000_000_000
  const step = timeStep(now)
  const match = (code: string, lastStep = 0) => matchingStep(secret, code, now, lastStep)
  for (const offset of [-1, 0, 1]) t.equal(match(totpCode(secret, step + offset)), step + offset)
  for (const offset of [-2, 2]) t.equal(match(totpCode(secret, step + offset)), undefined)
  t.equal(match(totpCode(secret, step), step - 1), step)
  t.equal(match(totpCode(secret, step), step), undefined, 'used before')
  t.equal(match(totpCode(secret, step - 1), step), undefined, 'an earlier one than was used')
  t.equal(matchingStep(secret, totpCode(secret, 0), 0, -1), 0, 'at the epoch')
  for (const wrong of ['', '000000', ` ${totpCode(secret, step)}`, totpCode(secret, step).slice(1)]) {
    t.equal(match(wrong), undefined, wrong)
  }
})

t.test('a recovery code has 24 characters of base32, and is good once', async (t) => {
  const codes = createRecoveryCodes()
  t.equal(new Set(codes).size, 10)
  t.ok(codes.every((code) => /^[A-Z2-7]{24}$/.test(code) && isRecoveryCode(code)))
  const factor = { secret, createdAt: 0, lastStep: 7, recoveryCodes: codes.map(recoveryDigest) }
  const [first = '', second = ''] = codes
  const use = useFactor(factor, first, 0)
  t.match(use, { kind: 'recovery_code', after: { lastStep: 7 } })
  const left = { ...factor, ...use?.after }
  t.equal(left.recoveryCodes.length, 9)
  t.equal(useFactor(left, first, 0), undefined)
  t.ok(useFactor(left, second, 0))
  t.equal(useFactor(factor, 'A'.repeat(24), 0), undefined)
})

t.test('a code is taken with the spaces and hyphens that people type', async (t) => {
  t.equal(canonicalCode(' 123 456\n'), '123456')
  t.equal(canonicalCode('abcd-2345 efgh'), 'ABCD2345EFGH')
})

t.test('the address for an app names issuer and user, and fits into a QR code', async (t) => {
  const uri = new URL(totpUri(secret, 'zoë & co: "x"', 'login.example:8080'))
  t.equal(uri.protocol, 'otpauth:')
  t.equal(decodeURIComponent(uri.pathname), '/login.example:8080:zoë & co: "x"')
  t.same(Object.fromEntries(uri.searchParams), {
    secret,
    issuer: 'login.example:8080',
    algorithm: 'SHA1',
    digits: '6',
    period: '30'
  })
  const { renderSVG } = await import('uqr')
  t.match(renderSVG(totpUri(secret, '👩‍🚀'.repeat(85), 'x'.repeat(253))), /^<svg /)
})
